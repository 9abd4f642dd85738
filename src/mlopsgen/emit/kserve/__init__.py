"""KServe: for each model its InferenceServices, account, disruption budgets and way in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlopsgen.artifact import Artifact, Object, manifest
from mlopsgen.emit.kserve.container import container, front
from mlopsgen.names import APP_LABEL, CANARY, RUNTIME_LABEL, predictor_app, transformer_app
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.balancing import SERVICE_PORT, actions, ingress_annotations, split
from mlopsgen.plan.canaries import least, replicas, spread
from mlopsgen.plan.priorities import priority_class
from mlopsgen.plan.scaling import scaling
from mlopsgen.shapes import Shapes
from mlopsgen.spec import LoadBalancer

_INSIDE = {"networking.kserve.io/visibility": "cluster-local"}
"""A label: with it KServe makes no Ingress of its own (0.16.0, kube_ingress_reconciler.go)."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the objects of each model; its canary shares account and way in with the model."""
    canaries = {served.model: served for served in plan.served if served.canary}
    for served in plan.served:
        labels, canary = plan.labels(served.model), canaries.get(served.model)
        if not served.canary:
            account = shapes.one("kserve/service-account.yaml", served=served, labels=labels)
            yield _manifest(served, account)
            yield from _ingress(plan, shapes, served, canary)
        if not served.canary or not served.within:
            document = _inference_service(plan, shapes, served)
            if canary and canary.within:
                document = _with(document, canary, _inference_service(plan, shapes, canary))
            yield _manifest(served, document)
        # None for a single replica: it would keep the pod's node from ever being drained.
        if least(served) > 1:
            budget = "kserve/pod-disruption-budget.yaml"
            yield _manifest(served, shapes.one(budget, served=served, labels=labels))


def _with(document: Object, canary: Served, alone: Object) -> Object:
    """Return the InferenceService *document* with *canary* in it, which would be *alone*.

    At 0.20.0 the share routes nothing; the Ingress or the HTTPRoute does, between the Services
    that KServe makes of the two.
    """
    entry = {"trafficPercent": canary.weight, "predictor": alone["spec"]["predictor"]}
    return {**document, "spec": {**document["spec"], "canary": [entry]}}


def _manifest(served: Served, document: Object) -> Artifact:
    return manifest(served.application, document, emitter=__name__, origin=served.origin)


def _inference_service(plan: Plan, shapes: Shapes, served: Served) -> Object:
    runtime = served.runtime
    # KServe puts the labels of an InferenceService on its pods too.
    own = {**_INSIDE, RUNTIME_LABEL: served.spec.runtime}
    return shapes.one(
        "kserve/inference-service.yaml",
        served=served,
        labels={**plan.labels(served.model), **own},
        inside=CANARY if served.canary and served.within else "",
        replicas=replicas(served),
        scaling=scaling(served, plan.parts),
        priority=priority_class(plan, served),
        replicated=spread(served),
        beside=_beside(served),
        beside_front={APP_LABEL: transformer_app(served.name)},
        format_version=_format_version(served),
        container=container(served),
        front=front(served, plan.parts),
        ready=_path(served, runtime.paths.ready),
        live=_path(served, runtime.paths.live),
    )


def _beside(served: Served) -> dict[str, str]:
    """Return the labels of the pods that a replica keeps away from: its own, and no transformers'.

    With these among them two replicas in one zone would be as even as can be, with two transformers
    in another.
    """
    return {APP_LABEL: predictor_app(served.name)} if served.spec.transformer else served.pods


def _path(served: Served, path: str) -> str:
    return path.replace("{name}", served.model)


def _health(served: Served) -> str:
    """Return the path on which what takes requests answers 200."""
    own = served.spec.transformer
    return own.health_path if own else _path(served, served.runtime.paths.ready)


def _format_version(served: Served) -> str:
    """Return the version of the model's format where KServe needs one, else nothing."""
    model_format = served.runtime.model_format
    return model_format.versions[-1] if model_format and model_format.emit_version else ""


def _ingress(
    plan: Plan, shapes: Shapes, stable: Served, canary: Served | None
) -> Iterator[Artifact]:
    """Yield the Ingress of a model that has a load balancer."""
    balancer = stable.spec.exposure.balancer if stable.spec.exposure else None
    if balancer is None:
        return
    if stable.spec.stopped:
        # The controller answers 503 for one Service that is gone; for a split between two it
        # gives up on the whole load balancer (2.16.0 pkg/ingress/enhanced_backend_builder.go).
        canary = None
    document = shapes.one(
        "kserve/ingress.yaml",
        served=stable,
        labels=plan.labels(stable.model),
        host=balancer.host,
        annotations=_routing(plan, balancer, stable, canary),
        backends=_backends(stable, canary),
    )
    origin = (*stable.origin, "exposure")
    yield manifest(stable.application, document, emitter=__name__, origin=origin)


def _routing(
    plan: Plan, balancer: LoadBalancer, stable: Served, canary: Served | None
) -> dict[str, str]:
    """Return the annotations of the Ingress: with a canary, requests are split by weight."""
    found = ingress_annotations(plan, balancer, _health(stable))
    return found | split(stable, canary) if canary else found


def _backends(stable: Served, canary: Served | None) -> list[dict[str, Any]]:
    """Return where requests go, in the order in which the load balancer tries it."""
    if canary is None:
        return [{"name": stable.service, "port": {"number": SERVICE_PORT}}]
    return [{"name": name, "port": {"name": "use-annotation"}} for name in actions(canary)]
