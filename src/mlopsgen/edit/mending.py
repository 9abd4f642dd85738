"""The mends of findings, put into the text of a file one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlopsgen.diagnostics import Finding, Mend, Place
from mlopsgen.edit.tree import Stretch, scalars, stretches
from mlopsgen.load.reader import read


@dataclass(frozen=True, slots=True)
class Wrong:
    """A finding that can be mended, where it stands and what mends it."""

    finding: Finding
    place: Place
    mend: Mend


@dataclass(frozen=True, slots=True)
class Mended:
    """What was mended: the text before and the text that stands there now."""

    wrong: Wrong
    before: str
    after: str


def mended(name: str, text: str, items: Iterable[Wrong]) -> tuple[str, tuple[Mended, ...]]:
    """Return *text*, the file *name*, with *items* mended as far as that is safe, and those.

    Each mend touches one scalar, and is left out where the file would say anything else besides,
    such as a key twice. Where two want different things at one place, neither is done.
    """
    wanted: dict[Place, Wrong | None] = {}
    for item in items:
        same = wanted.get(item.place, item)
        wanted[item.place] = same if same and same.mend == item.mend else None
    done: list[Mended] = []
    for item in sorted(filter(None, wanted.values()), key=_order, reverse=True):
        change = _changed(text, item)
        if change and _safe(name, text, change[0], added=item.mend.added):
            text = change[0]
            done.append(Mended(item, change[1], item.mend.text))
    return text, tuple(reversed(done))


def _order(item: Wrong) -> tuple[int, int]:
    return item.place.line, item.place.column


def _changed(text: str, item: Wrong) -> tuple[str, str] | None:
    """Return *text* with one mend in it and what stood there; None where that is no scalar."""
    root, mend = stretches(text), item.mend
    if mend.added:
        return _with_entry(text, root, mend.text), ""
    found = next((each for each in scalars(root) if _stands(text, each, item.place)), None)
    if found is None:
        return None
    return f"{text[: found.start]}{mend.text}{text[found.end :]}", text[found.start : found.end]


def _with_entry(text: str, root: Stretch, entry: str) -> str:
    """Return *text* with *entry* as the first of its root."""
    if root.flow:
        return f"{text[: root.start + 1]}{entry}, {text[root.start + 1 :]}"
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    return f"{text[: root.start]}{entry}{end}{text[root.start :]}"


def _stands(text: str, scalar: Stretch, place: Place) -> bool:
    """Whether *scalar* stands at *place*, on one line."""
    start = scalar.start
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    raw = text[start : scalar.end]
    return (line, column, len(raw)) == (place.line, place.column, place.width) and "\n" not in raw


def _safe(name: str, before: str, after: str, *, added: bool) -> bool:
    """Whether *after* can be read as far as *before*, and one value or key at the most differs."""
    old, new = read(name, before), read(name, after)
    if new.whole < old.whole or len(new.findings) > len(old.findings):
        return False
    data = dict(new.data)
    if added:
        data.pop(next(iter(data)))
    return _differences(old.data, data) <= 1


def _differences(old: object, new: object) -> int:
    """Return how many keys and scalars differ; whatever has another shape is more than one."""
    if isinstance(old, dict) and isinstance(new, dict) and len(old) == len(new):
        pairs = zip(old.items(), new.items(), strict=True)
        return sum((one[0] != other[0]) + _differences(one[1], other[1]) for one, other in pairs)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return sum(_differences(one, other) for one, other in zip(old, new, strict=True))
    return int(type(old) is not type(new) or old != new)
