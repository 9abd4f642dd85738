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
from mlopsgen.cli.seen import seen, tell
from mlopsgen.cli.standins import programs, values, variables
from mlopsgen.compiler import compile_platform
from mlopsgen.local import (
    Filling,
    RefusedError,
    Step,
    Text,
    ordered,
    parameters,
    read,
)
from mlopsgen.report import as_text
from mlopsgen.spec.said import listed

OK, WRONG, USAGE = 0, 1, 2


class _Refusal(click.ClickException):
    """A pipeline that can't be run here as it would be in a cluster."""

    exit_code = USAGE

    def __init__(self, error: RefusedError) -> None:
        super().__init__(f"{error.message}\n  = help: {error.fix}")


@dataclass(frozen=True, slots=True)
class _Failure:
    """How a try of a step failed; `error` is Argo's word for all but a program that failed."""

    said: str
    error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run: what stands for images and for the file systems of steps, and when it ends."""

    programs: Mapping[str, Path]
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
        filling = Filling.of(emitted, f"{pipeline}-local", given, variables(variable, emitted))
        _fit(filling, steps)
        run = _Run(
            programs=programs(image, emitted),
            work=_folder(work),
            deadline=emitted.deadline,
            ends=time.monotonic() + emitted.deadline,
        )
    except RefusedError as error:
        raise _Refusal(error) from None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for number, step in enumerate(steps):
        ended = _ended(run, step, filling)
        if isinstance(ended, _Failure):
            _stop(step, ended, [each.name for each in steps[number + 1 :]], run.work)
        filling = filling.after(step, ended)
    click.echo(f"{pipeline}: {as_text.counted(len(steps), 'step')} done")
    if work is None:
        shutil.rmtree(run.work)
    sys.exit(OK)


def _emitted(pipeline: str, platform: Path, environment: str | None) -> dict[str, Any]:
    """Return the WorkflowTemplate that a build writes, or show why it writes none and exit."""
    compilation = compile_platform(platform, (environment,) if environment else ())
    if not compilation.ok:
        source = seen(compilation.source, platform)
        tell(source.items(compilation.findings), source)
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


def _fit(filling: Filling, steps: Sequence[Step]) -> None:
    """Raise RefusedError where a step has a tag that can't be filled, before any of them runs."""
    for step in steps:
        filling.program(step, Path())
        filling = filling.after(step, dict.fromkeys((each.name for each in step.texts), ""))


def _ended(run: _Run, step: Step, filling: Filling) -> dict[str, str] | _Failure:
    """Run *step* as often as it may be tried; return the texts it left, or how it failed."""
    number = 1
    while True:
        again = f" (try {number} of {step.tries})" if number > 1 else ""
        click.echo(f"{step.name}: started{again}")
        root = run.work / "steps" / step.name / str(number)
        failure = _failure(run, step, filling, root) or _left_out(step, root)
        if failure is None:
            _keep(run, step, root)
            click.echo(f"{step.name}: done")
            return {each.name: _text(each, root) for each in step.texts}
        if number == step.tries or (failure.error and not step.repeats_errors):
            return failure
        click.echo(f"{step.name}: {failure.said}", err=True)
        number += 1


def _failure(run: _Run, step: Step, filling: Filling, root: Path) -> _Failure | None:
    """Run *step* once in the folder *root*; return how its program failed, if it did."""
    argv, env = filling.program(step, root)
    path = f"{run.programs[step.image]}{os.pathsep}{os.defpath}"
    _lay_out(run, step, root)
    left = run.ends - time.monotonic()
    seconds = min(left, step.timeout or left)
    try:
        code = exit_code(argv, {"TMPDIR": str(root / "tmp"), **env, "PATH": path}, root, seconds)
    except OSError as error:
        absent = f"which what stands for `{step.image}` doesn't start: {error.strerror}"
        return _Failure(f"needs `{argv[0]}`, {absent}")
    if code is None:
        own = step.timeout and step.timeout <= left
        limit = f"{step.timeout} s" if own else f"the pipeline's deadline of {run.deadline} s"
        return _Failure(f"not done within {limit}")
    if code:
        return _Failure(f"ended by signal {-code}" if code < 0 else f"ended with {code}")
    return None


def _lay_out(run: _Run, step: Step, root: Path) -> None:
    """Make the folders of the container, and put the inputs where the step finds them."""
    root.mkdir(parents=True)
    for path in (*step.folders, *(str(Path(path).parent) for path in step.left)):
        _inside(root, path).mkdir(parents=True, exist_ok=True)
    for each in step.inputs:
        source = run.kept(each.step, each.output)
        if source.exists() or not each.optional:
            _copy(source, _inside(root, each.path))


def _left_out(step: Step, root: Path) -> _Failure | None:
    """Return which file *step* didn't leave though nothing says that it may be missing."""
    needed = [(each.name, each.path) for each in step.outputs if not each.optional]
    needed += [(each.name, each.path) for each in step.texts if each.default is None]
    for name, path in needed:
        if not _inside(root, path).exists():
            return _Failure(f"left no output `{name}` at {path}", error=True)
    return None


def _keep(run: _Run, step: Step, root: Path) -> None:
    """Keep the outputs of *step* for the steps that take them."""
    for each in step.outputs:
        if _inside(root, each.path).exists():
            _copy(_inside(root, each.path), run.kept(step.name, each.name))


def _text(text: Text, root: Path) -> str:
    """Return the value of *text*, without the line break at its end, as Argo takes it."""
    file = _inside(root, text.path)
    if not file.exists():
        return text.default or ""
    return file.read_text(encoding="utf-8", errors="replace").removesuffix("\n")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def _inside(root: Path, path: str) -> Path:
    return root / path.removeprefix("/")


def _stop(step: Step, failure: _Failure, rest: Sequence[str], work: Path) -> NoReturn:
    """Say what failed, what didn't run and where the files are; exit."""
    click.echo(f"error: `{step.name}` {failure.said}", err=True)
    if rest:
        click.echo(f"  = not run: {', '.join(rest)}", err=True)
    click.echo(f"  = help: its files are in {work / 'steps' / step.name}", err=True)
    sys.exit(WRONG)
