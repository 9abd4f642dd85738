"""Dashboards: the overview of the platform, as a ConfigMap that Grafana's sidecar picks up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mlopsgen.artifact import Artifact, manifest
from mlopsgen.names import PREDICTOR_SUFFIX
from mlopsgen.plan import Plan
from mlopsgen.plan.applications import MONITORING
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
from mlopsgen.serialize import to_json
from mlopsgen.shapes import Shapes

NAME = "platform-overview"

_FOUND_BY = {"grafana_dashboard": "1"}
"""The label that our values of Grafana make its sidecar look for, in every namespace."""

_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_AVAILABLE = "kube_deployment_status_replicas_available"
_BY_MODEL = f"{{{{namespace}}}}/{{{{{MODEL}}}}}"
_SCHEMA = 39
"""Of the JSON: what the dashboards of kube-prometheus-stack 79.12.0 say (templates/grafana)."""

_WIDTH, _HEIGHT = 12, 8
"""Of a panel: two in a row of Grafana's 24 columns."""


@dataclass(frozen=True, slots=True)
class _Target:
    expr: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    title: str
    description: str
    unit: Literal["reqps", "s", "percent", "none"]
    targets: tuple[_Target, ...]
    kind: Literal["timeseries", "stat"] = "timeseries"


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the overview where both Grafana and Prometheus are installed."""
    grafana = plan.parts.get("grafana")
    wanted = plan.platform.dashboards.builtin == "all"
    if not wanted or grafana is None or "prometheus" not in plan.parts:
        return
    document = shapes.one(
        "dashboards/config-map.yaml",
        name=f"dashboard-{NAME}",
        namespace=grafana.namespace,
        labels=plan.labels(NAME) | _FOUND_BY,
        data={f"{NAME}.json": to_json(_dashboard(plan))},
    )
    origin = ("dashboards", "builtin")
    yield manifest(MONITORING, document, emitter=__name__, origin=origin, qualified=True)


def _dashboard(plan: Plan) -> dict[str, Any]:
    panels = [panel for panel in _panels(plan) if panel.targets]
    return {
        "uid": f"mlopsgen-{NAME}",
        "title": "Platform overview",
        "description": f"Models of {plan.platform.name} in {plan.environment}.",
        "tags": ["mlopsgen"],
        "schemaVersion": _SCHEMA,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Data source",
                    "type": "datasource",
                    "query": "prometheus",
                    "hide": 0,
                }
            ]
        },
        "panels": [_drawn(place, panel) for place, panel in enumerate(panels)],
    }


def _panels(plan: Plan) -> Iterator[_Panel]:
    """Yield the panels; one that no server of the platform measures anything for has no target."""
    found = meters(plan)
    yield _Panel(
        title="Inference requests",
        description="Requests a second that models answered, by model server.",
        unit="reqps",
        targets=tuple(_Target(meter.asked(), meter.server) for meter in found),
    )
    yield _Panel(
        title="P95 latency by model",
        description=f"What 95 % of the requests stay below: {_measures(found)}.",
        unit="s",
        targets=tuple(_Target(meter.latency.p95(), _BY_MODEL) for meter in found if meter.latency),
    )
    yield _Panel(
        title="Active models",
        description="InferenceServices with a pod that is ready. A canary counts as one.",
        unit="none",
        targets=tuple(_active(plan)),
        kind="stat",
    )
    yield _Panel(
        title="Error rate",
        description="Share of the requests that failed through no fault of their caller. Servers "
        "that don't count these are not on it.",
        unit="percent",
        targets=tuple(_failing(found)),
    )
    yield _Panel(
        title="Request rate by model",
        description="Requests a second that each model answered.",
        unit="reqps",
        targets=tuple(_Target(meter.asked(MODEL_LABELS), _BY_MODEL) for meter in found),
    )
    yield from _objectives(plan)


def _objectives(plan: Plan) -> Iterator[_Panel]:
    """Yield the panel of objectives, which reads the series that their alerts read."""
    if any(promising(served) for served in plan.served):
        pace = f"{burnt('1h')} / {BUDGET}"
        yield _Panel(
            title="Objectives: pace",
            description="How fast what may fail is used up: at 1 it is gone after 30 days, at 14.4"
            " after two.",
            unit="none",
            targets=(_Target(pace, "{{namespace}}/{{model}}: {{slo}}"),),
        )


def _measures(found: tuple[Meter, ...]) -> str:
    return ", ".join(f"{meter.latency.of} of {meter.server}" for meter in found if meter.latency)


def _active(plan: Plan) -> Iterator[_Target]:
    """Yield the count of predictors with a ready pod; it is 0, not nothing, where there is none."""
    seen = endpoint(plan.parts.get("prometheus"), _AVAILABLE)
    spaces = "|".join(sorted({served.namespace for served in plan.served}))
    if seen and spaces:
        namespace, deployment = stored(seen, "namespace"), stored(seen, "deployment")
        where = f'{namespace}=~"{spaces}", {deployment}=~".+{PREDICTOR_SUFFIX}"'
        expr = f"count({_AVAILABLE}{{{where}}} > 0) or vector(0)"
        yield _Target(expr, "models")


def _failing(found: tuple[Meter, ...]) -> Iterator[_Target]:
    """Yield the share of failures in percent; 0 for a model that never had one."""
    for meter in found:
        if meter.failures:
            failed, asked = meter.failures.rate(MODEL_LABELS), meter.asked(MODEL_LABELS)
            yield _Target(f"100 * ({failed} or 0 * {asked}) / {asked}", _BY_MODEL)


def _drawn(place: int, panel: _Panel) -> dict[str, Any]:
    """Return the panel as Grafana reads it, with a number of its own, two in a row."""
    row, column = divmod(place, 2)
    return {
        "id": place + 1,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": _OPTIONS[panel.kind],
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": target.expr,
                "legendFormat": target.legend,
                "instant": panel.kind == "stat",
                "range": panel.kind != "stat",
            }
            for index, target in enumerate(panel.targets)
        ],
    }


_OPTIONS: dict[str, dict[str, Any]] = {
    "timeseries": {
        "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}},
}
