"""What `diff` does, once it is asked to."""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import click

from mlopsgen.cli.checkout import checked_out, folders, grouped
from mlopsgen.cli.renames import former
from mlopsgen.cli.revisions import Revision, is_revision, revision
from mlopsgen.cli.seen import Seen, colored, seen, tell
from mlopsgen.compiler import undeclared
from mlopsgen.diff import (
    Comparison,
    Side,
    Unread,
    as_json,
    as_markdown,
    compared,
    compiled,
    generated,
    nothing,
)
from mlopsgen.diff import as_text as page

OK, WRONG, DIFFERENT = 0, 1, 2
_HERE = "the working tree"


def diff(
    *,
    platform: Path,
    environments: Sequence[str],
    against: str | None,
    out: Path,
    form: str,
    lines: int,
    most: int | None,
    coded: bool,
    detailed: bool,
) -> None:
    """Show how *platform* differs from what it is held against, and exit."""
    if coded and detailed:
        msg = "--exit-code and --detailed-exitcode give the same thing different codes; take one"
        raise click.UsageError(msg)
    if most is not None and form != "markdown":
        msg = "--max-size shortens markdown only; for text there is --lines"
        raise click.UsageError(msg)
    if against is not None and not against.strip():
        msg = "--against is empty; leave it out for where HEAD left the default branch"
        raise click.UsageError(msg)
    if against is None and not os.path.lexists(platform) and is_revision(Path(), str(platform)):
        msg = f"`{platform}` is a revision and no file; write `--against {platform}`"
        raise click.UsageError(msg)
    after = compiled(platform, _HERE, proved=True)
    if isinstance(after, Unread):
        _refuse(after, platform)
    found = _compared(_other(platform, against, out), after, environments, platform)
    told = _named(found, seen(after.loaded.source, platform) if after.loaded else None)
    if form == "json":
        click.echo(as_json.render(told), nl=False)
    elif form == "markdown":
        click.echo(as_markdown.render(told, lines=lines, most=most), nl=False)
    else:
        painted = colored(sys.stdout)
        click.echo(page.render(told, lines=lines, color=painted), nl=False, color=painted)
    code = DIFFERENT if detailed else WRONG
    sys.exit(code if told.different and (coded or detailed) else OK)


@dataclass(frozen=True, slots=True)
class _Other:
    """What is compared with: a side, and how to read the output that may stand in for it."""

    side: Side | Unread
    output: Callable[[], Side | None] = lambda: None


def _compared(
    other: _Other, after: Side, environments: Sequence[str], platform: Path
) -> Comparison:
    """Return how they differ; what a build wrote of the first stands in where it must."""
    before = other.side
    known = () if isinstance(before, Unread) else before.environments
    unknown = [name for name in environments if name not in (*after.environments, *known)]
    if unknown and after.loaded:
        wrong = tuple(undeclared(platform.name, unknown, after.loaded))
        _refuse(after.wrong(wrong, None), platform)
    found = before if isinstance(before, Unread) else compared(before, after, environments)
    if isinstance(found, Comparison):
        return found
    if found.side == after.name:
        _refuse(found, platform)
    _show(found, Seen(found.source, f"{found.side}:"))
    instead = other.output()
    if instead is None:
        click.echo(
            f"Error: {found.side} doesn't compile, and it holds no output of a build to compare"
            " with",
            err=True,
        )
        sys.exit(WRONG)
    once_more = compared(instead, after, environments)
    if isinstance(once_more, Unread):
        _refuse(once_more, platform)
    return once_more


def _other(platform: Path, against: str | None, out: Path) -> _Other:
    """Return what is compared with."""
    inside = _relative(out, platform.parent)
    if against is not None and Path(against).is_dir():
        return _folder(platform, Path(against), inside)
    found = revision(platform.parent, against)
    if there := _of_revision(found, platform.name, inside):
        return there
    if was := former(found, platform):
        before, name = was
        note = f"{found.prefix}{platform.name} was {before.prefix}{name} in {found.title}."
        if there := _of_revision(before, name, inside, note):
            return there
    words = f"There is no {platform.name} in {found.title}: everything is new."
    return _Other(nothing(found.title, words))


def _of_revision(found: Revision, name: str, inside: str, note: str = "") -> _Other | None:
    """Return the platform *name* of a revision, None where it has none."""

    def output() -> Side | None:
        blobs = found.blobs(inside)
        files = grouped(found.contents(blobs)) if blobs else {}
        return _standing_in(files, found.title, inside)

    with TemporaryDirectory(prefix="mlopsgen-") as folder:
        if not checked_out(found, name, Path(folder)):
            return None
        side = compiled(Path(folder) / name, found.title, proved=False)
    return _Other(replace(side, note=note) if isinstance(side, Side) else side, output)


def _folder(platform: Path, folder: Path, inside: str) -> _Other:
    name = folder.as_posix()
    if (folder / platform.name).is_file():
        side = compiled(folder / platform.name, name, proved=False)
        return _Other(side, lambda: _standing_in(folders(folder / inside), name, inside))
    files = folders(folder)
    if not files:
        msg = (
            f"`{name}` holds neither a {platform.name} nor what a build wrote; a revision of that"
            " name is `refs/heads/...`"
        )
        raise click.UsageError(msg)
    note = f"{name} is the output of a build: objects are compared, not what platform.yaml said."
    return _Other(generated(files, name, note))


def _standing_in(files: Mapping[str, Mapping[str, bytes]], name: str, inside: str) -> Side | None:
    note = f"{name} doesn't compile; what lies in its {inside}/ is compared instead."
    return generated(files, name, note) if files else None


def _relative(out: Path, folder: Path) -> str:
    """Return where *out* lies as seen from *folder*."""
    return posixpath.normpath(Path(os.path.relpath(out, folder)).as_posix())


def _named(found: Comparison, source: Seen | None) -> Comparison:
    """Return *found* with its files named from the working folder."""
    prefix = source.prefix if source else ""
    environments = tuple(
        replace(
            one,
            said=tuple(
                replace(each, place=replace(each.place, file=f"{prefix}{each.place.file}"))
                if each.place and not each.old
                else each
                for each in one.said
            ),
        )
        for one in found.environments
    )
    return replace(found, environments=environments)


def _refuse(wrong: Unread, platform: Path) -> NoReturn:
    """Show what is wrong with the platform that is looked at, and exit."""
    _show(wrong, seen(wrong.source, platform))
    sys.exit(WRONG)


def _show(wrong: Unread, source: Seen) -> None:
    click.echo(f"{wrong.side}:", err=True)
    tell(source.items(wrong.findings), source)
