from __future__ import annotations

import json
import re

import pytest

from mlopsgen.emit import dashboards
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults
from tests.emit.promql import unknown

SHAPES = Shapes(TEMPLATES)
BOTH = {"prometheus": {}, "grafana": {}}
ALL = {"builtin": "all"}
NAMES = ["platform-overview", "model", "language-models", "pipelines", "gpus", "costs"]
IRIS = {"runtime": "sklearn", "source": "s3://acme-models/iris"}


def _maps(plan):
    return [document for artifact in dashboards.emit(plan, SHAPES) for document in artifact.objects]


def _boards(plan):
    """Return every dashboard, by the last part of its address."""
    found = [json.loads(text) for each in _maps(plan) for text in each["data"].values()]
    return {each["uid"].removeprefix("mlopsgen-"): each for each in found}


def _dashboard(plan):
    return _boards(plan)["platform-overview"]


def _exprs(board):
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("index", range(len(NAMES)), ids=NAMES)
def test_a_dashboard_is_where_and_how_the_sidecar_looks_for_it(index):
    document = _maps(reference_plan())[index]

    assert faults(document) == []
    assert document["metadata"]["namespace"] == "monitoring"
    assert document["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert list(document["data"]) == [f"{NAMES[index]}.json"]
    assert len(to_yaml((document,)).encode()) < 2**20


def test_there_is_a_dashboard_for_what_the_platform_has():
    models_only = a_plan(components=BOTH, dashboards=ALL, models={"iris": IRIS})
    measured = a_plan(components=BOTH | {"dcgm-exporter": {}}, dashboards=ALL)

    assert list(_boards(reference_plan())) == NAMES
    assert list(_boards(models_only)) == ["platform-overview", "model"]
    assert list(_boards(measured)) == ["platform-overview", "gpus"]


def test_the_overview_has_its_five_panels():
    panels = _dashboard(reference_plan())["panels"]

    assert [(panel["id"], panel["title"], panel["type"]) for panel in panels] == [
        (1, "Inference requests", "timeseries"),
        (2, "P95 latency by model", "timeseries"),
        (3, "Active models", "stat"),
        (4, "Error rate", "timeseries"),
        (5, "Request rate by model", "timeseries"),
    ]
    units = [panel["fieldConfig"]["defaults"]["unit"] for panel in panels]
    assert units == ["reqps", "s", "none", "percent", "reqps"]


@pytest.mark.parametrize("name", NAMES)
def test_panels_lie_side_by_side_and_never_on_each_other(name):
    places = [panel["gridPos"] for panel in _boards(reference_plan())[name]["panels"]]

    cells = [
        (place["x"] + x, place["y"] + y)
        for place in places
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("name", NAMES)
def test_every_query_goes_to_the_source_that_the_viewer_picks(name):
    dashboard = _boards(reference_plan())[name]

    variable, *asked = dashboard["templating"]["list"]
    sources = [
        thing["datasource"] for panel in dashboard["panels"] for thing in (panel, *panel["targets"])
    ]
    sources += [each["datasource"] for each in asked]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert all(one == {"type": "prometheus", "uid": "${datasource}"} for one in sources)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_metric_and_label_is_emitted_by_something_that_is_installed(environment):
    plan = reference_plan(environment)

    boards = _boards(plan)
    exprs = [expr for board in boards.values() for expr in _exprs(board)]

    assert {name: len(_exprs(board)) for name, board in boards.items()} == {
        "platform-overview": 8,
        "model": 19,
        "language-models": 9,
        "pipelines": 6,
        "gpus": 6,
        "costs": 8,
    }
    assert {expr: unknown(expr, plan) for expr in exprs} == {expr: [] for expr in exprs}


def test_a_panel_that_no_server_has_figures_for_is_left_out():
    plan = a_plan(components=BOTH, dashboards=ALL, models={"iris": IRIS})

    titles = [panel["title"] for panel in _dashboard(plan)["panels"]]

    assert "Error rate" not in titles
    assert len(titles) == 4


def test_a_platform_without_models_has_an_empty_overview():
    assert _dashboard(a_plan(components=BOTH, dashboards=ALL))["panels"] == []


@pytest.mark.parametrize(
    ("components", "said"),
    [(BOTH, {}), ({"prometheus": {}}, ALL), ({"grafana": {}}, ALL)],
)
def test_there_is_none_where_none_is_wanted_or_could_be_shown(components, said):
    plan = a_plan(components=components, dashboards=said, models={"iris": IRIS})

    assert list(dashboards.emit(plan, SHAPES)) == []


def test_the_addresses_of_dashboards_never_change():
    boards = _boards(reference_plan())

    assert [each["uid"] for each in boards.values()] == [f"mlopsgen-{name}" for name in NAMES]
    assert max(len(each["uid"]) for each in boards.values()) <= 40


@pytest.mark.parametrize("name", NAMES)
def test_each_series_of_a_panel_has_a_name_of_its_own(name):
    """Else a legend shows many lines under one name."""
    for panel in _boards(reference_plan())[name]["panels"]:
        for target in panel["targets"]:
            grouped = re.findall(r"^[^(]*by \(([^)]*)\)", target["expr"])
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert not grouped or shown == {*grouped[0].split(", ")}, target
