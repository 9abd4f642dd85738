"""Comments that take findings away: `# mlopsgen: ignore[CODE] reason`, at the end of a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from mlopsgen.diagnostics import Place

_MARK = "mlopsgen: ignore"
_COMMENT = re.compile(
    rf"(?:^|(?<=\s))#\s*{_MARK}\b(?:\[(?P<codes>[^\]\n]*)\])?(?P<reason>[^\n]*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Ignore:
    """One comment: the rules it names, and why nobody has to mend what they find on its line."""

    at: Place
    codes: tuple[str, ...]
    reason: str


def ignores(name: str, text: str) -> Iterator[Ignore]:
    """Yield the comments of *text*, the file *name*, which is YAML.

    A file without the words costs a search for them; only where they stand is it asked what is
    a comment and what a part of a value.
    """
    if _MARK not in text:
        return
    values = _values(text)
    for found in _COMMENT.finditer(text):
        start = found.start()
        if any(first <= start < last for first, last in values):
            continue
        line = text.count("\n", 0, start) + 1
        column = start - text.rfind("\n", 0, start)
        codes = tuple(dict.fromkeys(re.split(r"[,\s]+", (found["codes"] or "").strip())))
        reason = found["reason"].strip().lstrip(":-").strip()
        width = len(found[0].rstrip())
        yield Ignore(Place(name, line, column, width), tuple(filter(None, codes)), reason)


def _values(text: str) -> list[tuple[int, int]]:
    """Return from where to where the scalars of *text* go."""
    return [
        (event.start_mark.index, event.end_mark.index)
        for event in yaml.parse(text, Loader=yaml.CSafeLoader)
        if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark
    ]
