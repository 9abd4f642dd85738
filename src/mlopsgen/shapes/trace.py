"""A shape filled step by step: slower than its function, but it knows where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mlopsgen.diagnostics import SpecPath
from mlopsgen.shapes.tree import (
    Choice,
    Entry,
    Hole,
    Literal,
    Loop,
    Name,
    Node,
    Part,
    Row,
    Shape,
    ShapeError,
    Table,
)
from mlopsgen.shapes.values import members, step

Scope = Mapping[str, object]


class Traced(NamedTuple):
    """A value of a filled shape: where it is, the name in its hole, the line of the hole.

    The path starts with the number of the document. What lies below it came through the same hole.
    """

    path: SpecPath
    hole: str
    line: int


def trace(shape: Shape, values: Scope) -> Iterator[Traced]:
    """Yield every hole of *shape* that *values* fill; raise ShapeError where one is missing."""
    for number, document in enumerate(shape.documents):
        yield from _Walk(shape.name).node(document, (number,), values)


class _Walk:
    """A walk through one shape, whose name its errors carry."""

    __slots__ = ("_shape",)

    def __init__(self, shape: str) -> None:
        self._shape = shape

    def node(self, node: Node, path: SpecPath, scope: Scope) -> Iterator[Traced]:
        match node:
            case Literal():
                return
            case Hole(name):
                self._value(name, scope)
                yield Traced(path, str(name), name.line)
            case Table(parts) | Row(parts):
                for index, (entry, inner) in enumerate(self._entries(parts, scope)):
                    place = index if entry.key is None else entry.key
                    yield from self.node(entry.node, (*path, place), inner)

    def _entries(self, parts: tuple[Part, ...], scope: Scope) -> Iterator[tuple[Entry, Scope]]:
        """Yield the entries that *scope* leaves standing, each with the names it sees."""
        for part in parts:
            match part:
                case Entry():
                    yield part, scope
                case Choice(test, then, otherwise):
                    yield from self._entries(then if self._value(test, scope) else otherwise, scope)
                case Loop(variable, over, repeated):
                    for member in self._members(over, scope):
                        yield from self._entries(repeated, {**scope, variable: member})

    def _members(self, name: Name, scope: Scope) -> Iterator[object]:
        value = self._value(name, scope)
        try:
            yield from members(value)
        except TypeError as error:
            reason = f"`{name}` is no list but of type {error}"
            raise ShapeError(self._shape, name.line, reason) from None

    def _value(self, name: Name, scope: Scope) -> object:
        first, *rest = name.steps
        if first not in scope:
            reason = f"`{name}` has no value; given are {_listed(scope)}"
            raise ShapeError(self._shape, name.line, reason)
        value = scope[first]
        for index, attribute in enumerate(rest, 1):
            try:
                value = step(value, attribute)
            except (KeyError, AttributeError):
                owner = ".".join(name.steps[:index])
                reason = f"`{name}` has no value; `{owner}` has no `{attribute}`"
                raise ShapeError(self._shape, name.line, reason) from None
        return value


def _listed(scope: Scope) -> str:
    return ", ".join(f"`{name}`" for name in sorted(scope)) or "none"
