"""From the text of a shape to its tree."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import yaml

from mlopsgen.shapes.arrange import Event, arrange, keys, misplaced
from mlopsgen.shapes.scalars import key, scalar
from mlopsgen.shapes.statements import NAME, Statement, statements
from mlopsgen.shapes.tree import (
    Entry,
    Hole,
    Literal,
    Name,
    Node,
    Part,
    Row,
    Shape,
    ShapeError,
    Table,
)

_HOLE = re.compile(rf"\[\[ ({NAME}) \]\]")
_MARK = re.compile(r"\[\[|\]\]|#%")
_SEPARATOR = re.compile(r"^---(?=\s)", re.MULTILINE)

Scalar = TypeVar("Scalar", bound=yaml.Node)
Value = TypeVar("Value")
Child = tuple[yaml.Node | None, yaml.Node]
"""A key with its value, or a list item."""

Range = tuple[int, int]
"""From where to where in the text the statements of a collection may stand."""


def read(name: str, text: str) -> Shape:
    """Return the shape written in *text*; raise ShapeError, with its line, if it is none."""
    return _Reader(name, text if text.endswith("\n") else f"{text}\n").shape()


class _Reader:
    """One reading of one text."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._statements = statements(name, text)
        self._known: set[int] = set()
        self._seen: set[int] = set()

    def shape(self) -> Shape:
        documents = tuple(self._documents())
        for mark in _MARK.finditer(self._text):
            if mark.start() not in self._known:
                line = self._text.count("\n", 0, mark.start()) + 1
                reason = f"`{mark[0]}` starts neither a whole value nor a statement among entries"
                raise ShapeError(self._name, line, reason)
        if not documents:
            raise ShapeError(self._name, 1, "holds no document")
        return Shape(self._name, documents)

    def _documents(self) -> Iterator[Table]:
        borders = [mark.start() for mark in _SEPARATOR.finditer(self._text)]
        for root in self._composed():
            if isinstance(root, yaml.ScalarNode) and root.value == "" and not root.style:
                continue
            start = root.start_mark.index
            low = max((border for border in borders if border <= start), default=0)
            high = min((border for border in borders if border > start), default=len(self._text))
            document = self._node(root, (low, high))
            if not isinstance(document, Table):
                raise self._error(root, "a document that is no mapping")
            yield document

    def _composed(self) -> list[yaml.Node]:
        try:
            return list(yaml.compose_all(self._text, Loader=yaml.CSafeLoader))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ShapeError(self._name, line, f"is not YAML: {error.problem}") from None
        except yaml.YAMLError as error:
            raise ShapeError(self._name, 1, f"is not YAML: {error}") from None

    def _node(self, node: yaml.Node, within: Range) -> Node:
        if id(node) in self._seen:
            raise self._error(node, "an anchor that is used; write it out where it is needed")
        self._seen.add(id(node))
        match node:
            case yaml.ScalarNode():
                return Literal(self._checked(scalar, node))
            case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
                return self._table(node, within)
            case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
                start, end = node.start_mark.index, node.end_mark.index
                if hole := _HOLE.fullmatch(self._text, start, end):
                    self._known |= {start, end - 2}
                    return Hole(Name(tuple(hole[1].split(".")), node.start_mark.line + 1))
                return Row(self._parts(node, [(None, item) for item in node.value], within))
            case _:
                raise self._error(node, f"a tag, `{node.tag}`; a shape has none")

    def _table(self, node: yaml.MappingNode, within: Range) -> Table:
        for _, value in node.value:
            same = value.start_mark.column == node.start_mark.column
            if same and isinstance(value, yaml.SequenceNode) and not value.flow_style:
                raise self._error(value, "a list in the column of its key; indent it")
        parts = self._parts(node, node.value, within)
        keys(self._name, parts)
        return Table(parts)

    def _parts(
        self, node: yaml.CollectionNode, children: Sequence[Child], within: Range
    ) -> tuple[Part, ...]:
        """Return the entries of *node*, arranged by the statements that stand in its column."""
        own = [] if node.flow_style else self._between(node.start_mark.column, within)
        starts = [(name or value).start_mark.index for name, value in children]
        events: list[tuple[int, Event]] = [(statement.index, statement) for statement in own]
        ends = [*starts[1:], within[1]]
        for (name, value), start, end in zip(children, starts, ends, strict=False):
            text = None if name is None else self._checked(key, name)
            entry = Entry(text, self._node(value, (start, end)), value.start_mark.line + 1)
            events.append((start, entry))
            for statement in own:
                if start < statement.index < _end(value):
                    raise misplaced(self._name, statement)
        events.sort(key=operator.itemgetter(0))
        self._known.update(statement.index for statement in own)
        return arrange(self._name, [event for _, event in events])

    def _between(self, column: int, within: Range) -> list[Statement]:
        low, high = within
        return [
            statement
            for statement in self._statements
            if statement.column == column and low <= statement.index < high
        ]

    def _checked(self, reading: Callable[[Scalar], Value], node: Scalar) -> Value:
        """Return *reading* of *node*, its complaint with the line."""
        try:
            return reading(node)
        except ValueError as error:
            raise self._error(node, str(error)) from None

    def _error(self, node: yaml.Node, reason: str) -> ShapeError:
        return ShapeError(self._name, node.start_mark.line + 1, reason)


def _end(node: yaml.Node) -> int:
    """Return where the last text of *node* ends; a block collection itself ends at what follows."""
    match node:
        case yaml.MappingNode(flow_style=False, value=[*_, (_, last)]):
            return _end(last)
        case yaml.SequenceNode(flow_style=False, value=[*_, last]):
            return _end(last)
        case _:
            end: int = node.end_mark.index
            return end
