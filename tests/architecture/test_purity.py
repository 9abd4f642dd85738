"""Only cli prints, exits and reads the environment; nothing asks the clock, chance or others."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mlopsgen

ROOT = Path(mlopsgen.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
BELOW_CLI = [path for path in MODULES if path.parent.name != "cli"]

FORBIDDEN_MODULES = {
    "datetime", "http", "multiprocessing", "random", "secrets", "socket", "ssl", "subprocess",
    "time", "urllib", "uuid",
}  # fmt: skip
ALLOWED = {
    "cli/lock.py": {"datetime"},  # a lock says when it was made
    "cli/local.py": {"time"},  # ends a run at its deadline
    "cli/processes.py": {"subprocess"},  # runs the steps of pipelines
    "cli/record.py": {"subprocess"},  # runs a pipeline's Python, when it is asked to
    "cli/revisions.py": {"subprocess"},  # runs git, to read revisions for `mlopsgen diff`
    "cli/trials.py": {"subprocess"},  # runs promtool, for `mlopsgen test`
    "lock/registry/address.py": {"urllib"},  # takes URIs apart
    "lock/registry/deadline.py": {"time"},  # counts down, and waits before it asks again
    "lock/registry/web.py": {"http", "socket", "ssl"},  # the only requests there are
}
CLI_ONLY = {"print", "exit", "quit", "input"}


def _named(path):
    return str(path.relative_to(ROOT))


def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("module", MODULES, ids=_named)
def test_nothing_reaches_for_the_clock_chance_processes_or_the_network(module):
    allowed = ALLOWED.get(module.relative_to(ROOT).as_posix(), set())

    assert set(_imported(_tree(module))) & FORBIDDEN_MODULES == allowed


def test_a_build_never_imports_what_asks_the_registry():
    code = (
        "import sys\n"
        "import mlopsgen.cli.run, mlopsgen.cli.say\n"
        "print([name for name in sys.modules if name.startswith('mlopsgen.lock.registry')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", BELOW_CLI, ids=_named)
def test_only_cli_prints_exits_and_reads_the_environment(module):
    tree = _tree(module)
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    attributes = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }

    assert called & CLI_ONLY == set()
    assert attributes & {"os.environ", "os.getenv", "sys.exit", "sys.argv"} == set()


@pytest.mark.parametrize("module", MODULES, ids=_named)
def test_nothing_catches_everything(module):
    handlers = [node for node in ast.walk(_tree(module)) if isinstance(node, ast.ExceptHandler)]

    for handler in handlers:
        assert handler.type is not None
        assert ast.unparse(handler.type) not in {"Exception", "BaseException"}
