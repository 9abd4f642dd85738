from __future__ import annotations

import json

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
IRIS = {"runtime": "sklearn", "source": "s3://acme-models/iris"}


def _map(plan):
    [artifact] = dashboards.emit(plan, SHAPES)
    [document] = artifact.objects
    return document


def _dashboard(plan):
    [text] = _map(plan)["data"].values()
    return json.loads(text)


def test_the_dashboard_is_where_and_how_the_sidecar_looks_for_it():
    document = _map(reference_plan())

    assert faults(document) == []
    assert document["metadata"]["namespace"] == "monitoring"
    assert document["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert list(document["data"]) == ["platform-overview.json"]
    assert len(to_yaml((document,)).encode()) < 2**20


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


def test_panels_lie_side_by_side_and_never_on_each_other():
    places = [panel["gridPos"] for panel in _dashboard(reference_plan())["panels"]]

    cells = [
        (place["x"] + x, place["y"] + y)
        for place in places
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_query_goes_to_the_source_that_the_viewer_picks():
    dashboard = _dashboard(reference_plan())

    [variable] = dashboard["templating"]["list"]
    sources = [
        thing["datasource"] for panel in dashboard["panels"] for thing in (panel, *panel["targets"])
    ]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    assert all(one == {"type": "prometheus", "uid": "${datasource}"} for one in sources)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_metric_and_label_is_emitted_by_something_that_is_installed(environment):
    plan = reference_plan(environment)

    exprs = [target["expr"] for panel in _dashboard(plan)["panels"] for target in panel["targets"]]

    assert len(exprs) == 8
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


def test_the_address_of_the_dashboard_never_changes():
    dashboard = _dashboard(reference_plan())

    assert dashboard["uid"] == "mlopsgen-platform-overview"
    assert len(dashboard["uid"]) <= 40
