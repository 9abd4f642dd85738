"""Dashboards of what models run on and come from: vLLM, Argo Workflows, GPUs."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.dashboards.overview import BY_MODEL
from mlopsgen.emit.dashboards.panels import Board, Panel, Target, Unit
from mlopsgen.facts.components import Endpoint
from mlopsgen.plan import Part, Plan
from mlopsgen.plan.metering import MODEL_LABELS, Series, endpoint, runtimes, stored

_FIRST, _TOKEN, _WHOLE = (
    "vllm:time_to_first_token_seconds",
    "vllm:time_per_output_token_seconds",
    "vllm:e2e_request_latency_seconds",
)
_RUNNING, _WAITING = "vllm:num_requests_running", "vllm:num_requests_waiting"
_CACHE, _PREEMPTED = "vllm:gpu_cache_usage_perc", "vllm:num_preemptions_total"
_PROMPT, _GENERATED = "vllm:prompt_tokens_total", "vllm:generation_tokens_total"
_VLLM = (_FIRST, _TOKEN, _WHOLE, _RUNNING, _WAITING, _CACHE, _PREEMPTED, _PROMPT, _GENERATED)

_TRIGGERED = "argo_workflows_workflowtemplate_triggered_total"
_RUNTIME = "argo_workflows_workflowtemplate_runtime"
_WORKFLOWS, _PODS = "argo_workflows_gauge", "argo_workflows_pods_gauge"
_QUEUE = "argo_workflows_queue_depth_gauge"

_BUSY, _USED, _FREE, _HEAT, _POWER = (
    "DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_DEV_FB_USED",
    "DCGM_FI_DEV_FB_FREE",
    "DCGM_FI_DEV_GPU_TEMP",
    "DCGM_FI_DEV_POWER_USAGE",
)


def language_models(plan: Plan) -> Iterator[Board]:
    """Yield the dashboard of vLLM where a model runs on a version that measures all of it."""
    for runtime in runtimes(plan).values():
        names = runtime.metrics.names if runtime.metrics else {}
        if all(each in names and not names[each].when for each in _VLLM):
            break
    else:
        return
    yield Board(
        name="language-models",
        title="Language models",
        description="What vLLM measures of each model, all of its replicas together.",
        panels=(
            _times("Time to first token", "How long 95 % of the requests wait for it.", _FIRST),
            _times("Time per output token", "How long 95 % of the tokens take.", _TOKEN),
            _times("Time of the whole answer", "How long 95 % of the answers take.", _WHOLE),
            _model("Requests running", "Those that the GPUs work on.", "none", _sum(_RUNNING)),
            _model(
                "Requests waiting", "Those that no replica has room for.", "none", _sum(_WAITING)
            ),
            _model(
                "KV cache in use",
                "Share of the fullest replica's; requests wait or start over when it is full.",
                "percentunit",
                f"max by ({MODEL_LABELS}) ({_CACHE})",
            ),
            _model("Prompt tokens", "Tokens read a second.", "ops", _rate(_PROMPT)),
            _model("Generated tokens", "Tokens written a second.", "ops", _rate(_GENERATED)),
            _model("Preemptions", "Requests that start over, a second.", "ops", _rate(_PREEMPTED)),
        ),
    )


def _times(title: str, description: str, metric: str) -> Panel:
    buckets = Series(metric, suffix="_bucket").rate(f"le, {MODEL_LABELS}")
    return Panel(
        title=title,
        description=description,
        unit="s",
        targets=(Target(f"histogram_quantile(0.95, {buckets})", BY_MODEL),),
    )


def _model(title: str, description: str, unit: Unit, expr: str) -> Panel:
    return Panel(title=title, description=description, unit=unit, targets=(Target(expr, BY_MODEL),))


def _sum(metric: str) -> str:
    return f"sum by ({MODEL_LABELS}) ({metric})"


def _rate(metric: str) -> str:
    return Series(metric).rate(MODEL_LABELS)


def pipelines(plan: Plan) -> Iterator[Board]:
    """Yield the dashboard of Argo Workflows where there are pipelines."""
    part = plan.parts.get("argo-workflows")
    seen = endpoint(part, _TRIGGERED)
    if seen is None or not plan.workflows:
        return
    namespace, name, phase = (stored(seen, label) for label in ("namespace", "name", "phase"))
    by_name = f"{{{{{namespace}}}}}/{{{{{name}}}}}"

    def ended(phases: str) -> str:
        which = f'{_TRIGGERED}{{{phase}=~"{phases}"}}'
        # The counter of a phase begins with 1, which is no increase: what is younger counts whole.
        runs = f"(increase({which}[1h]) and {which} offset 1h) or {which}"
        return f"sum by ({namespace}, {name}) ({runs})"

    panels = [
        _panel("Runs that succeeded", "Within an hour.", (ended("Succeeded"), by_name)),
        _panel(
            "Runs that failed",
            "Within an hour, or ended in error.",
            (ended("Failed|Error"), by_name),
        ),
    ]
    if endpoint(part, _RUNTIME):
        total, count = (f"increase({_RUNTIME}_{each}[1h])" for each in ("sum", "count"))
        by = f"sum by ({namespace}, {name})"
        mean = f"{by} ({total}) / ({by} ({count}) > 0)"
        panels.append(_panel("Time of a run", "Mean of those of an hour.", (mean, by_name), "s"))
    panels += _counts(part)
    yield Board(
        name="pipelines",
        title="Pipelines",
        description=f"Runs of the pipelines of {plan.platform.name} in {plan.environment}.",
        panels=tuple(panels),
    )


def _counts(part: Part | None) -> Iterator[Panel]:
    """Yield what there is in the controller's sight now."""
    for metric, label, title, description in (
        (_WORKFLOWS, "status", "Workflows", "Those that are there, by their phase."),
        (_PODS, "phase", "Pods of steps", "Those that are there, by their phase."),
        (
            _QUEUE,
            "queue_name",
            "Queues",
            "What waits for the controller; it grows when that is late.",
        ),
    ):
        if endpoint(part, metric):
            query = (f"sum by ({label}) ({metric})", f"{{{{{label}}}}}")
            yield _panel(title, description, query)


def _panel(title: str, description: str, query: tuple[str, str], unit: Unit = "none") -> Panel:
    return Panel(title=title, description=description, unit=unit, targets=(Target(*query),))


def gpus(plan: Plan) -> Iterator[Board]:
    """Yield the dashboard of GPUs where they are measured."""
    part = plan.parts.get("dcgm-exporter")
    if any(endpoint(part, each) is None for each in (_BUSY, _USED, _FREE, _HEAT, _POWER)):
        return
    seen = endpoint(part, _BUSY)
    if seen is None:
        return
    yield Board(
        name="gpus",
        title="GPUs",
        description="What the DCGM exporter measures of each GPU, and whose pods have it.",
        panels=_gpu_panels(seen),
    )


def _gpu_panels(seen: Endpoint) -> tuple[Panel, ...]:
    of_pod = ", ".join(stored(seen, label) for label in ("namespace", "pod"))
    held = f'{{{stored(seen, "pod")}!=""}}'
    pod = "/".join(f"{{{{{label}}}}}" for label in of_pod.split(", "))
    gpu = "{{Hostname}} GPU {{gpu}}"

    def each(metric: str) -> str:
        return f"max by (Hostname, gpu) ({metric})"

    used = f"sum by (Hostname, gpu) ({_USED})"
    free = f"sum by (Hostname, gpu) ({_FREE})"
    return (
        _panel("Busy", "Share of the time that a GPU works.", (each(_BUSY), gpu), "percent"),
        _panel(
            "Busy, by pod",
            "Mean of a pod's GPUs.",
            (f"avg by ({of_pod}) ({_BUSY}{held})", pod),
            "percent",
        ),
        _panel(
            "Memory in use",
            "Share of a GPU's own memory.",
            (f"100 * {used} / ({used} + {free})", gpu),
            "percent",
        ),
        _panel(
            "Memory of a pod",
            "All of its GPUs together.",
            (f"sum by ({of_pod}) ({_USED}{held})", pod),
            "mbytes",
        ),
        _panel("Temperature", "Of the chip.", (each(_HEAT), gpu), "celsius"),
        _panel("Power", "What it draws.", (each(_POWER), gpu), "watt"),
    )
