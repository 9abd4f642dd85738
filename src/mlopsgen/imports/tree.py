"""Plain data of which nothing is known: what stands at a place, as what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import SpecPath

Json = Mapping[str, Any]


def at(node: object, *path: str | int) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what stands at *path* in *node*; None where nothing does."""
    for step in path:
        match node, step:
            case Mapping(), str():
                node = node.get(step)
            case list(), int() if step < len(node):
                node = node[step]
            case _:
                return None
    return node


def inside(node: object, *path: str | int) -> Json:
    """Return the mapping at *path* in *node*; an empty one where there is none."""
    found = at(node, *path)
    return found if isinstance(found, Mapping) else {}


def rows(node: object, *path: str | int) -> Iterator[tuple[int, Json]]:
    """Yield the mappings in the list at *path* in *node*, with their positions."""
    found = at(node, *path)
    for index, row in enumerate(found if isinstance(found, list) else ()):
        if isinstance(row, Mapping):
            yield index, row


def text(node: object, *path: str | int) -> str:
    """Return the text at *path* in *node*; empty where there is none."""
    found = at(node, *path)
    return found if isinstance(found, str) else ""


def number(node: object, *path: str | int) -> int | None:
    """Return the whole number at *path* in *node*, written as text or not."""
    found = at(node, *path)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10:  # noqa: PLR2004 - no count in a manifest has more digits
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def words(node: object, *path: str | int) -> list[str]:
    """Return the texts in the list at *path* in *node*."""
    found = at(node, *path)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def strings(node: object, *path: str | int) -> dict[str, str]:
    """Return what of the mapping at *path* in *node* is text; numbers count as text."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in inside(node, *path).items()
        if isinstance(value, str | int | float)
    }


def leaves(node: object, path: SpecPath = ()) -> Iterator[tuple[SpecPath, object]]:
    """Yield what stands in *node* at the ends of its paths; what is empty is nothing."""
    match node:
        case Mapping():
            for key, value in node.items():
                yield from leaves(value, (*path, key))
        case list():
            for index, value in enumerate(node):
                yield from leaves(value, (*path, index))
        case None | "":
            return
        case _:
            yield path, node
