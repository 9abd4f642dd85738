"""What `fmt` does, once it is asked to."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import click

from mlopsgen.cli.edits import OK, WRONG, changes, print_diff, stop_at, texts
from mlopsgen.cli.ending import TROUBLE
from mlopsgen.diagnostics import Finding, Place
from mlopsgen.edit.formatting import LayoutError, formatted
from mlopsgen.edit.saving import encoded, save
from mlopsgen.load import Source, load
from mlopsgen.load.files import decoded
from mlopsgen.report import as_text

STANDARD_INPUT = "-"


class _LeftAloneError(click.ClickException):
    """A file whose layout would say something else."""

    exit_code = TROUBLE

    def __init__(self, error: LayoutError) -> None:
        super().__init__(f"{error}; nothing was written. Please report it with that file.")


def fmt(platform: Path, *, check: bool, diff: bool) -> None:
    """Lay out *platform* and what it includes, or say what would change; exit."""
    try:
        if str(platform) == STANDARD_INPUT:
            _stream(check=check or diff)
        else:
            _files(platform, check=check, diff=diff)
    except LayoutError as error:
        raise _LeftAloneError(error) from error


def _files(platform: Path, *, check: bool, diff: bool) -> None:
    loaded = load(platform, records=False)
    source = loaded.source
    known = source.files()
    broken = [each for each in loaded.findings if _file(each) not in known]
    stop_at(broken if known else loaded.findings, platform, source)
    before = texts(platform, source)
    after = {name: encoded(_laid_out(name, text), before[name]) for name, text in known.items()}
    found = changes(platform, source, before, after)
    if diff:
        print_diff(found)
    elif check:
        for change in found:
            click.echo(f"would change: {change.path}", err=True)
    else:
        save(found)
        for change in found:
            click.echo(f"changed: {change.path}")
    rest = len(before) - len(found)
    if not diff:
        verb = "would change" if check else "changed"
        click.echo(f"{as_text.counted(len(found), 'file')} {verb}, {rest} as they were")
    sys.exit(WRONG if found and (check or diff) else OK)


def _file(finding: Finding) -> str | None:
    """Return the file that *finding* is about, where it is about a place and no value."""
    return finding.at.file if isinstance(finding.at, Place) else None


def _laid_out(name: str, text: str) -> str:
    result = formatted(name, text)
    return result if isinstance(result, str) else text


def _stream(*, check: bool) -> None:
    """Lay out what comes on standard input, to standard output."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    data = sys.stdin.buffer.read()
    text = decoded(data, STANDARD_INPUT)
    result = (text,) if isinstance(text, Finding) else formatted(STANDARD_INPUT, text)
    if not isinstance(result, str):
        source = Source(STANDARD_INPUT, {STANDARD_INPUT: data.decode("utf-8", "replace")})
        stop_at(result, Path(STANDARD_INPUT), source)
        return
    new = encoded(result, data)
    if not check:
        click.echo(new, nl=False)
    sys.exit(WRONG if check and new != data else OK)
