"""Documents: what reviewers ask of an environment, as text beside what is applied."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import SpecPath
from mlopsgen.emit.docs.access import access
from mlopsgen.emit.docs.signatures import signatures
from mlopsgen.plan import Plan
from mlopsgen.plan.signatures import asked
from mlopsgen.shapes import Shapes


def emit(plan: Plan, _shapes: Shapes) -> Iterator[Artifact]:
    """Yield the access matrix, and which images need signatures where any do."""
    origin: tuple[SpecPath, ...] = (("models",), ("pipelines",), ("components",), ("namespaces",))
    yield Artifact(path="docs/access.md", body=access(plan), emitter=__name__, origin=origin)
    if asked(plan):
        body, places = signatures(plan), (("policies", "signatures"), ("models",), ("pipelines",))
        yield Artifact(path="docs/signatures.md", body=body, emitter=__name__, origin=places)
