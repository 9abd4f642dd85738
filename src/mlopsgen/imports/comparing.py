"""What of one tree isn't in another: texts that mean the same amount are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.prove.schedule_terms import quantity

ROWS = ("name", "key", "alert", "deviceName", "alias", "type")
"""What tells the rows of a list apart."""

_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?(?:m|[kMGTPE]i?)?")

NOTHING = object()
"""Stands where nothing was built."""


Difference = tuple[SpecPath, object]
"""Where an original differs, and what was built there."""


def compared(original: object, built: object, path: SpecPath = ()) -> Iterator[Difference]:
    """Yield where *built* hasn't what *original* has; it may have more."""
    match original, built:
        case Mapping(), Mapping():
            for key, value in original.items():
                if key in built:
                    yield from compared(value, built[key], (*path, key))
                elif value not in (None, {}, [], ""):
                    yield (*path, key), NOTHING
        case list(), list() | tuple():
            yield from _rows(original, list(built), path)
        case _:
            if not _same(original, built):
                yield path, built


def _rows(original: list[Any], built: list[Any], path: SpecPath) -> Iterator[Difference]:
    """Yield how rows differ from those of the same name, or in the same place."""
    named: dict[tuple[str, object], Any] = {}
    for one in built:
        for key in ROWS if isinstance(one, Mapping) else ():
            if isinstance(one.get(key), str):
                named.setdefault((key, one[key]), one)
    texts = {str(one) for one in built}
    for index, value in enumerate(original):
        there: Any = NOTHING
        if isinstance(value, Mapping):
            told = next((each for each in ROWS if isinstance(value.get(each), str)), "")
            if told:
                there = named.get((told, value[told]), NOTHING)
            elif index < len(built):
                there = built[index]
        elif str(value) in texts:
            there = value
        if there is NOTHING:
            yield (*path, index), NOTHING
        else:
            yield from compared(value, there, (*path, index))


def _same(one: object, other: object) -> bool:
    if one == other or (str(one) == str(other) and not isinstance(one, dict | list)):
        return True
    texts = str(one), str(other)
    if any(isinstance(each, dict | list | bool) for each in (one, other)):
        return False
    return all(map(_AMOUNT.fullmatch, texts)) and quantity(texts[0]) == quantity(texts[1])
