"""The dashboard of one model: what it is asked, what its pods take, what of it is promised.

Every panel shows the model and, where it has one, its canary, side by side.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.dashboards.panels import Board, Panel, Target, Unit, Variable
from mlopsgen.names import CANARY, PREDICTOR_SUFFIX, TRANSFORMER_SUFFIX
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import (
    BUDGET,
    MODEL,
    Meter,
    burnt,
    endpoint,
    meters,
    promising,
    stored,
)

_WANTED, _AVAILABLE = "kube_deployment_spec_replicas", "kube_deployment_status_replicas_available"
_CPU, _MEMORY = "container_cpu_usage_seconds_total", "container_memory_working_set_bytes"
_REQUESTED, _LIMIT = "kube_pod_container_resource_requests", "kube_pod_container_resource_limits"
_RESTARTS, _BUSY = "kube_pod_container_status_restarts_total", "DCGM_FI_DEV_GPU_UTIL"

_NAMES = f"$model(-{CANARY})?"
_ROLES = "|".join(each.removeprefix("-") for each in (PREDICTOR_SUFFIX, TRANSFORMER_SUFFIX))
_CHOSEN = f'namespace="$namespace", {MODEL}=~"{_NAMES}"'
_CANARY = f'namespace="$namespace", {MODEL}=~"$model-{CANARY}"'
_DEPLOYMENTS = f'namespace="$namespace", deployment=~"{_NAMES}-({_ROLES})"'
_PODS = f'namespace="$namespace", pod=~"{_NAMES}-({_ROLES})-[a-z0-9]+-[a-z0-9]+"'
_CONTAINERS = f'{_PODS}, container!=""'
"""The kubelet measures a whole pod too, without a container's name."""


def models(plan: Plan) -> Iterator[Board]:
    """Yield the dashboard where there are models and Prometheus sees their Deployments."""
    if not plan.served or endpoint(plan.parts.get("prometheus"), _WANTED) is None:
        return
    yield Board(
        name="model",
        title="Model",
        description=f"One model of {plan.platform.name} in {plan.environment}, canary included.",
        panels=tuple(_panels(plan)),
        variables=tuple(_variables(plan)),
    )


def _variables(plan: Plan) -> Iterator[Variable]:
    """Yield what tells a model: Deployments, which those have too whose server measures nothing."""
    predictors = f'deployment=~".+{PREDICTOR_SUFFIX}"'
    spaces = "|".join(sorted({served.namespace for served in plan.served}))
    yield Variable(
        name="namespace",
        title="Namespace",
        selector=f'{_WANTED}{{namespace=~"{spaces}", {predictors}}}',
        label="namespace",
    )
    yield Variable(
        name="model",
        title="Model",
        selector=f'{_WANTED}{{namespace="$namespace", {predictors}}}',
        label="deployment",
        part=f"^(.+?)(?:-{CANARY})?{PREDICTOR_SUFFIX}$",
    )


def _panels(plan: Plan) -> Iterator[Panel]:
    found = meters(plan)
    yield from _answers(tuple(meter.narrowed(_CHOSEN) for meter in found))
    if any(served.canary for served in plan.served):
        yield _canary(found)
    yield from _promises(plan)
    yield from _replicas(plan)
    yield from _taken(plan)


def _answers(found: tuple[Meter, ...]) -> Iterator[Panel]:
    name = f"{{{{{MODEL}}}}}"
    rates = tuple(Target(meter.asked(MODEL), name) for meter in found)
    yield _panel("Requests", "Answered a second.", "reqps", *rates)
    failing = (
        Target(f"100 * ({failed} or 0 * {asked}) / {asked}", name)
        for meter in found
        if meter.failures
        for failed, asked in [(meter.failures.rate(MODEL), meter.asked(MODEL))]
    )
    told = "Share of the requests that failed through no fault of their caller."
    yield _panel("Errors", told, "percent", *failing)
    quantiles = (
        Target(meter.latency.quantile(f"0.{share}", MODEL), f"{name} P{share}")
        for share in ("50", "95", "99")
        for meter in found
        if meter.latency
    )
    timed = ", ".join(f"{meter.latency.of} of {meter.server}" for meter in found if meter.latency)
    yield _panel("Latency", f"What 50, 95 and 99 % stay below: {timed}.", "s", *quantiles)


def _canary(found: tuple[Meter, ...]) -> Panel:
    """Return the panel of the canary's share, which its weight promises."""
    shares = (
        Target(f"100 * {canary.asked()} / {whole.asked()}", "canary")
        for meter in found
        for canary, whole in [(meter.narrowed(_CANARY), meter.narrowed(_CHOSEN))]
    )
    return _panel("Canary", "Its share of the requests.", "percent", *shares)


def _promises(plan: Plan) -> Iterator[Panel]:
    if not any(promising(served) for served in plan.served):
        return
    where = '{namespace="$namespace", model="$model"}'
    paces = (
        Target(f"{burnt(window)}{where} / {BUDGET}{where}", f"{{{{slo}}}} over {window}")
        for window in ("1h", "3d")
    )
    told = "How fast what may fail of what is promised is used up: at 1 it is gone after 30 days."
    yield _panel("Objectives: pace", told, "none", *paces)


def _replicas(plan: Plan) -> Iterator[Panel]:
    part = plan.parts.get("prometheus")
    counts = (
        Target(f"sum by (deployment) ({metric}{{{_DEPLOYMENTS}}})", f"{{{{deployment}}}}: {word}")
        for metric, word in ((_WANTED, "wanted"), (_AVAILABLE, "there"))
        if endpoint(part, metric)
    )
    yield _panel("Replicas", "Wanted, and there to answer.", "none", *counts)
    if endpoint(part, _RESTARTS):
        expr = f"sum by (pod, container) (round(increase({_RESTARTS}{{{_PODS}}}[1h])))"
        told = "Of containers, within an hour."
        yield _panel("Restarts", told, "none", Target(expr, "{{pod}}/{{container}}"))


def _taken(plan: Plan) -> Iterator[Panel]:
    """Yield what pods take beside what they ask for."""
    part = plan.parts.get("prometheus")
    if all(endpoint(part, each) for each in (_CPU, _MEMORY, _REQUESTED, _LIMIT)):
        used = f"sum by (pod) (rate({_CPU}{{{_CONTAINERS}}}[5m]))"
        asked = f'sum by (pod) ({_REQUESTED}{{{_PODS}, resource="cpu"}})'
        told = "Used, and asked for; a pod may use more while its node has some."
        yield _panel("CPUs", told, "none", _pod(used), _pod(asked, "asked for"))
        used = f"sum by (pod) ({_MEMORY}{{{_CONTAINERS}}})"
        asked = f'sum by (pod) ({_LIMIT}{{{_PODS}, resource="memory"}})'
        told = "Used, and its limit: beyond that a container is killed."
        yield _panel("Memory", told, "bytes", _pod(used), _pod(asked, "limit"))
    seen = endpoint(plan.parts.get("dcgm-exporter"), _BUSY)
    if seen and any(served.spec.gpus for served in plan.served):
        namespace, pod = stored(seen, "namespace"), stored(seen, "pod")
        where = _PODS.replace("namespace=", f"{namespace}=", 1).replace("pod=", f"{pod}=", 1)
        busy = Target(f"avg by ({pod}) ({_BUSY}{{{where}}})", f"{{{{{pod}}}}}")
        yield _panel("GPUs busy", "Mean of a pod's GPUs.", "percent", busy)


def _pod(expr: str, word: str = "") -> Target:
    return Target(expr, "{{pod}}" + (f": {word}" if word else ""))


def _panel(title: str, description: str, unit: Unit, *targets: Target) -> Panel:
    return Panel(title=title, description=description, unit=unit, targets=targets)
