"""What `doctor` does: it starts the programs of others, and says what they said."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from click.core import ParameterSource

from mlopsgen.cli.diagnoses import Found, Presence, Result, State, as_json, as_text
from mlopsgen.cli.ending import TROUBLE
from mlopsgen.cli.processes import Answer, answer
from mlopsgen.cli.seen import colored
from mlopsgen.spec.said import listed, quoted
from mlopsgen.tools import (
    TOOLS,
    Check,
    Environment,
    Tool,
    UnreadableError,
    checks,
    environments,
    version,
)
from mlopsgen.tools.checks import COPY

_PATIENCE = 20.0
"""Seconds that a program has to say its version; a cold start of Checkov takes five."""

_QUIET = {"CHECKPOINT_DISABLE": "1", "NO_COLOR": "1", "TF_IN_AUTOMATION": "1"}
"""Terraform asks its makers for the newest version otherwise."""

_CODES = {State.FAILED: 1, State.LATE: TROUBLE, State.BROKEN: TROUBLE, State.UNREACHED: 3}
_NOT_OURS = shutil.ignore_patterns(".terraform", "*.tfstate*", ".git")


@dataclass(frozen=True, slots=True)
class _Project:
    """What is checked, where, and how long one program may take."""

    out: Path
    terraform: Path | None
    work: Path
    deadline: float


def doctor(
    names: Sequence[str],
    out: Path,
    terraform: Path,
    deadline: float,
    form: str,
    *,
    run: bool,
    online: bool,
) -> None:
    """Say which tools are here and, when asked to, what they say of *out*; exit."""
    if online and not run:
        msg = "--online says what --run may fetch"
        raise click.UsageError(msg)
    tools = _named(names)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    trees = _trees(out) if run else ()
    where = terraform if terraform.is_dir() else None
    if run and not trees:
        msg = f"{quoted(str(out))} has no output of a build to check; `mlopsgen build` writes it"
        raise click.UsageError(msg)
    if run and where is None and _given("terraform"):
        msg = f"--terraform: there is no folder {quoted(str(terraform))}"
        raise click.UsageError(msg)
    found = tuple(_found(tool) for tool in tools)
    results: tuple[Result, ...] = ()
    if run:
        with TemporaryDirectory(prefix="mlopsgen-") as folder:
            project = _Project(out, where, Path(folder).resolve(), deadline)
            results = tuple(_results(found, trees, project, online=online))
    if form == "json":
        click.echo(as_json(found, results), nl=False)
    else:
        painted = colored(sys.stdout)
        click.echo(as_text(found, results, color=painted), nl=False, color=painted)
    sys.exit(_ended(found, results, named=bool(names)))


def _given(option: str) -> bool:
    """Whether somebody wrote *option*, which has a default."""
    written = click.get_current_context().get_parameter_source(option)
    return written is not ParameterSource.DEFAULT


def _named(names: Sequence[str]) -> list[Tool]:
    known = [tool.name for tool in TOOLS]
    for name in names:
        if name not in known:
            msg = f"--tool: {quoted(name)} is none of {listed(known)}"
            raise click.UsageError(msg)
    return [tool for tool in TOOLS if not names or tool.name in names]


def _trees(out: Path) -> tuple[Environment, ...]:
    try:
        return environments(out)
    except UnreadableError as error:
        msg = f"{error}; `mlopsgen build --check` says what else was changed"
        raise click.UsageError(msg) from None


def _found(tool: Tool) -> Found:
    """Return where *tool* is and what it says of itself."""
    path = _which(tool.name)
    if path is None:
        return Found(tool, Presence.MISSING)
    try:
        said = answer([path, *tool.asked], _environment({}), Path.cwd(), _PATIENCE)
    except OSError as error:
        return Found(tool, Presence.BROKEN, path, said=error.strerror or str(error))
    numbers = version(said.out) or version(said.err)
    if said.code is None:
        return Found(tool, Presence.BROKEN, path, said=f"no answer for {_PATIENCE:g} s")
    if numbers is None:
        ended = f"ended with {said.code}" if said.code else "it names no version"
        return Found(tool, Presence.BROKEN, path, said=ended)
    return Found(tool, Presence.HERE if tool.takes(numbers) else Presence.OLD, path, numbers)


def _which(name: str) -> str | None:
    """Return the program *name*; a folder of PATH that isn't absolute could be the project's."""
    given = os.environ.get("PATH", os.defpath).split(os.pathsep)
    absolute = os.pathsep.join(each for each in given if each.startswith("/"))
    return shutil.which(name, path=absolute) if absolute else None


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **_QUIET, **more}


def _results(
    found: Sequence[Found], trees: Sequence[Environment], project: _Project, *, online: bool
) -> Iterator[Result]:
    """Run what can be run, one after the other: each of them takes all cores."""
    here = {each.tool.name: each for each in found}
    for check in checks(trees, project.out, project.terraform, project.work):
        if check.tool not in here:
            continue
        tool = here[check.tool]
        if tool.presence is not Presence.HERE or tool.path is None:
            yield Result(check, State.LEFT_OUT, tool.in_words)
        elif check.online and not online:
            yield Result(check, State.LEFT_OUT, "it fetches something: add --online")
        elif check.copied and not _copied(project):
            yield Result(check, State.LEFT_OUT, "the project isn't in the folder you are in")
        else:
            yield _result(check, tool.path, project)


def _result(check: Check, program: str, project: _Project) -> Result:
    env = _environment(check.variables)
    for step in check.steps:
        try:
            argv = [program, *step.arguments]
            said = answer(argv, env, check.folder or Path.cwd(), project.deadline)
        except OSError as error:
            return Result(check, State.BROKEN, error.strerror or str(error))
        if said.code is None:
            return Result(check, State.LATE, f"not done within {project.deadline:g} s")
        if said.code:
            state = State.UNREACHED if step.fetches else State.FAILED
            return Result(check, state, _words(said))
    return Result(check, State.PASSED)


def _words(said: Answer) -> str:
    """Return what a program that failed said, or how it ended when it said nothing."""
    words = "\n".join(text.strip() for text in (said.out, said.err) if text.strip())
    code = said.code or 0
    return words or (f"ended by signal {-code}" if code < 0 else f"ended with {code}")


def _copied(project: _Project) -> bool:
    """Copy what a program would write into, once; False where it isn't below this folder."""
    target = project.work / COPY
    folders = [folder for folder in (project.out, project.terraform) if folder]
    if any(folder.is_absolute() or ".." in folder.parts for folder in folders):
        return False
    with suppress(FileExistsError):
        for folder in folders:
            if folder.is_dir():
                shutil.copytree(folder, target / folder, symlinks=True, ignore=_NOT_OURS)
    return True


def _ended(found: Sequence[Found], results: Sequence[Result], *, named: bool) -> int:
    states = {result.state for result in results}
    for state, code in _CODES.items():
        if state in states:
            return code
    ran = {each.check.tool for each in results if each.state is not State.LEFT_OUT}
    lacking = any(
        each.presence is not Presence.HERE or (results and each.tool.name not in ran)
        for each in found
    )
    return TROUBLE if named and lacking else 0
