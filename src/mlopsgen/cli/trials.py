"""What `test` does: it holds fixtures against policies, and starts promtool."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from mlopsgen.artifact import Rendered
from mlopsgen.cli.ending import TROUBLE
from mlopsgen.cli.seen import seen, tell
from mlopsgen.compiler import compile_platform
from mlopsgen.prove.fixtures import tried
from mlopsgen.report import as_text
from mlopsgen.report.located import summarised

_FOLDER = "prometheus/"
_TESTS = ".test.yaml"
_LONGEST = 600
"""Seconds: a thousand files take one minute."""


def test(platform: Path, environments: Sequence[str], promtool: Path | None) -> None:
    """Try the policies and the alerts of *platform*, say how they went and exit."""
    compilation = compile_platform(platform, environments)
    source = seen(compilation.source, platform)
    items = source.items(compilation.findings)
    tell(items, source)
    if not compilation.ok:
        click.echo(as_text.summary(summarised(items, 0)))
        sys.exit(1)
    trees = compilation.trees.items()
    kept = [_kept(environment, files) for environment, files in trees]
    program = _program(promtool)
    passed = [_passed(program, environment, files) for environment, files in trees]
    sys.exit(0 if all((*kept, *passed)) else 1)


def _kept(environment: str, files: Sequence[Rendered]) -> bool:
    """Say of the policies of one environment whether they do what their fixtures ask of them."""
    trial = tried(files)
    for fault in trial.faults:
        click.echo(f"{environment}/{fault}", err=True)
    counted = as_text.counted(trial.count, "fixture")
    said = f"{counted} of policies passed" if trial.count else "there are no policies to test"
    if trial.faults:
        said = f"{len(trial.faults)} of {counted} of policies failed"
    click.echo(f"{environment}: {said}")
    return not trial.faults


def _program(given: Path | None) -> str:
    # As a name alone it would be looked for on PATH, which may have another program of that name.
    found = shutil.which(str(given.absolute()) if given else "promtool")
    if found is None:
        named = f"`{given}`" if given else "`promtool` on PATH"
        click.echo(
            f"Error: there is no {named} that can be run. It comes with every release of"
            " Prometheus (https://prometheus.io/download/) and with Debian's package"
            " `prometheus`.",
            err=True,
        )
        sys.exit(TROUBLE)
    return str(Path(found).absolute())


def _passed(program: str, environment: str, files: Sequence[Rendered]) -> bool:
    """Run the tests of one environment, in a folder that is gone afterwards."""
    rules = {
        file.path.removeprefix(_FOLDER): file.data
        for file in files
        if file.path.startswith(_FOLDER) and file.path.endswith(".yaml")
    }
    tests = sorted(name for name in rules if name.endswith(_TESTS))
    if not tests:
        click.echo(f"{environment}: there are no alerts to test")
        return True
    with TemporaryDirectory() as folder:
        for name, data in rules.items():
            Path(folder, name).write_bytes(data)
        done = _ran([program, "test", "rules", *tests], folder)
    if done.returncode:
        click.echo(done.stdout + done.stderr, nl=False, err=True)
        click.echo(f"{environment}: the tests of the alerts fail")
        return False
    click.echo(f"{environment}: {as_text.counted(len(tests), 'file')} of tests passed")
    return True


def _ran(command: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    """Run promtool, whose answer is text; it sees nothing but *folder*."""
    try:
        return subprocess.run(  # noqa: S603 - a program that the user named, and our own files
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired:
        click.echo(f"Error: promtool has not answered for {_LONGEST} s", err=True)
        sys.exit(TROUBLE)
