"""A shape as a Python function: one expression that builds its objects.

The expression holds the literals of the shape and names, never a value that fills it, so a fill
costs what the dict displays in it cost, and each fill gives containers of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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
    Table,
)
from mlopsgen.shapes.values import members, step

Build = Callable[[Mapping[str, object]], list[dict[str, Any]]]

Scope = Mapping[str, str]
"""The Python variable of each loop variable in sight."""


def function(shape: Shape) -> Build:
    """Return the function that builds the documents of *shape* from named values."""
    documents = ", ".join(_node(document, {}) for document in shape.documents)
    code = compile(f"lambda values: [{documents}]", shape.name, "eval")
    build: Build = eval(  # noqa: S307 - made of literals and checked names only, see above
        code, {"__builtins__": {}, "step": step, "members": members}
    )
    return build


def _node(node: Node, scope: Scope) -> str:
    match node:
        case Literal(value):
            return repr(value)
        case Hole(name):
            return _name(name, scope)
        case Table(parts):
            return f"{{{_all(parts, scope)}}}"
        case Row(parts):
            return f"[{_all(parts, scope)}]"


def _all(parts: tuple[Part, ...], scope: Scope) -> str:
    return ", ".join(_part(part, scope) for part in parts)


def _part(part: Part, scope: Scope) -> str:
    match part:
        case Entry(key, node):
            return _node(node, scope) if key is None else f"{key!r}: {_node(node, scope)}"
        case Choice(test, then, otherwise):
            stars, opening, closing = ("**", "{", "}") if _keyed(then) else ("*", "[", "]")
            yes, no = (f"{opening}{_all(parts, scope)}{closing}" for parts in (then, otherwise))
            return f"{stars}({yes} if {_name(test, scope)} else {no})"
        case Loop(variable, over, parts):
            local = f"n{len(scope)}"
            inside = _all(parts, {**scope, variable: local})
            each = f"for {local} in members({_name(over, scope)})"
            return f"*[part {each} for part in [{inside}]]"


def _keyed(parts: tuple[Part, ...]) -> bool:
    """Return whether *parts* stand in a mapping."""
    match parts[0]:
        case Entry(key):
            return key is not None
        case Choice(then=then):
            return _keyed(then)
        case Loop():
            return False


def _name(name: Name, scope: Scope) -> str:
    first, *rest = name.steps
    text = scope.get(first) or f"values[{first!r}]"
    for attribute in rest:
        text = f"step({text}, {attribute!r})"
    return text
