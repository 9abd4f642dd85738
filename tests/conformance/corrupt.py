"""Ways to spoil an object, each in one field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

Route = tuple[str | int, ...]
Spoilt = tuple[str, dict[str, Any]]
"""What was done, and the object after it."""

_OTHERS: dict[type, tuple[Any, ...]] = {
    bool: ("yes", 1, {}),
    int: ("many", -1, 10**9, 0.5, []),
    float: ("many", []),
    str: ("", "no value", "-", 7, ["x"], {}),
    list: ([], "x", {}, [7], [{"unknownField": 1}]),
    dict: ("x", [], {"unknownField": {}}),
}


def corruptions(document: dict[str, Any]) -> Iterator[Spoilt]:
    """Yield *document* with one field lost, one field too many, or one value of another form."""
    for route, value in _values(document["spec"], ("spec",)):
        if isinstance(route[-1], str):
            yield f"without {_text(route)}", _without(document, route)
        if isinstance(value, dict):
            yield f"more in {_text(route)}", _with(document, (*route, "unknownField"), "x")
        for other in _OTHERS[type(value)]:
            yield f"{_text(route)} = {other!r}", _with(document, route, other)


def _values(node: Any, route: Route) -> Iterator[tuple[Route, Any]]:
    yield route, node
    children = node.items() if isinstance(node, dict) else ()
    if isinstance(node, list):
        children = _of_each_form(node)
    for key, child in children:
        yield from _values(child, (*route, key))


def _of_each_form(items: list[Any]) -> Iterable[tuple[int, Any]]:
    """Return the first of the items that have the same keys, with its index."""
    forms = {}
    for index, item in enumerate(items):
        forms.setdefault(tuple(item) if isinstance(item, dict) else type(item), (index, item))
    return forms.values()


def _with(document: dict[str, Any], route: Route, value: Any) -> dict[str, Any]:
    changed = deepcopy(document)
    _parent(changed, route)[route[-1]] = value
    return changed


def _without(document: dict[str, Any], route: Route) -> dict[str, Any]:
    changed = deepcopy(document)
    del _parent(changed, route)[route[-1]]
    return changed


def _parent(node: Any, route: Route) -> Any:
    for step in route[:-1]:
        node = node[step]
    return node


def _text(route: Route) -> str:
    return "/".join(map(str, route))
