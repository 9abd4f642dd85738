"""Documents: what reviewers ask of an environment, as text beside what is applied."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import SpecPath
from mlopsgen.emit.docs.access import access
from mlopsgen.plan import Plan
from mlopsgen.shapes import Shapes


def emit(plan: Plan, _shapes: Shapes) -> Iterator[Artifact]:
    """Yield the access matrix."""
    origin: tuple[SpecPath, ...] = (("models",), ("pipelines",), ("components",), ("namespaces",))
    yield Artifact(path="docs/access.md", body=access(plan), emitter=__name__, origin=origin)
