"""What a shape is made of once it has been read."""

from __future__ import annotations

from dataclasses import dataclass


class ShapeError(Exception):
    """A template is not a shape, or was filled without a value it needs. Never a wrong value."""

    def __init__(self, shape: str, line: int, reason: str) -> None:
        super().__init__(f"{shape}:{line}: {reason}")
        self.shape = shape
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name in a hole or a statement, and the line it stands on."""

    steps: tuple[str, ...]
    line: int

    def __str__(self) -> str:
        """Return the name as it was written."""
        return ".".join(self.steps)


@dataclass(frozen=True, slots=True)
class Literal:
    """A scalar that stands in the shape itself."""

    value: str | int | float | None


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for a whole value."""

    name: Name


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A list."""

    parts: tuple[Part, ...]


Node = Literal | Hole | Table | Row


@dataclass(frozen=True, slots=True)
class Entry:
    """A mapping entry, or a list item when it has no key."""

    key: str | None
    node: Node
    line: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`#% if`: the first parts when the name holds something, the others when it does not."""

    test: Name
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """`#% for`: the parts once for each member of a list."""

    variable: str
    over: Name
    parts: tuple[Part, ...]


Part = Entry | Choice | Loop


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape that has been read: one root mapping for each YAML document."""

    name: str
    documents: tuple[Table, ...]
