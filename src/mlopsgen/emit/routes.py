"""Routes: the HTTPRoute of each model that is behind a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlopsgen.artifact import Artifact, Object, manifest
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.balancing import SERVICE_PORT
from mlopsgen.shapes import Shapes
from mlopsgen.spec import WayIn

_WHOLE = 100
"""Percent of the requests."""

TIMEOUT = "10m"
"""For a whole answer of a language model: 8000 tokens, 15 a second. It is the gateway that would
give up otherwise; Envoy does after 15 s."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the routes; a model and its canary share one."""
    canaries = {served.model: served for served in plan.served if served.canary}
    for served in plan.served:
        way = served.spec.exposure
        if served.canary or way is None or way.gateway is None:
            continue
        # The Services of a stopped model are gone, both; one is enough to say so.
        canary = None if served.spec.stopped else canaries.get(served.model)
        document = _route(plan, shapes, served, canary, way)
        origin = (*served.origin, "exposure")
        yield manifest(served.application, document, emitter=__name__, origin=origin)


def _route(plan: Plan, shapes: Shapes, stable: Served, canary: Served | None, way: WayIn) -> Object:
    """Return the route: requests with the canary's header first, then all others by weight."""
    chosen = canary.spec.canary.header if canary and canary.spec.canary else None
    weighted = [backend(one, one.weight) for one in (stable, canary)] if canary else None
    return shapes.one(
        "kserve/http-route.yaml",
        served=stable,
        labels=plan.labels(stable.model),
        gateway=way.gateway,
        declared=plan.platform.gateways[way.gateway or ""],
        host=way.host,
        header=chosen,
        chosen=[backend(canary, _WHOLE)] if canary else [],
        backends=weighted or [backend(stable, _WHOLE)],
        timeout=TIMEOUT if stable.spec.vllm else "",
    )


def backend(served: Served, weight: int) -> dict[str, Any]:
    """Return a Service as routes name it, with what the API server would fill in."""
    name = served.service
    return {"group": "", "kind": "Service", "name": name, "port": SERVICE_PORT, "weight": weight}
