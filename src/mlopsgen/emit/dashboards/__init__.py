"""Dashboards, as ConfigMaps that Grafana's sidecar picks up."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact, manifest
from mlopsgen.emit.dashboards.costs import spending
from mlopsgen.emit.dashboards.models import models
from mlopsgen.emit.dashboards.overview import overview
from mlopsgen.emit.dashboards.panels import drawn
from mlopsgen.emit.dashboards.parts import gpus, language_models, pipelines
from mlopsgen.plan import Plan
from mlopsgen.plan.applications import MONITORING
from mlopsgen.serialize import to_json
from mlopsgen.shapes import Shapes

_FOUND_BY = {"grafana_dashboard": "1"}
"""The label that our values of Grafana make its sidecar look for, in every namespace."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the overview where both Grafana and Prometheus are installed, and what has figures."""
    grafana = plan.parts.get("grafana")
    wanted = plan.platform.dashboards.builtin == "all"
    if not wanted or grafana is None or "prometheus" not in plan.parts:
        return
    for board in (
        overview(plan),
        *models(plan),
        *language_models(plan),
        *pipelines(plan),
        *gpus(plan),
        *spending(plan),
    ):
        document = shapes.one(
            "dashboards/config-map.yaml",
            name=f"dashboard-{board.name}",
            namespace=grafana.namespace,
            labels=plan.labels(board.name) | _FOUND_BY,
            data={f"{board.name}.json": to_json(drawn(board))},
        )
        origin = ("dashboards", "builtin")
        yield manifest(MONITORING, document, emitter=__name__, origin=origin, qualified=True)
