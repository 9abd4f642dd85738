"""Endpoints: the Ingress or HTTPRoute that sends requests to one of several models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlopsgen.artifact import Artifact, Object, manifest
from mlopsgen.emit.routes import TIMEOUT, backend
from mlopsgen.plan import Plan
from mlopsgen.plan.balancing import branched, ingress_annotations
from mlopsgen.plan.endpoints import Branch, Joint, joints
from mlopsgen.shapes import Shapes
from mlopsgen.spec import LoadBalancer, WayIn

_LIST = "/v1/models"
"""Where OpenAI's clients ask which models there are."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the way in of each endpoint, in the Application of its models."""
    for joint in joints(plan):
        way = joint.spec.exposure
        balancer = way.balancer
        document = (
            _ingress(plan, shapes, joint, balancer)
            if balancer
            else _route(plan, shapes, joint, way)
        )
        yield manifest(joint.application, document, emitter=__name__, origin=joint.origin)


def _ingress(plan: Plan, shapes: Shapes, joint: Joint, balancer: LoadBalancer) -> Object:
    health = joint.members[0].runtime.paths.ready
    actions, annotations = branched(joint)
    rows = [{"path": branch.prefix or "/", "action": name} for name, branch in actions]
    return shapes.one(
        "kserve/endpoint-ingress.yaml",
        joint=joint,
        labels=plan.labels(joint.name),
        annotations=ingress_annotations(plan, balancer, health) | annotations,
        list_path=_LIST,
        rows=rows,
    )


def _route(plan: Plan, shapes: Shapes, joint: Joint, way: WayIn) -> Object:
    return shapes.one(
        "kserve/endpoint-route.yaml",
        joint=joint,
        labels=plan.labels(joint.name),
        gateway=way.gateway,
        declared=plan.platform.gateways[way.gateway or ""],
        rules=[_rule(branch) for branch in joint.branches],
        timeout=TIMEOUT,
    )


def _rule(branch: Branch) -> dict[str, Any]:
    """Return what a route says of *branch*."""
    return {
        "path": branch.prefix or "/",
        "rewritten": bool(branch.prefix),
        "headers": [
            {"type": "Exact", "name": header.name, "value": header.value}
            for header in branch.headers
        ],
        "backends": [backend(served, weight) for served, weight in branch.shares],
    }
