"""Where the values of a file stand. Computed only for a file that something is said about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.load.events import CollectionEvent, Event, ScalarEvent, place


@dataclass(slots=True)
class Node:
    """A value with its places.

    A block list or mapping has the place of the key that opens it, and so has a value that
    was left out: those are the lines people look for.
    """

    at: Place
    key: Place
    written: str = ""
    mapping: bool = False
    children: dict[str | int, Node] = field(default_factory=dict)

    def find(self, path: SpecPath) -> Node | None:
        """Return the value at *path* below this one."""
        here: Node | None = self
        for step in path:
            here = here.children.get(step) if here is not None else None
        return here

    def absorb(self, other: Node) -> None:
        """Take over what *other* has, section by section and entry by entry; the first stays."""
        for name, section in other.children.items():
            mine = self.children.get(name)
            if mine is None or (section.mapping and not mine.mapping):
                self.children[name] = section.copy()
            elif section.mapping:
                mine.children = section.children | mine.children

    def fill(self, other: Node) -> None:
        """Take over what *other* has at any depth and this one has not."""
        for name, theirs in other.children.items():
            mine = self.children.get(name)
            if mine is None:
                self.children[name] = theirs
            elif mine.mapping and theirs.mapping:
                mine = mine.copy()
                mine.fill(theirs)
                self.children[name] = mine

    def copy(self) -> Node:
        """Return a node whose children can be added to."""
        return Node(self.at, self.key, self.written, self.mapping, dict(self.children))


def places(name: str, text: str) -> Node:
    """Return the root of *text*, the file *name*, which has been read whole."""
    builder = _Builder(name, text)
    parser = yaml.CSafeLoader(text)
    acts = builder.acts()
    try:
        while not builder.done:
            event = parser.get_event()
            act = acts.get(event.__class__)
            if act is not None:
                act(event)
    finally:
        parser.dispose()
    return builder.root


class _Builder:
    """The collection being filled, the key that waits for its value, and those around."""

    def __init__(self, name: str, text: str) -> None:
        start = Place(name, 1, 1)
        self.root = Node(start, start, mapping=True)
        self.done = False
        self._name = name
        self._text = text
        self._node: Node | None = None
        self._key: tuple[str, Place] | None = None
        self._stack: list[Node | None] = []

    def acts(self) -> dict[type, Callable[[Any], None]]:
        """Return what to do for each kind of event that brings something."""
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: lambda event: self._open(event, mapping=True),
            yaml.SequenceStartEvent: lambda event: self._open(event, mapping=False),
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.StreamEndEvent: self._end,
        }

    def _scalar(self, event: ScalarEvent) -> None:
        at = self._place(event)
        if self._node is not None and self._node.mapping and self._key is None:
            self._key = (event.value, at)
            return
        raw = self._text[event.start_mark.index : event.end_mark.index]
        self._add(at if raw else None, at, raw)

    def _open(self, event: CollectionEvent, *, mapping: bool) -> None:
        at = self._place(event)
        self._stack.append(self._node)
        if self._node is None:
            self._node = self.root
            self.root.at = self.root.key = at
        else:
            self._node = self._add(at if event.flow_style else None, at, "", mapping=mapping)

    def _close(self, event: Event) -> None:
        node, end = self._node, event.end_mark
        flow = event.start_mark.index < end.index  # the end of a block is no character
        if flow and node is not None and node.at.line == end.line + 1:
            node.at = replace(node.at, width=end.column + 1 - node.at.column)
        self._node = self._stack.pop()

    def _end(self, _event: Event) -> None:
        self.done = True

    def _add(self, own: Place | None, start: Place, raw: str, *, mapping: bool = False) -> Node:
        """Add a value to the open collection; without a place of its *own* it has its key's."""
        parent = self._node if self._node is not None else self.root
        step: str | int
        if self._key is None:
            step, key = len(parent.children), start
        else:
            step, key = self._key
        node = Node(own or key, key, raw, mapping)
        parent.children[step] = node
        self._key = None
        return node

    def _place(self, event: Event) -> Place:
        """Return where *event* stands; of several lines, the first."""
        at = place(self._name, event)
        start, end = event.start_mark, event.end_mark
        if start.line == end.line:
            return at
        first = self._text[start.index : self._text.find("\n", start.index)]
        return replace(at, width=max(len(first.rstrip()), 1))
