"""What `record` does, once it is asked to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, NoReturn

import click

from mlopsgen.cli.seen import seen, tell
from mlopsgen.load import Loaded, load, record_of, written_in_python
from mlopsgen.record import Recording, UnrecordableError, recording, text_of
from mlopsgen.report import as_text
from mlopsgen.report.characters import shown
from mlopsgen.report.located import located
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed

OK, WRONG = 0, 1

_PROGRAM = Path(__file__).with_name("authored.py")
_MOST = 8 * 1024 * 1024
"""Bytes of an answer; the largest workflow that etcd takes has 1.5 MiB."""

_TEXT = 2000
"""Characters of the user's own output that are shown when it fails."""


@dataclass(frozen=True, slots=True)
class _Record:
    """A pipeline, the file that holds what is recorded of it, and what that file should say."""

    pipeline: str
    path: Path
    text: str
    steps: int


def record(platform: Path, pipelines: Sequence[str], deadline: float, *, check: bool) -> None:
    """Run the Python of *pipelines*, or of all, and write down what it says; exit."""
    loaded = load(platform, records=False)
    if loaded.findings:
        _show(loaded, platform)
    sources = dict(written_in_python(loaded.base))
    chosen = _chosen(pipelines, sources, loaded.base)
    folder = platform.parent
    records = [_recorded(folder, name, sources[name], deadline) for name in chosen]
    behind = [each for each in records if _old(each.path) != each.text]
    for each in behind:
        if check:
            click.echo(f"stale: {each.path}", err=True)
        else:
            each.path.write_text(each.text, encoding="utf-8", newline="\n")
    if check:
        names = " ".join(each.pipeline for each in behind)
        click.echo(f"{as_text.counted(len(behind), 'stale record')} of {len(records)}")
        if behind:
            click.echo(f"  = help: run `mlopsgen record {names}`", err=True)
        sys.exit(WRONG if behind else OK)
    for each in records:
        state = "written" if each in behind else "unchanged"
        click.echo(f"{each.path}: {as_text.counted(each.steps, 'step')} ({state})")
    sys.exit(OK)


def _chosen(
    named: Sequence[str], sources: Mapping[str, str], data: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the pipelines to record; each must be one whose Python its platform trusts."""
    for name in named:
        if name not in sources:
            near = closest(name, sorted(sources))
            known = f"those are {listed(sorted(sources))}" if sources else "there is none"
            hint = f"did you mean `{near}`?" if near else known
            msg = f"`{name}` is no pipeline with a `source` in Python; {hint}"
            raise click.UsageError(msg)
    chosen = tuple(dict.fromkeys(named)) or tuple(sources)
    if not chosen:
        msg = "no pipeline has a `source` in Python; there is nothing to record"
        raise click.UsageError(msg)
    for name in chosen:
        if data["pipelines"][name].get("trust") is not True:
            file = sources[name].rpartition(":")[0]
            _refuse(
                f"`pipelines.{name}` isn't trusted: recording it runs `{file}` with your rights",
                f"read `{file}`, then write `trust: true` beside its `source`",
            )
    return chosen


def _recorded(folder: Path, name: str, source: str, deadline: float) -> _Record:
    """Run the Python of pipeline *name* and return what is recorded of it."""
    answer = _answer(folder, source, deadline)
    if "refused" in answer:
        _refuse(f"`pipelines.{name}`: {answer['refused']}", answer["fix"])
    try:
        found = recording(answer["workflow"])
    except UnrecordableError as error:
        _refuse(f"`pipelines.{name}`: {error.message}", error.fix)
    files = {file: sha256((folder / file).read_bytes()).hexdigest() for file in answer["files"]}
    whole = Recording(name, source, files, found)
    return _Record(name, folder / record_of(name, source), text_of(whole), len(found["steps"]))


def _answer(folder: Path, source: str, deadline: float) -> dict[str, Any]:
    """Return what the program says of *source*; it runs alone, with nothing of our environment."""
    with TemporaryDirectory() as home, TemporaryFile() as answer, TemporaryFile() as output:
        # Isolated: no PYTHONPATH, no user's site folder, not the current folder; and no bytecode
        # in the project, which may be older than the code that was changed a moment ago.
        command = [sys.executable, "-I", "-X", f"pycache_prefix={home}", str(_PROGRAM)]
        environment = {"PATH": os.defpath, "HOME": home, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
        try:
            done = subprocess.run(  # noqa: S603 - our own program, on what the user trusts
                [*command, str(folder.resolve()), source, str(answer.fileno())],
                cwd=folder,
                env=environment,
                pass_fds=(answer.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=deadline,
                check=False,
            )
        except subprocess.TimeoutExpired:
            _refuse(f"`{source}` ran for {deadline:g} seconds", "take out what waits or computes")
        answer.seek(0)
        said = answer.read(_MOST + 1)
        output.seek(0)
        words = output.read().decode("utf-8", "replace").strip()[-_TEXT:]
    if done.returncode or not said:
        _refuse(f"`{source}` failed:\n{shown(words)}", "mend it, and record again")
    if len(said) > _MOST:
        _refuse(f"`{source}` gave more than {_MOST:,} bytes", "write a smaller workflow")
    found: dict[str, Any] = json.loads(said)
    return found


def _old(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _show(loaded: Loaded, platform: Path) -> NoReturn:
    source = seen(loaded.source, platform)
    items = source.items(located(loaded.findings, loaded.source))
    tell(items, source)
    sys.exit(WRONG)


def _refuse(message: str, fix: str) -> NoReturn:
    click.echo(f"Error: {message}\n  = help: {fix}", err=True)
    sys.exit(WRONG)
