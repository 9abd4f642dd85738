"""A file of the platform as a tree of stretches of its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from typing import Any

import yaml

from mlopsgen.load.events import CollectionEvent, ScalarEvent

_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)


class Kind(Enum):
    """What a value is."""

    SCALAR = "scalar"
    MAPPING = "mapping"
    LIST = "list"


@dataclass(slots=True)
class Stretch:
    """A value and where it begins and ends, counted in characters of the text.

    `below` has the items of a list, and keys and values of a mapping by turns. The end of a block
    is that of the last value in it.
    """

    kind: Kind
    start: int
    end: int
    value: str = ""
    style: str = ""
    flow: bool = False
    below: list[Stretch] = field(default_factory=list)

    @property
    def block(self) -> bool:
        """Whether its parts stand on lines of their own."""
        return self.kind is not Kind.SCALAR and not self.flow

    def entries(self) -> list[tuple[Stretch, Stretch]]:
        """Return the keys of a mapping with their values."""
        return list(zip(self.below[::2], self.below[1::2], strict=True))

    def child(self, name: str) -> tuple[Stretch, Stretch] | None:
        """Return the entry *name* of a mapping; None where there is none."""
        if self.kind is not Kind.MAPPING:
            return None
        return next((entry for entry in self.entries() if entry[0].value == name), None)


def stretches(text: str) -> Stretch:
    """Return the root of *text*, which the loader has read whole."""
    root = Stretch(Kind.LIST, 0, 0)
    open_: list[Stretch] = [root]
    parser = yaml.CSafeLoader(text)
    try:
        while True:
            event: Any = parser.get_event()
            kind = event.__class__
            if kind is yaml.ScalarEvent:
                _add(open_[-1], _scalar(event))
            elif kind is yaml.MappingStartEvent:
                open_.append(_add(open_[-1], _collection(Kind.MAPPING, event)))
            elif kind is yaml.SequenceStartEvent:
                open_.append(_add(open_[-1], _collection(Kind.LIST, event)))
            elif kind in {yaml.MappingEndEvent, yaml.SequenceEndEvent}:
                closed = open_.pop()
                last = closed.below[-1].end if closed.below else closed.start
                closed.end = event.end_mark.index if closed.flow else last
            elif kind is yaml.StreamEndEvent:
                return root.below[0]
    finally:
        parser.dispose()


def _add(parent: Stretch, child: Stretch) -> Stretch:
    parent.below.append(child)
    return child


def _scalar(event: ScalarEvent) -> Stretch:
    start, end = event.start_mark.index, event.end_mark.index
    return Stretch(Kind.SCALAR, start, end, event.value, event.style)


def _collection(kind: Kind, event: CollectionEvent) -> Stretch:
    start = event.start_mark.index
    return Stretch(kind, start, start, flow=event.flow_style)


def scalars(root: Stretch) -> Iterator[Stretch]:
    """Yield the keys and values of *root* that are no collections, in the order of the text."""
    if root.kind is Kind.SCALAR:
        yield root
    for each in root.below:
        yield from scalars(each)


def comments(text: str, root: Stretch) -> list[str]:
    """Return the comments of *text* in their order, without what follows a `#` in a value."""
    ends = [(0, 0), *((each.start, each.end) for each in scalars(root)), (len(text), len(text))]
    between = ((before[1], after[0]) for before, after in pairwise(ends))
    return [
        found.group().rstrip()
        for start, end in between
        for found in _COMMENT.finditer(text, start, end)
    ]
