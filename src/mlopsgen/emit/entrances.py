"""Entrances: one Ingress for each user interface that is reached from outside the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact, manifest
from mlopsgen.plan import Plan
from mlopsgen.plan.applications import ENTRANCES
from mlopsgen.plan.balancing import ingress_annotations
from mlopsgen.shapes import Shapes


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the Ingress of each entrance, in the namespace of its component."""
    for entrance in plan.entrances:
        document = shapes.one(
            "entrances/ingress.yaml",
            entrance=entrance,
            namespace=plan.parts[entrance.component].namespace,
            labels=plan.labels(entrance.component),
            annotations=ingress_annotations(plan, entrance.balancer, entrance.health),
        )
        origin = entrance.origin
        yield manifest(ENTRANCES, document, emitter=__name__, origin=origin, qualified=True)
