"""A comparison for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlopsgen.diff.compare import Comparison, Environment
from mlopsgen.diff.risks import Entry
from mlopsgen.diff.wording import (
    MARKS,
    field,
    fields,
    headline,
    limited,
    placed,
    risk,
    total,
    unified,
)
from mlopsgen.report.as_text import counted
from mlopsgen.report.characters import columns, shown, wrapped

_WIDTH = 100
_FIELDS = 40
"""Fields of one object that are shown; the text below has the rest."""

_PLAIN = "\x1b[0m"
_STYLES = {
    "head": "\x1b[1m",
    "high": "\x1b[1;31m",
    "medium": "\x1b[1;33m",
    "low": "\x1b[1;36m",
    "+": "\x1b[32m",
    "-": "\x1b[31m",
    "~": "\x1b[33m",
    "@": "\x1b[36m",
}


def render(comparison: Comparison, *, lines: int, color: bool) -> str:
    """Return *comparison*, with at most *lines* lines of the text of the files."""
    page = _Page(color=color)
    found = list(page.comparison(comparison, lines))
    return "".join(f"{line.rstrip()}\n" for line in found)


class _Page:
    def __init__(self, *, color: bool) -> None:
        self._color = color

    def _in(self, style: str, text: str) -> str:
        return f"{_STYLES[style]}{text}{_PLAIN}" if self._color and style in _STYLES else text

    def comparison(self, comparison: Comparison, lines: int) -> Iterator[str]:
        """Yield everything, the most important first."""
        title = shown(f"{comparison.before} -> {comparison.after}: {total(comparison)}")
        yield self._in("head", title)
        if comparison.note:
            yield from wrapped(shown(comparison.note), _WIDTH)
        for one in comparison.environments:
            if one.state == "unchanged":
                yield f"{one.name}: unchanged"
                continue
            yield ""
            yield self._in("head", f"{one.name}: {headline(one)}")
            yield from self._environment(one, comparison.before)
        yield from self._text(comparison.environments, lines)

    def _environment(self, one: Environment, before: str) -> Iterator[str]:
        for said in one.said:
            place = placed(said, before)
            yield f"  {shown(said.sentence)}{f'  ({shown(place)})' if place else ''}"
        if one.risks:
            yield ""
            yield "  risks"
        for each in one.risks:
            first, *more = wrapped(shown(risk(each)), _WIDTH - 12)
            yield f"    {self._in(each.level, f'{each.level:6}')}  {first}"
            yield from (f"            {line}" for line in more)
        for title, entries in (("objects", one.objects), ("files", one.files)):
            if entries:
                yield ""
                yield f"  {title}"
            for entry in entries:
                yield from self._entry(entry)

    def _entry(self, entry: Entry) -> Iterator[str]:
        mark = MARKS[entry.kind]
        where = f"  ({shown(entry.path)})" if entry.key.kind else ""
        yield f"    {self._in(mark, mark)} {shown(entry.key.title)}{where}"
        found = fields(entry)
        for change in found[:_FIELDS]:
            yield f"        {shown(field(change))}"
        if len(found) > _FIELDS:
            yield f"        and {counted(len(found) - _FIELDS, 'more field')}"

    def _text(self, environments: Iterable[Environment], most: int) -> Iterator[str]:
        """Yield at most *most* lines of how the files differ."""
        every = (line for one in environments for line in unified(one))
        found, more = limited(every, most) if most else ([], 0)
        if found:
            yield ""
        for line in found:
            yield self._in(line[:1], line) if columns(line) else ""
        if more:
            yield f"... and {counted(more, 'more line')}; `--lines` shows more"
