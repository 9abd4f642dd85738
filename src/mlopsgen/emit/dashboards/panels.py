"""Dashboards as Grafana reads them: panels of queries, two in a row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_SCHEMA = 39
"""Of the JSON: what the dashboards of kube-prometheus-stack 79.12.0 say (templates/grafana)."""

_WIDTH, _HEIGHT = 12, 8
"""Of a panel: two in a row of Grafana's 24 columns."""


Unit = Literal[
    "bytes",
    "celsius",
    "currencyUSD",
    "mbytes",
    "none",
    "ops",
    "percent",
    "percentunit",
    "reqps",
    "s",
    "watt",
]
"""Grafana's names of units; `mbytes` are of 1,024 x 1,024 bytes."""


@dataclass(frozen=True, slots=True)
class Target:
    """A query; `legend` names its series."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What a viewer picks from: the values of a label among the series of a selector."""

    name: str
    """Queries say `$name` for what is picked."""

    title: str
    selector: str
    label: str
    part: str = ""
    """A regular expression whose group is the part of the value that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What one panel shows; its queries have one unit, and nothing they measure is below 0."""

    title: str
    description: str
    unit: Unit
    targets: tuple[Target, ...]
    kind: Literal["timeseries", "stat"] = "timeseries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard: `name` is a part of its address, which links to it keep."""

    name: str
    title: str
    description: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...] = ()


def drawn(board: Board) -> dict[str, Any]:
    """Return *board* as Grafana reads it; a panel without queries is left out."""
    panels: Iterable[Panel] = (panel for panel in board.panels if panel.targets)
    return {
        "uid": f"mlopsgen-{board.name}",
        "title": board.title,
        "description": board.description,
        "tags": ["mlopsgen"],
        "schemaVersion": _SCHEMA,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_PICKED, *(_asked(each) for each in board.variables)]},
        "panels": [_drawn(place, panel) for place, panel in enumerate(panels)],
    }


_PICKED = {
    "name": "datasource",
    "label": "Data source",
    "type": "datasource",
    "query": "prometheus",
    "hide": 0,
}

_ON_TIME_RANGE, _BY_NAME = 2, 1
"""When Grafana asks again for the values of a variable, and how it sorts them."""


def _asked(variable: Variable) -> dict[str, Any]:
    """Return *variable* as Grafana reads it; the first of its values is picked to begin with."""
    return {
        "name": variable.name,
        "label": variable.title,
        "type": "query",
        "datasource": _SOURCE,
        "query": f"label_values({variable.selector}, {variable.label})",
        "regex": f"/{variable.part}/" if variable.part else "",
        "refresh": _ON_TIME_RANGE,
        "sort": _BY_NAME,
        "multi": False,
        "includeAll": False,
        "hide": 0,
    }


def _drawn(place: int, panel: Panel) -> dict[str, Any]:
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
