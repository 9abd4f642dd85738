"""The line a finding points at, cut to fit, and where the carets go under it."""

from __future__ import annotations

from dataclasses import dataclass

from mlopsgen.report.characters import columns, glyph

_CUT = "…"
_TAB = "    "
"""A tab has a fixed width here, or the caret would depend on the reader's terminal."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A line as shown; `indent` and `width` place the carets, in columns of the terminal."""

    text: str
    indent: int
    width: int


def excerpt(line: str, column: int, width: int, limit: int) -> Excerpt:
    """Return *line* within *limit* columns, with what stands at *column* in view.

    *column* counts from 1 and, like *width*, is in characters of *line*. A value that is not
    there has no width, and gets one caret.
    """
    start = min(column - 1, len(line))
    end = min(start + max(width, 1), len(line))
    # Nothing further away than this can be in view, and lines of megabytes exist.
    low, high = max(0, start - limit), min(len(line), start + limit + 1)
    glyphs = [_TAB if character == "\t" else glyph(character) for character in line[low:high]]
    first, last = _window(
        [columns(each) for each in glyphs],
        (start - low, min(end, high) - low),
        limit,
        whole=(low == 0, high == len(line)),
    )
    left = _CUT if low + first > 0 else ""
    right = _CUT if low + last < len(line) else ""
    return Excerpt(
        text=f"{left}{''.join(glyphs[first:last])}{right}",
        indent=len(left) + columns("".join(glyphs[first : start - low])),
        width=max(1, columns("".join(glyphs[start - low : min(end - low, last)]))),
    )


def _window(
    sizes: list[int], marked: tuple[int, int], limit: int, *, whole: tuple[bool, bool]
) -> tuple[int, int]:
    """Return the part of the glyphs to show; *whole* says at which ends the line ends too.

    The beginning of a line is kept if the marked part then fits, because there the key stands.
    """
    if all(whole) and sum(sizes) <= limit:
        return 0, len(sizes)
    start, end = marked
    before, under = sum(sizes[:start]), min(sum(sizes[start:end]), limit // 2)
    kept = whole[0] and before + under < limit
    first = _back(sizes, start, before if kept else (limit - under) // 2 - 1)
    room = limit - (first > 0 or not whole[0])
    if whole[1] and sum(sizes[first:]) <= room:
        return first, len(sizes)
    return first, _forth(sizes, first, room - 1)


def _back(sizes: list[int], start: int, room: int) -> int:
    """Return where a stretch of at most *room* columns that ends before *start* begins."""
    while start > 0 and sizes[start - 1] <= room:
        start -= 1
        room -= sizes[start]
    return start


def _forth(sizes: list[int], start: int, room: int) -> int:
    """Return where a stretch of at most *room* columns that begins at *start* ends."""
    while start < len(sizes) and sizes[start] <= room:
        room -= sizes[start]
        start += 1
    return start
