"""Promises about the tree that no linter keeps."""

import re
import shutil
import subprocess
import sys

import pytest

from mlopsgen.resources import TEMPLATES
from tests.build import ROOT

TEXT = {".py", ".md", ".yaml", ".yml", ".toml", ".json", ""}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")


def _tracked():
    if shutil.which("git") is None:
        pytest.skip("git isn't here, so nothing says which files are ours")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout, so nothing says which files are ours")
    names = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in names if path.is_file() and path.suffix in TEXT]


def test_nothing_is_left_unfinished():
    ours = [path for path in _tracked() if path.is_relative_to(ROOT / "src")]

    assert [str(path) for path in ours if UNFINISHED.search(path.read_text("utf-8"))] == []


def test_folders_of_the_output_and_of_templates_hold_no_stray_files():
    assert {path.suffix for path in TEMPLATES.rglob("*") if path.is_file()} == {".yaml"}


def test_help_loads_neither_pydantic_nor_yaml():
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from mlopsgen.cli import main\n"
        "assert CliRunner().invoke(main, ['build', '--help']).exit_code == 0\n"
        "print(sorted({'pydantic', 'yaml', 'jsonschema_rs'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
