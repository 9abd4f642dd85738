"""What the dashboard of costs and the prices it reads come to, asked of Prometheus itself."""

from __future__ import annotations

import json

import pytest

from mlopsgen.emit import EMITTERS, alerts, dashboards
from mlopsgen.plan.spending import PRICE, TYPE, rates
from mlopsgen.prove import metrics
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults
from tests.promtool import promtool

SHAPES = Shapes(TEMPLATES)
SEEN = {"prometheus": {}, "grafana": {}}
POOLS = {
    "general": {"kind": "managed", "instanceTypes": ["t3.large"], "min": 1, "max": 2},
    "gpu": {"kind": "karpenter", "instanceFamilies": ["g5", "g6"], "sizes": ["xlarge"]},
}


def _plan(components=SEEN, pools=POOLS, builtin="all", **sections):
    said = {"builtin": builtin}
    return a_plan(components=components, nodePools=pools, dashboards=said, **sections)


def _files(plan):
    return {artifact.path: artifact for artifact in alerts.emit(plan, SHAPES)}


def _board(plan):
    for artifact in dashboards.emit(plan, SHAPES):
        for document in artifact.objects:
            if "costs.json" in document["data"]:
                return json.loads(document["data"]["costs.json"])
    return None


def _expr(plan, title):
    [panel] = [panel for panel in _board(plan)["panels"] if panel["title"] == title]
    return panel["targets"][0]["expr"]


def _node(name, pool, type_):
    return f'kube_node_labels{{node="{name}", label_mlopsgen_pool="{pool}", {TYPE}="{type_}"}}'


def _there(metric, node, value, **labels):
    said = "".join(f', {key}="{each}"' for key, each in labels.items())
    return {"series": f'{metric}{{node="{node}"{said}}}', "values": f"{value}x90"}


HISTORY = [
    {"series": _node("a", "general", "t3.large"), "values": "1x90"},
    {"series": _node("b", "general", "t3.large"), "values": "1x90"},
    {"series": _node("c", "gpu", "g5.xlarge"), "values": "1x90"},
    {"series": _node("d", "gpu", "g6.xlarge"), "values": "1x90"},
    *(_there("kube_node_status_allocatable", node, 2, resource="cpu") for node in "ab"),
    *(_there("kube_node_status_allocatable", node, 4, resource="cpu") for node in "cd"),
    *(_there("kube_node_status_allocatable", node, 0, resource="nvidia_com_gpu") for node in "ab"),
    *(_there("kube_node_status_allocatable", node, 1, resource="nvidia_com_gpu") for node in "cd"),
    *(
        _there(
            "kube_pod_container_resource_requests", "a", 1,
            resource="cpu", namespace="mlops", pod=pod, container="main",
        )
        for pod in ("runs", "ended")
    ),
    _there(
        "kube_pod_container_resource_requests", "c", 1,
        resource="nvidia_com_gpu", namespace="mlops", pod="llm", container="main",
    ),
    *(
        {
            "series": f'kube_pod_status_phase{{namespace="mlops", pod="{pod}", phase="Running"}}',
            "values": f"{value}x90",
        }
        for pod, value in (("runs", 1), ("ended", 0), ("llm", 1))
    ),
]  # fmt: skip


def _asked(plan, title, samples, tmp_path):
    """Ask Prometheus what a panel asks, with the rules that we emit."""
    name = "prices.rules.yaml"
    (tmp_path / name).write_text(to_yaml((_files(plan)[f"prometheus/{name}"].body,)))
    rounded = f"round({_expr(plan, title)}, 0.0001)"
    query = {"expr": rounded, "eval_time": "60m", "exp_samples": samples}
    test = {"interval": "1m", "input_series": HISTORY, "promql_expr_test": [query]}
    file = {"rule_files": [name], "evaluation_interval": "1m", "tests": [test]}
    (tmp_path / "asked.yaml").write_text(to_yaml((file,)))
    assert "SUCCESS" in promtool("test", "rules", "asked.yaml", cwd=tmp_path)


@pytest.mark.parametrize(
    ("title", "samples"),
    [
        ("A month of these nodes", {"{}": 730 * (2 * 0.0912 + 1.123)}),
        ("Nodes without a price", {"{}": 1}),
        (
            "An hour of nodes, by pool",
            {
                '{label_mlopsgen_pool="general"}': 2 * 0.0912,
                '{label_mlopsgen_pool="gpu"}': 1.123,
            },
        ),
        (
            "An hour of nodes, by type",
            {f'{{{TYPE}="t3.large"}}': 2 * 0.0912, f'{{{TYPE}="g5.xlarge"}}': 1.123},
        ),
        (
            "CPUs in use",
            {'{label_mlopsgen_pool="general"}': 0.25, '{label_mlopsgen_pool="gpu"}': 0},
        ),
        ("GPUs in use", {'{label_mlopsgen_pool="gpu"}': 0.5}),
    ],
)
def test_a_panel_shows_what_the_nodes_cost(title, samples, tmp_path):
    expected = [{"labels": labels, "value": round(value, 4)} for labels, value in samples.items()]

    _asked(_plan(), title, expected, tmp_path)


def test_each_type_with_a_price_is_recorded_once(tmp_path):
    found = _files(_plan())
    [group] = found["prometheus/prices.rules.yaml"].body["groups"]
    [document] = found["apps/monitoring/prometheusrule-monitoring.prices.yaml"].objects

    assert [(rule["record"], rule["labels"], rule["expr"]) for rule in group["rules"]] == [
        (PRICE, {TYPE: "g5.xlarge"}, "vector(1.123)"),
        (PRICE, {TYPE: "t3.large"}, "vector(0.0912)"),
    ]
    assert faults(document) == []
    assert "eu-west-1" in document["metadata"]["annotations"]["mlopsgen/because"]
    for name in ("prices.rules.yaml", "prices.test.yaml"):
        (tmp_path / name).write_text(to_yaml((found[f"prometheus/{name}"].body,)))
    promtool("check", "rules", "--lint=all", "--lint-fatal", "prices.rules.yaml", cwd=tmp_path)
    assert "SUCCESS" in promtool("test", "rules", "prices.test.yaml", cwd=tmp_path)


def test_what_is_asked_is_there():
    plan = _plan()
    artifacts = [artifact for emit in EMITTERS for artifact in emit(plan, SHAPES)]

    assert list(metrics.answered(plan, artifacts)) == []


@pytest.mark.parametrize(
    "plan",
    [
        _plan(builtin="none"),
        _plan(components={"prometheus": {}}),
        _plan(pools={}),
        _plan(components={"grafana": {}}),
    ],
    ids=["not wanted", "no grafana", "no pools", "no prometheus"],
)
def test_nothing_is_recorded_that_nobody_looks_at(plan):
    assert rates(plan) == {}
    assert "prometheus/prices.rules.yaml" not in _files(plan)
    assert _board(plan) is None


def test_without_prices_the_nodes_are_still_counted():
    plan = _plan(aws={"region": "xx-north-9", "accountId": "111122223333"})
    titles = [panel["title"] for panel in _board(plan)["panels"]]

    assert titles == ["Nodes", "CPUs in use", "Memory in use", "GPUs in use"]
    assert "prometheus/prices.rules.yaml" not in _files(plan)


def test_users_who_list_other_labels_have_no_costs():
    values = {"kube-state-metrics": {"metricLabelsAllowlist": ["pods=[team]"]}}
    plan = _plan(components={"prometheus": {"values": values}, "grafana": {}})

    assert _board(plan) is None
    assert "prometheus/prices.rules.yaml" not in _files(plan)


def test_the_month_says_what_was_planned_and_what_is_not_in_it():
    [panel] = [p for p in _board(_plan())["panels"] if p["title"] == "A month of these nodes"]

    assert "Planned with control plane and root volumes: 144 USD." in panel["description"]
    assert "Not in it: the database; NAT gateways" in panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"] == "currencyUSD"
