"""What `run-local` does, once it is asked to."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NoReturn

import click
import yaml

from mlopsgen.cli.processes import exit_code
from mlopsgen.cli.seen import colored, seen
from mlopsgen.cli.standins import programs, values, variables
from mlopsgen.compiler import compile_platform
from mlopsgen.local import (
    Filling,
    RefusedError,
    Step,
    ordered,
    parameters,
    read,
)
from mlopsgen.report import as_text
from mlopsgen.spec.said import listed

OK, WRONG, USAGE = 0, 1, 2
_FAILED_PROGRAM = 127
"""What shells say of a program that isn't there."""


class _Refusal(click.ClickException):
    """A pipeline that can't be run here as it would be in a cluster."""

    exit_code = USAGE

    def __init__(self, error: RefusedError) -> None:
        super().__init__(f"{error.message}\n  = help: {error.fix}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run: what its steps are given, and the folder that stands for their file systems."""

    filling: Filling
    programs: Mapping[str, Path]
    variables: Mapping[str, str]
    work: Path
    deadline: int
    ends: float

    def kept(self, step: str, output: str) -> Path:
        """Return where an output is kept for the steps that take it."""
        return self.work / "artifacts" / step / output


def run(
    pipeline: str,
    platform: Path,
    environment: str | None,
    *,
    image: Sequence[str],
    parameter: Sequence[str],
    variable: Sequence[str],
    work: Path | None,
) -> None:
    """Run the steps of *pipeline* one after the other; exit."""
    try:
        emitted = read(_emitted(pipeline, platform, environment))
        steps = ordered(emitted.steps)
        given = parameters(emitted, values("--parameter", parameter))
        run = _Run(
            filling=Filling.of(emitted, f"{pipeline}-local", given),
            programs=programs(image, emitted),
            variables=variables(variable, emitted),
            work=_folder(work),
            deadline=emitted.deadline,
            ends=time.monotonic() + emitted.deadline,
        )
        for step in steps:
            _texts(run, step, run.work)
    except RefusedError as error:
        raise _Refusal(error) from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for number, step in enumerate(steps):
        if failure := _failure(run, step):
            _stop(step, failure, [each.name for each in steps[number + 1 :]], run.work)
    click.echo(f"{pipeline}: {as_text.counted(len(steps), 'step')} done")
    if work is None:
        shutil.rmtree(run.work)
    sys.exit(OK)


def _emitted(pipeline: str, platform: Path, environment: str | None) -> dict[str, Any]:
    """Return the WorkflowTemplate that a build writes, or show why it writes none and exit."""
    compilation = compile_platform(platform, (environment,) if environment else ())
    if not compilation.ok:
        source, color = seen(compilation.source, platform), colored("auto")
        text = as_text.render(source.items(compilation.findings), source, color=color)
        click.echo(text, nl=False, err=True, color=color)
        sys.exit(WRONG)
    if len(compilation.trees) > 1:
        msg = f"which environment? write --env with one of {listed(list(compilation.trees))}"
        raise click.UsageError(msg)
    [tree] = compilation.trees.values()
    start = "workflowtemplate-"
    found = {
        name.removeprefix(start).removesuffix(".yaml"): each.data
        for each in tree
        if (name := each.path.rpartition("/")[2]).startswith(start)
    }
    if pipeline not in found:
        has = f"those are {listed(sorted(found))}" if found else "there are none"
        msg = f"`{pipeline}` is no pipeline of {platform}; {has}"
        raise click.UsageError(msg)
    document: dict[str, Any] = yaml.safe_load(found[pipeline])
    return document


def _folder(work: Path | None) -> Path:
    """Return the folder to work in, which has nothing in it."""
    if work is None:
        return Path(mkdtemp(prefix="mlopsgen-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    if any(work.iterdir()):
        msg = f"--work: `{work}` has something in it; files of two runs would be mixed"
        raise click.UsageError(msg)
    return work.resolve()


def _failure(run: _Run, step: Step) -> str:
    """Run *step* as often as it may be tried; return how the last try failed, or nothing."""
    said = ""
    for number in range(1, step.tries + 1):
        again = f" (try {number} of {step.tries})" if number > 1 else ""
        click.echo(f"{step.name}: started{again}")
        said = _tried(run, step, run.work / "steps" / step.name / str(number))
        if not said:
            click.echo(f"{step.name}: done")
            break
        if number < step.tries:
            click.echo(f"{step.name}: {said}", err=True)
    return said


def _tried(run: _Run, step: Step, root: Path) -> str:
    """Run *step* in the folder *root*; return how it failed, or nothing."""
    argv, env = _texts(run, step, root)
    _laid_out(run, step, root)
    left = run.ends - time.monotonic()
    if left <= 0:
        return "the time that the pipeline may take is over"
    try:
        code = exit_code(argv, env, root, min(left, step.timeout or left))
    except FileNotFoundError:
        code = _FAILED_PROGRAM
    if code is None:
        own = step.timeout and step.timeout <= left
        seconds = f"{step.timeout} s" if own else f"the pipeline's deadline of {run.deadline} s"
        return f"not done within {seconds}"
    if code == _FAILED_PROGRAM:
        return f"what stands for `{step.image}` has no program `{argv[0]}`, or it started none"
    if code:
        return f"ended by signal {-code}" if code < 0 else f"ended with {code}"
    return _kept(run, step, root)


def _laid_out(run: _Run, step: Step, root: Path) -> None:
    """Make the folders of the container, and put the inputs where the step finds them."""
    root.mkdir(parents=True)
    for path in (*step.folders, *(str(Path(path).parent) for path in step.outputs.values())):
        _inside(root, path).mkdir(parents=True, exist_ok=True)
    for each in step.inputs:
        _copy(run.kept(each.step, each.output), _inside(root, each.path))


def _kept(run: _Run, step: Step, root: Path) -> str:
    """Keep the outputs of *step*; return which one it didn't leave, or nothing."""
    for name, path in step.outputs.items():
        if not _inside(root, path).exists():
            return f"left no output `{name}` at {path}"
        _copy(_inside(root, path), run.kept(step.name, name))
    return ""


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def _inside(root: Path, path: str) -> Path:
    return root / path.removeprefix("/")


def _texts(run: _Run, step: Step, root: Path) -> tuple[list[str], dict[str, str]]:
    """Return arguments and environment of *step*: as emitted, with what stands for the image."""
    path = f"{run.programs[step.image]}{os.pathsep}{os.defpath}"
    machine = {"PATH": path, "TMPDIR": str(root / "tmp")}
    env = {**run.filling.env(step, root), **machine, **run.variables}
    return run.filling.argv(step, root), env


def _stop(step: Step, failure: str, rest: Sequence[str], work: Path) -> NoReturn:
    """Say what failed, what didn't run and where the files are; exit."""
    click.echo(f"error: `{step.name}` {failure}", err=True)
    if rest:
        click.echo(f"  = not run: {', '.join(rest)}", err=True)
    click.echo(f"  = help: its files are in {work / 'steps' / step.name}", err=True)
    sys.exit(WRONG)
