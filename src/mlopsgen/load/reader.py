"""One pass over the events of libyaml: plain data, and everything in it that is not strict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import yaml

from mlopsgen.diagnostics import Finding, Place
from mlopsgen.load import files, refusals
from mlopsgen.load.events import (
    AliasEvent,
    CollectionEvent,
    DocumentEvent,
    Event,
    ScalarEvent,
    TaggedEvent,
    place,
)
from mlopsgen.load.scalars import Scalar, Surprise, resolve
from mlopsgen.load.syntax import mistake

MAX_DEPTH = 64
MAX_VALUES = 300_000
MAX_FINDINGS = 100
"""Nobody reads more at once, and a hostile file has a million."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file holds. `whole` says that `data` is all of it, single values aside."""

    data: dict[str, Any]
    findings: tuple[Finding, ...]
    whole: bool
    values: int


def read(name: str, text: str, most: int = MAX_VALUES) -> Reading:
    """Return the mapping in *text*, the file *name*, of at most *most* keys and values."""
    hidden = files.unseen(text, name)
    if hidden is not None:
        return Reading({}, (hidden,), whole=False, values=0)
    reader = _Reader(name, text, most)
    parser = yaml.CSafeLoader(text)
    acts = reader.acts()
    try:
        while not reader.stopped:
            event = parser.get_event()
            acts[event.__class__](event)
    except yaml.YAMLError as error:
        reader.refuse(mistake(name, text, error))
    finally:
        parser.dispose()
    return reader.reading()


class _Reader:
    """The collection being filled, its pending key, and the collections around it."""

    __slots__ = (
        "_container", "_documents", "_findings", "_key", "_left", "_marks", "_memo", "_most",
        "_name", "_stack", "_text", "_whole", "stopped",
    )  # fmt: skip

    def __init__(self, name: str, text: str, most: int) -> None:
        self._name = name
        self._text = text
        self._most = self._left = most
        self._documents: list[Any] = []
        self._container: Any = self._documents
        self._key: str | None = None
        self._marks: dict[str, yaml.Mark] = {}
        self._stack: list[tuple[Any, dict[str, yaml.Mark]]] = []
        self._memo: dict[str, Scalar | Surprise] = {}
        self._findings: list[Finding] = []
        self._whole = True
        self.stopped = False

    def acts(self) -> dict[type, Callable[[Any], None]]:
        """Return what to do for each kind of event."""
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: lambda event: self._open(event, {}),
            yaml.SequenceStartEvent: lambda event: self._open(event, []),
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
            yaml.DocumentEndEvent: lambda _event: None,
            yaml.StreamStartEvent: lambda _event: None,
            yaml.StreamEndEvent: self._end,
        }

    def reading(self) -> Reading:
        """Return what was read."""
        data = self._documents[0] if self._whole else {}
        return Reading(data, tuple(self._findings), self._whole, self._most - self._left)

    def refuse(self, finding: Finding, *, keep: bool = False, stop: bool = False) -> None:
        """Note *finding*; unless told to *keep* it, nothing of the file can be used."""
        self._findings.append(finding)
        self.stopped |= stop or len(self._findings) >= MAX_FINDINGS
        self._whole &= keep and not self.stopped

    def _scalar(self, event: ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            self._decorated(event)
        value: Any = event.value
        if not event.style:
            try:
                value = self._memo[value]
            except KeyError:
                value = self._memo[value] = resolve(value)
            if value.__class__ is Surprise:
                value = self._surprising(value, event)
        elif event.style == '"':
            self._escaped(event)
        self._count(event)
        container = self._container
        if container.__class__ is list:
            self._item(value, event)
        elif self._key is None:
            self._take_key(value, event)
        else:
            container[self._key] = value
            self._key = None

    def _open(self, event: CollectionEvent, fresh: dict[str, Any] | list[Any]) -> None:
        if event.anchor is not None or event.tag is not None:
            self._decorated(event)
        self._count(event)
        container = self._container
        if container.__class__ is list:
            self._item(fresh, event)
        elif self._key is None:
            index = event.start_mark.index
            self.refuse(refusals.collection_as_key(self._at(event), self._text, index), stop=True)
        else:
            container[self._key] = fresh
        self._stack.append((container, self._marks))
        self._container, self._key, self._marks = fresh, None, {}
        if len(self._stack) > MAX_DEPTH:
            self.refuse(refusals.deep(self._at(event), MAX_DEPTH), stop=True)

    def _close(self, _event: Event) -> None:
        self._container, self._marks = self._stack.pop()
        self._key = None

    def _item(self, value: object, event: Event) -> None:
        self._container.append(value)
        if not self._stack and value is not None and value.__class__ is not dict:
            kind = "a list" if value.__class__ is list else "a single value"
            self.refuse(refusals.not_a_mapping(self._at(event), kind), stop=True)

    def _count(self, event: Event) -> None:
        self._left -= 1
        if self._left < 0:
            self.refuse(refusals.many(self._at(event), MAX_VALUES), stop=True)

    def _take_key(self, key: Scalar, event: ScalarEvent) -> None:
        text = event.value
        if key.__class__ is not str:
            self.refuse(refusals.key(self._at(event), text), keep=True)
        if text in self._marks:
            at, mark = self._at(event), self._marks[text]
            first = Place(self._name, mark.line + 1, mark.column + 1, at.width)
            self.refuse(refusals.duplicate(at, text, first), keep=True)
        else:
            self._marks[text] = event.start_mark
        self._key = text

    def _surprising(self, surprise: Surprise, event: ScalarEvent) -> str:
        """Return the text to go on with."""
        at, text = self._at(event), event.value
        is_key = self._key is None and self._container.__class__ is dict
        if is_key and text == "<<":
            self.refuse(refusals.merge(at))
        else:
            fix = f'write "{text}"' if is_key else surprise.fix
            self.refuse(surprise.rule.at(at, surprise.message, fix=fix), keep=True)
        return text

    def _escaped(self, event: ScalarEvent) -> None:
        """Refuse what an escape in double quotes may hide, such as U+202E."""
        hidden = files.UNSEEN.search(event.value)
        if hidden is not None:
            self.refuse(files.unseen_at(self._at(event), hidden.group()), keep=True)

    def _decorated(self, event: TaggedEvent) -> None:
        at = self._at(event)
        if event.anchor is not None:
            self.refuse(refusals.anchor(at, event.anchor))
        if event.tag is not None:
            self.refuse(refusals.tag(at, self._text, event.start_mark.index))

    def _alias(self, event: AliasEvent) -> None:
        self.refuse(refusals.alias(self._at(event), event.anchor))
        if self._container.__class__ is not list:
            self._key = event.anchor if self._key is None else None

    def _document(self, event: DocumentEvent) -> None:
        if self._documents:
            self.refuse(refusals.second_document(self._at(event)), stop=True)
        elif event.version or event.tags:
            self.refuse(refusals.directive(self._at(event)))

    def _end(self, _event: Event) -> None:
        self.stopped = True
        if self._whole and self._documents[:1] in ([], [None]):
            self.refuse(refusals.empty(self._name))

    def _at(self, event: Event) -> Place:
        return place(self._name, event)
