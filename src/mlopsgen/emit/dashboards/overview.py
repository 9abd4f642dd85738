"""The overview of the platform: what its models are asked, how fast and how well they answer."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.dashboards.panels import Board, Panel, Target
from mlopsgen.names import PREDICTOR_SUFFIX
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import (
    BUDGET,
    MODEL,
    MODEL_LABELS,
    Meter,
    burnt,
    endpoint,
    meters,
    promising,
    stored,
)

_AVAILABLE = "kube_deployment_status_replicas_available"
BY_MODEL = f"{{{{namespace}}}}/{{{{{MODEL}}}}}"


def overview(plan: Plan) -> Board:
    """Return the dashboard of all models."""
    return Board(
        name="platform-overview",
        title="Platform overview",
        description=f"Models of {plan.platform.name} in {plan.environment}.",
        panels=tuple(_panels(plan)),
    )


def _panels(plan: Plan) -> Iterator[Panel]:
    """Yield the panels; one that no server of the platform measures anything for has no target."""
    found = meters(plan)
    yield Panel(
        title="Inference requests",
        description="Requests a second that models answered, by model server.",
        unit="reqps",
        targets=tuple(Target(meter.asked(), meter.server) for meter in found),
    )
    yield Panel(
        title="P95 latency by model",
        description=f"What 95 % of the requests stay below: {_measures(found)}.",
        unit="s",
        targets=tuple(Target(meter.latency.p95(), BY_MODEL) for meter in found if meter.latency),
    )
    yield Panel(
        title="Active models",
        description="InferenceServices with a pod that is ready. A canary counts as one.",
        unit="none",
        targets=tuple(_active(plan)),
        kind="stat",
    )
    yield Panel(
        title="Error rate",
        description="Share of the requests that failed through no fault of their caller. Servers "
        "that don't count these are not on it.",
        unit="percent",
        targets=tuple(_failing(found)),
    )
    yield Panel(
        title="Request rate by model",
        description="Requests a second that each model answered.",
        unit="reqps",
        targets=tuple(Target(meter.asked(MODEL_LABELS), BY_MODEL) for meter in found),
    )
    yield from _objectives(plan)


def _objectives(plan: Plan) -> Iterator[Panel]:
    """Yield the panel of objectives, which reads the series that their alerts read."""
    if any(promising(served) for served in plan.served):
        pace = f"{burnt('1h')} / {BUDGET}"
        yield Panel(
            title="Objectives: pace",
            description="How fast what may fail is used up: at 1 it is gone after 30 days, at 14.4"
            " after two.",
            unit="none",
            targets=(Target(pace, "{{namespace}}/{{model}}: {{slo}}"),),
        )


def _measures(found: tuple[Meter, ...]) -> str:
    return ", ".join(f"{meter.latency.of} of {meter.server}" for meter in found if meter.latency)


def _active(plan: Plan) -> Iterator[Target]:
    """Yield the count of predictors with a ready pod; it is 0, not nothing, where there is none."""
    seen = endpoint(plan.parts.get("prometheus"), _AVAILABLE)
    spaces = "|".join(sorted({served.namespace for served in plan.served}))
    if seen and spaces:
        namespace, deployment = stored(seen, "namespace"), stored(seen, "deployment")
        where = f'{namespace}=~"{spaces}", {deployment}=~".+{PREDICTOR_SUFFIX}"'
        expr = f"count({_AVAILABLE}{{{where}}} > 0) or vector(0)"
        yield Target(expr, "models")


def _failing(found: tuple[Meter, ...]) -> Iterator[Target]:
    """Yield the share of failures in percent; 0 for a model that never had one."""
    for meter in found:
        if meter.failures:
            failed, asked = meter.failures.rate(MODEL_LABELS), meter.asked(MODEL_LABELS)
            yield Target(f"100 * ({failed} or 0 * {asked}) / {asked}", BY_MODEL)
