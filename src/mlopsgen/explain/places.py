"""Which value of a generated file stands on which line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from mlopsgen.diagnostics import SpecPath


@dataclass(frozen=True, slots=True)
class Written:
    """A value of a generated file: its document and path, its lines, and its text if it is one."""

    path: SpecPath
    """Starts with the number of the document."""

    line: int
    last: int
    text: str | None


def values(text: str) -> list[Written]:
    """Return every value of *text*, which we wrote as YAML or JSON, from the outside in."""
    found: list[Written] = []
    for number, root in enumerate(yaml.compose_all(text, Loader=yaml.CSafeLoader)):
        found += _values(root, (number,), root.start_mark.line + 1)
    return found


def at_line(found: list[Written], line: int) -> Written | None:
    """Return the innermost value that begins on *line*, else the innermost around it."""
    starting = [one for one in found if one.line == line and one.path[1:]]
    around = [one for one in found if one.line <= line <= one.last]
    best = starting or around
    return best[-1] if best else None


def _values(node: yaml.Node, path: SpecPath, line: int) -> Iterator[Written]:
    scalar = node.value if isinstance(node, yaml.ScalarNode) else None
    end = node.end_mark
    last = end.line + 1 if end.column or end.line == node.start_mark.line else end.line
    yield Written(path, line, max(line, last), scalar)
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield from _values(value, (*path, key.value), key.start_mark.line + 1)
        case yaml.SequenceNode():
            for index, value in enumerate(node.value):
                yield from _values(value, (*path, index), value.start_mark.line + 1)
        case _:
            pass
