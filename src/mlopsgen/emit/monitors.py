"""Monitors: what Prometheus scrapes of models, and of components whose chart can't ask for it."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact, manifest
from mlopsgen.facts.components import Endpoint
from mlopsgen.names import (
    APP_LABEL,
    INFERENCE_SERVICE_LABEL,
    NAME_LABEL,
    RUNTIME_LABEL,
    predictor_app,
)
from mlopsgen.plan import Part, Plan, Served
from mlopsgen.plan.applications import MONITORING
from mlopsgen.plan.metering import MODEL, read_labels
from mlopsgen.shapes import Shapes

_POD_LABEL = "__meta_kubernetes_pod_label_"
"""What Prometheus calls a pod's labels; other characters than letters and digits become `_`."""

_BY_SERVICE = _POD_LABEL + "".join(
    each if each.isalnum() else "_" for each in INFERENCE_SERVICE_LABEL
)
_BY_APP = _POD_LABEL + APP_LABEL
_NAME_IN_APP = predictor_app("(.+)").replace(".", r"\.", 1)
"""Where KServe can run a canary inside of its model's service, only this label tells them apart."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield a monitor for each runtime of each namespace, and for each endpoint left to us.

    They lie beside Prometheus, so that whoever may change them may change Prometheus.
    """
    prometheus = plan.parts.get("prometheus")
    if prometheus is None:
        return
    by_runtime = _by_runtime(plan)
    for place in sorted(by_runtime):
        yield _models(plan, shapes, prometheus, by_runtime[place])
    for part in plan.parts.values():
        if part is not prometheus:
            for endpoint in part.facts.metrics:
                if _ours(part, endpoint):
                    yield _endpoint(plan, shapes, prometheus, part, endpoint)


def _by_runtime(plan: Plan) -> dict[tuple[str, str, str], Served]:
    """Return one model of each runtime of each namespace; a runtime has its ports in common.

    A server of a user's own has them for itself, so that its model is named.
    """
    return {
        (served.namespace, served.spec.runtime, _own(served)): served
        for served in plan.served
        if served.runtime.metrics
    }


def _own(served: Served) -> str:
    return served.model if served.spec.container else ""


def _models(plan: Plan, shapes: Shapes, prometheus: Part, served: Served) -> Artifact:
    namespace, runtime, own = served.namespace, served.spec.runtime, _own(served)
    name = f"models-{namespace}-{runtime}"
    selected: dict[str, str] = {RUNTIME_LABEL: runtime}
    if own:
        name, selected = f"{name}-{own}", selected | {NAME_LABEL: own}
    place = (namespace, runtime)
    alike = (one for one in plan.served if (one.namespace, one.spec.runtime) == place)
    by_app = any(one.by_app for one in alike)
    document = shapes.one(
        "monitors/models.yaml",
        name=name,
        namespace=prometheus.namespace,
        labels=read_labels(plan, prometheus, f"models-{runtime}"),
        namespaces=[namespace],
        selected=selected,
        port="metrics" if "metrics" in served.ports else "http",
        path=served.runtime.paths.metrics,
        model=MODEL,
        model_labels=[_BY_APP if by_app else _BY_SERVICE],
        model_pattern=_NAME_IN_APP if by_app else "",
    )
    return manifest(MONITORING, document, emitter=__name__, origin=("models",), qualified=True)


def _ours(part: Part, endpoint: Endpoint) -> bool:
    """Say whether the endpoint's monitor is left to us.

    Charts that Terraform installs come before the kind ServiceMonitor is there, so they make
    none, whatever they could do.
    """
    return endpoint.monitor == "ours" or part.owner == "terraform"


def _endpoint(
    plan: Plan, shapes: Shapes, prometheus: Part, part: Part, endpoint: Endpoint
) -> Artifact:
    """Return the monitor of the pods, which are there whether or not they have a Service.

    Only a ServiceMonitor can show a service account's token.
    """
    workload = part.facts.workloads[endpoint.workload]
    common = {
        "name": f"{part.name}-{endpoint.workload}",
        "namespace": prometheus.namespace,
        "labels": read_labels(plan, prometheus, part.name),
        "namespaces": [part.namespace],
        "endpoint": endpoint,
    }
    if endpoint.auth == "token":
        service = part.facts.services[endpoint.job]
        document = shapes.one(
            "monitors/service.yaml",
            selected=dict(service.labels),
            port=workload.ports[endpoint.port],
            port_name=next((each.name for each in service.ports if each.name), ""),
            **common,
        )
    else:
        document = shapes.one("monitors/pods.yaml", selected=dict(workload.labels), **common)
    return manifest(MONITORING, document, emitter=__name__, origin=part.origin, qualified=True)
