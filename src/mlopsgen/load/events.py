"""What the events of libyaml have, more exactly than the stubs of PyYAML know.

libyaml gives every event both marks, which count lines and columns from 0 and in characters.
"""

from __future__ import annotations

from typing import Protocol

from yaml import Mark

from mlopsgen.diagnostics import Place


class Event(Protocol):
    """A stretch of the text."""

    start_mark: Mark
    end_mark: Mark


class NodeEvent(Event, Protocol):
    """A value, the start of one, or an alias."""

    anchor: str | None


class AliasEvent(Event, Protocol):
    """A `*name`."""

    anchor: str


class TaggedEvent(NodeEvent, Protocol):
    """A value, or the start of one."""

    tag: str | None


class ScalarEvent(TaggedEvent, Protocol):
    """A scalar; `style` is its quote or block character, and empty for a plain one."""

    value: str
    style: str


class CollectionEvent(TaggedEvent, Protocol):
    """The start of a list or mapping."""

    flow_style: bool


class DocumentEvent(Event, Protocol):
    """The start of a document, with its directives."""

    version: tuple[int, int] | None
    tags: dict[str, str] | None


def place(file: str, event: Event) -> Place:
    """Return where *event* stands in *file*; a stretch of several lines is 1 wide."""
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if start.line == end.line else 1
    return Place(file, start.line + 1, start.column + 1, max(width, 1))
