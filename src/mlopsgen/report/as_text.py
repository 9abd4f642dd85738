"""Findings for people: the line, a caret, what would happen, and the change that mends it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mlopsgen.diagnostics import Place
from mlopsgen.report.characters import columns, shown, wrapped
from mlopsgen.report.excerpt import excerpt
from mlopsgen.report.ignored import Ignored
from mlopsgen.report.located import Located, Source, Summary
from mlopsgen.report.prose import headline, reason, remedy, where

WIDTH = 100
"""Columns of a line where the terminal's are not known."""

_NARROWEST = 40
"""Columns below which cutting and wrapping would leave nothing to read."""

_STYLES = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "info": "\x1b[1;36m",
    "message": "\x1b[1m",
    "frame": "\x1b[1;34m",
    "related": "\x1b[1;34m",
    "label": "\x1b[1;32m",
}
_HIDDEN = "********"
_PLAIN = "\x1b[0m"


def render(
    items: Iterable[Located], source: Source, *, color: bool, width: int | None = None
) -> str:
    """Return *items* with the lines they point at, one empty line between two.

    Lines of prose and excerpts keep to *width* columns; messages and fixes of several lines
    stay as they are, to be searched for and pasted.
    """
    page = _Page(source, color=color, width=max(width or WIDTH, _NARROWEST))
    return "\n".join("".join(f"{line}\n" for line in page.finding(item)) for item in items)


def summary(counts: Summary) -> str:
    """Return how the run went as one line without its end: `12 files: 1 error, 2 warnings`."""
    found = ", ".join(
        counted(number, word)
        for number, word in (
            (counts.errors, "error"),
            (counts.warnings, "warning"),
            (counts.infos, "info"),
        )
        if number
    )
    files = f"{counted(counts.artifacts, 'file')}: " if counts.artifacts else ""
    more = f", {counts.ignored} ignored" if counts.ignored else ""
    return f"{files}{found or 'no findings'}{more}"


def ignored(items: Iterable[Ignored]) -> str:
    """Return a line for each finding that was ignored: its rule, its place, the reason given."""
    return "".join(
        f"ignored[{shown(one.item.finding.code)}] {where(one.item.place)}: {shown(one.reason)}\n"
        for one in items
    )


def counted(number: int, word: str) -> str:
    """Return *number* with *word*, which takes an s for more than one."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


class _Page:
    """How findings of one run are drawn."""

    def __init__(self, source: Source, *, color: bool, width: int) -> None:
        self._source = source
        self._color = color
        self._width = width

    def finding(self, item: Located) -> Iterator[str]:
        """Yield the lines of *item*; its line numbers are aligned with each other."""
        finding = item.finding
        code = f"[{shown(finding.code)}]" if finding.code else ""
        kind = self._paint(finding.severity, f"{finding.severity}{code}")
        yield f"{kind}{self._paint('message', f': {headline(finding)}')}"
        places = [(item.place, "", str(finding.severity))]
        places += [(place, shown(message).strip(), "related") for place, message in item.related]
        gutter = max(len(str(place.line)) for place, _, _ in places)
        for place, message, style in places:
            hidden = finding.hides and place is item.place
            yield from self._place(place, message, style, gutter, hidden=hidden)
        if finding.why:
            yield from self._note("why", wrapped(reason(finding), self._width - len("  = why: ")))
        if finding.fix:
            lines = remedy(finding)
            if len(lines) == 1:
                lines = wrapped(lines[0], self._width - len("  = help: "))
            yield from self._note("help", lines)
        if finding.mend:
            yield from self._note("fix", [f"`mlopsgen fix` writes `{shown(finding.mend.text)}`"])

    def _place(
        self, place: Place, message: str, style: str, gutter: int, *, hidden: bool
    ) -> Iterator[str]:
        arrow = self._paint("frame", f"{'':{gutter}} -->")
        line = self._source.line(place.file, place.line).rstrip("\r\n")
        if hidden:
            line = f"{line[: place.column - 1]}{_HIDDEN}"
            place = replace(place, width=len(_HIDDEN))
        if not line.strip():
            yield f"{arrow} {where(place)}{message and f': {message}'}"
            return
        cut = excerpt(line, place.column, place.width, self._width - gutter - len("  | "))
        carets = self._paint(style, f"{'^' * cut.width}{message and f' {message}'}")
        below = self._paint("frame", f" {'':{gutter}} |")
        yield f"{arrow} {where(place)}"
        yield f"{self._paint('frame', f' {place.line:>{gutter}} |')} {cut.text}".rstrip()
        yield f"{below} {'':{cut.indent}}{carets}"

    def _note(self, label: str, lines: list[str]) -> Iterator[str]:
        mark = f"  = {label}: "
        yield f"  = {self._paint('label', f'{label}:')} {lines[0]}".rstrip()
        for line in lines[1:]:
            yield f"{'':{columns(mark)}}{line}".rstrip()

    def _paint(self, style: str, text: str) -> str:
        return f"{_STYLES[style]}{text}{_PLAIN}" if self._color else text
