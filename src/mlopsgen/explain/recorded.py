"""Shapes that remember what they were filled with, so that a line can be traced to its hole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsgen.artifact import Object
from mlopsgen.shapes import Shapes


@dataclass(frozen=True, slots=True)
class Filling:
    """A document that a shape made: the shape's name, which of its documents, and the values."""

    shape: str
    number: int
    values: Mapping[str, object]
    document: Mapping[str, Any]


class Recorded(Shapes):
    """Shapes that can say afterwards which of them made a document."""

    def __init__(self, *roots: Path) -> None:
        super().__init__(*roots)
        self._made: dict[int, Filling] = {}

    def fill(self, name: str, /, **values: object) -> list[dict[str, Any]]:
        """Return the documents of shape *name*, and remember them."""
        documents = super().fill(name, **values)
        for number, document in enumerate(documents):
            # They are kept, so that no other object is ever found at their address.
            self._made[id(document)] = Filling(name, number, values, document)
        return documents

    def made(self, document: Object) -> Filling | None:
        """Return what made *document*, or a copy of it whose parts are the same objects."""
        if id(document) in self._made:
            return self._made[id(document)]
        parts = {id(value) for value in document.values() if isinstance(value, (dict, list))}
        return next(
            (
                filling
                for filling in self._made.values()
                if any(
                    isinstance(value, dict) and id(value) in parts
                    for value in filling.document.values()
                )
            ),
            None,
        )
