"""What the commands that change the files of a platform have in common."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from mlopsgen.cli.seen import seen, tell
from mlopsgen.diagnostics import Finding
from mlopsgen.edit.saving import Change
from mlopsgen.load import Source
from mlopsgen.report.characters import shown
from mlopsgen.report.located import located

OK, WRONG = 0, 1


def texts(platform: Path, source: Source) -> dict[str, bytes]:
    """Return the bytes of each file that *source* could read whole, by its name in the project."""
    return {name: path_of(platform, source, name).read_bytes() for name in source.files()}


def path_of(platform: Path, source: Source, name: str) -> Path:
    """Return where the file *name* of *platform* is."""
    return platform if name == next(iter(source.files())) else platform.parent / name


def changes(
    platform: Path, source: Source, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[Change]:
    """Return the files that *after* makes others of."""
    return [
        Change(path_of(platform, source, name), before[name], text)
        for name, text in after.items()
        if before[name] != text
    ]


def print_diff(found: Iterable[Change]) -> None:
    """Print how the lines of the files change, as `diff -u` does."""
    for change in found:
        old, new = (
            text.decode("utf-8", "replace").splitlines()
            for text in (change.before or b"", change.after)
        )
        name = str(change.path)
        for line in difflib.unified_diff(old, new, name, name, n=1, lineterm=""):
            click.echo(shown(line))


def show(findings: Sequence[Finding], platform: Path, source: Source) -> None:
    """Show *findings* as `mlopsgen validate` does."""
    here = seen(source, platform)
    items = here.items(located(findings, source))
    tell(items, here)


def stop_at(findings: Sequence[Finding], platform: Path, source: Source) -> None:
    """Show *findings* and exit, when there are any."""
    if findings:
        show(findings, platform, source)
        sys.exit(WRONG)


def everywhere(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* without their environments."""
    return [replace(each, environments=()) for each in findings]
