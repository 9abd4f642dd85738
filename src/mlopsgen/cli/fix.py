"""What `fix` does, once it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from mlopsgen.cli.edits import OK, WRONG, changes, path_of, print_diff, texts
from mlopsgen.cli.seen import seen, tell
from mlopsgen.compiler import Compilation, compile_platform
from mlopsgen.edit.mending import Mended, Wrong, mended
from mlopsgen.edit.saving import encoded, save
from mlopsgen.load import Source, load
from mlopsgen.report import as_text
from mlopsgen.report.characters import shown
from mlopsgen.report.located import Located, summarised

_ROUNDS = 20
"""Findings of the reader hide those of the spec, and a mend may show another; this is never met."""


def fix(platform: Path, *, check: bool, diff: bool) -> None:
    """Mend what is certain in *platform* and what it includes; show what remains; exit."""
    source = load(platform).source
    before = texts(platform, source)
    after = dict(before)
    done: list[tuple[str, Mended]] = []
    compilation = compile_platform(platform)
    for _ in range(_ROUNDS):
        found = _round(platform, compilation, after)
        if not found:
            break
        done = _numbered([*done, *found], found)
        compilation = compile_platform(platform, instead=after)
    changed = changes(platform, source, before, after)
    if diff:
        print_diff(changed)
    else:
        _say(platform, source, done, "would fix" if check else "fixed")
    if not check and not diff:
        save(changed)
    if not diff:
        _remaining(platform, compilation, len(done), check=check)
    pending = changed if check or diff else []
    sys.exit(WRONG if pending or not compilation.ok else OK)


def _round(
    platform: Path, compilation: Compilation, after: dict[str, bytes]
) -> list[tuple[str, Mended]]:
    """Mend in *after* what *compilation* found there, and return it."""
    done: list[tuple[str, Mended]] = []
    known = load(platform, instead=after).source.files()
    for name, text in known.items():
        items = list(_wrong(compilation.findings, name))
        new, mends = mended(name, text, items) if items else (text, ())
        if mends:
            after[name] = encoded(new, after[name])
            done += [(name, each) for each in mends]
    return done


def _numbered(
    done: Sequence[tuple[str, Mended]], found: Sequence[tuple[str, Mended]]
) -> list[tuple[str, Mended]]:
    """Return *done* with the lines as they are once those that were *found* are in their files."""
    added = [(name, each) for name, each in found if each.wrong.mend.added]
    return [
        (name, _moved(each, sum(file == name and one is not each for file, one in added)))
        for name, each in done
    ]


def _moved(each: Mended, lines: int) -> Mended:
    """Return *each* so many *lines* further down; what is added stands above everything."""
    wrong = each.wrong
    place = replace(wrong.place, line=wrong.place.line + lines)
    return replace(each, wrong=replace(wrong, place=place))


def _wrong(findings: Sequence[Located], name: str) -> list[Wrong]:
    return [
        Wrong(item.finding, item.place, item.finding.mend)
        for item in findings
        if item.finding.mend and item.place.file == name
    ]


def _say(platform: Path, source: Source, done: Sequence[tuple[str, Mended]], verb: str) -> None:
    for name, each in done:
        at = f"{path_of(platform, source, name)}:{each.wrong.place.line}"
        what = f"`{each.before}` -> `{each.after}`" if each.before else f"added `{each.after}`"
        click.echo(shown(f"{at}: {verb}[{each.wrong.finding.code}]: {what}"))


def _remaining(platform: Path, compilation: Compilation, done: int, *, check: bool) -> None:
    """Show what has to be mended by hand, and how it went in numbers."""
    here = seen(compilation.source, platform)
    items = here.items(compilation.findings)
    tell(items, here)
    left = as_text.summary(replace(summarised(items, 0, len(compilation.ignored))))
    said = f"{done} would be fixed" if check else f"{done} fixed"
    click.echo(f"{said}; {left}" if done else f"nothing to fix; {left}")
