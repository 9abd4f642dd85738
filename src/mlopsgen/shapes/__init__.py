"""Shapes: YAML templates whose holes hold values, never text.

A shape is a valid YAML file before it is filled. Control flow hides in comments
(`#% for port in model.ports`) and a hole is a nested list (`[[ model.name ]]`), so editors,
yamllint and reviewers read it as the manifest it will become.

Each shape is compiled once into a function that builds its objects. A value is handed through
that function and never meets a YAML parser, so nothing from platform.yaml can add a key, a line
or a document. A mapping or list whose entries are all omitted stays, empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsgen.shapes import trace as tracing
from mlopsgen.shapes.generate import Build, function
from mlopsgen.shapes.read import read
from mlopsgen.shapes.trace import Traced
from mlopsgen.shapes.tree import Shape, ShapeError

__all__ = ["ShapeError", "Shapes", "Traced"]


@dataclass(frozen=True, slots=True)
class _Compiled:
    shape: Shape
    build: Build


class Shapes:
    """The shapes under some folders; a file in an earlier folder stands in for later ones."""

    def __init__(self, *roots: Path) -> None:
        self._roots = roots
        self._compiled: dict[str, _Compiled] = {}

    def fill(self, name: str, /, **values: object) -> list[dict[str, Any]]:
        """Return the documents of shape *name*, its holes filled from *values*.

        Values are put in as they are, not copied; the containers around them are new each time.
        """
        compiled = self._compiled.get(name) or self._compile(name)
        try:
            return compiled.build(values)
        except (KeyError, AttributeError, TypeError):
            for _ in tracing.trace(compiled.shape, values):
                pass  # Walks until it meets the name that is missing, and says so.
            raise

    def one(self, name: str, /, **values: object) -> dict[str, Any]:
        """Return the only document of shape *name*, its holes filled from *values*."""
        documents = self.fill(name, **values)
        if len(documents) != 1:
            raise ShapeError(name, 1, f"holds {len(documents)} documents where one is wanted")
        return documents[0]

    def trace(self, name: str, /, **values: object) -> list[Traced]:
        """Return where `fill` would put each hole: path, name in the hole, line of the shape."""
        compiled = self._compiled.get(name) or self._compile(name)
        return list(tracing.trace(compiled.shape, values))

    def _compile(self, name: str) -> _Compiled:
        for root in self._roots:
            path = root / name
            if path.is_file():
                shape = read(name, path.read_text(encoding="utf-8-sig"))
                compiled = self._compiled[name] = _Compiled(shape, function(shape))
                return compiled
        folders = ", ".join(str(root) for root in self._roots)
        raise ShapeError(name, 1, f"there is no such file in {folders}")
