"""The statements of a shape: comments that repeat or omit what stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as OneOf

from mlopsgen.shapes.tree import Name, ShapeError

NAME = r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*"
"""No step starts with an underscore, so a name reaches nothing but what a value shows."""

_LINE = re.compile(r"^( *)(#%.*)$", re.MULTILINE)
_IF = re.compile(rf"#% if ({NAME})")
_FOR = re.compile(rf"#% for ([a-z][a-z0-9_]*) in ({NAME})")

Kind = OneOf["if", "else", "endif", "for", "endfor"]
_BARE: dict[str, Kind] = {"#% else": "else", "#% endif": "endif", "#% endfor": "endfor"}
_OPENED_BY: dict[Kind, Kind] = {"else": "if", "endif": "if", "endfor": "for"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, and where its `#` stands: line from 1, column from 0, index into the text."""

    kind: Kind
    text: str
    line: int
    column: int
    index: int
    name: Name
    variable: str = ""


def statements(shape: str, text: str) -> list[Statement]:
    """Return the statements in *text* in order; raise ShapeError unless they close each other."""
    found = list(_statements(shape, text))
    opened: list[Statement] = []
    for statement in found:
        opener = _OPENED_BY.get(statement.kind)
        if opener is None:
            opened.append(statement)
            continue
        if not opened or opened[-1].kind not in {opener, "else" if opener == "if" else opener}:
            reason = f"`{statement.text}` closes no `#% {opener}`"
            raise ShapeError(shape, statement.line, reason)
        before = opened.pop()
        if before.kind == statement.kind == "else":
            raise ShapeError(shape, statement.line, "a second `#% else` for the same `#% if`")
        if before.column != statement.column:
            reason = f"`{statement.text}` is in another column than line {before.line}"
            raise ShapeError(shape, statement.line, f"{reason}, which it belongs to")
        if statement.kind == "else":
            opened.append(statement)
    for statement in opened:
        raise ShapeError(shape, statement.line, f"`{statement.text}` is never closed")
    return found


def _statements(shape: str, text: str) -> Iterator[Statement]:
    for match in _LINE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        kind, name, variable = _read(shape, match[2].rstrip(), line)
        yield Statement(
            kind=kind,
            text=match[2].rstrip(),
            line=line,
            column=len(match[1]),
            index=match.start(2),
            name=Name(tuple(name.split(".")), line),
            variable=variable,
        )


def _read(shape: str, text: str, line: int) -> tuple[Kind, str, str]:
    """Return the kind of a statement, the name it asks for, and its loop variable."""
    if match := _IF.fullmatch(text):
        return "if", match[1], ""
    if match := _FOR.fullmatch(text):
        return "for", match[2], match[1]
    if kind := _BARE.get(text):
        return kind, "", ""
    known = "`if NAME`, `for WORD in NAME`, `else`, `endif` and `endfor`"
    raise ShapeError(shape, line, f"`{text}` is no statement; there are {known}")
