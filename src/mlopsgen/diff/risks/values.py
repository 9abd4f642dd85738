"""Values of objects that anybody may have written: what has another form is taken for absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def at(body: object, *path: str) -> Any:  # noqa: ANN401 - plain data
    """Return the value at *path* of *body*; None where there is none."""
    for step in path:
        body = body.get(step) if isinstance(body, Mapping) else None
    return body


def mapping(body: object, *path: str) -> Mapping[str, Any]:
    """Return the mapping at *path* of *body*; an empty one where there is none."""
    found = at(body, *path)
    return found if isinstance(found, Mapping) else {}


def members(body: object, *path: str) -> list[Any]:
    """Return the members of the list at *path* of *body*; none where there is no list."""
    found = at(body, *path)
    return list(found) if isinstance(found, (list, tuple)) else []


def mappings(body: object, *path: str) -> list[Mapping[str, Any]]:
    """Return the mappings in the list at *path* of *body*."""
    return [each for each in members(body, *path) if isinstance(each, Mapping)]


def texts(body: object, *path: str) -> list[str]:
    """Return the texts in the list at *path* of *body*."""
    return [each for each in members(body, *path) if isinstance(each, str)]


def text(body: object, *path: str) -> str:
    """Return the text at *path* of *body*; an empty one where there is none."""
    found = at(body, *path)
    return found if isinstance(found, str) else ""


def whole(body: object, *path: str) -> int | None:
    """Return the whole number at *path* of *body*; None where there is none."""
    found = at(body, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
