from __future__ import annotations

import pytest

from mlopsgen.emit import alerts
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults
from tests.emit.promql import unknown
from tests.promtool import promtool

SHAPES = Shapes(TEMPLATES)
BOTH = {"latencyP95": "250ms", "errorRate": "0.5%"}


def _plan(gate, runtime="mlflow", components=("prometheus",), **model):
    canary = {"source": "s3://acme-models/new", "weight": 10, "thresholds": gate}
    named = {"runtime": runtime, "source": "s3://acme-models/old", "canary": canary, **model}
    return a_plan(models={"iris": named}, components={name: {} for name in components})


def _files(plan):
    return {artifact.path: artifact for artifact in alerts.emit(plan, SHAPES)}


def _rules(plan):
    artifact = _files(plan)["prometheus/canary-iris.rules.yaml"]
    [group] = artifact.body["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_a_gate_is_a_group_of_alerts_with_tests_and_a_runbook():
    files = _files(_plan(BOTH))

    assert sorted(files) == [
        "apps/monitoring/prometheusrule-monitoring.canary-iris.yaml",
        "prometheus/canary-iris.md",
        "prometheus/canary-iris.rules.yaml",
        "prometheus/canary-iris.test.yaml",
    ]
    assert {artifact.origin for artifact in files.values()} == {
        (("models", "iris", "canary", "thresholds"),)
    }
    [document] = files["apps/monitoring/prometheusrule-monitoring.canary-iris.yaml"].objects
    assert faults(document) == []
    assert document["spec"]["groups"][0]["name"] == "canary-iris"


def test_thresholds_are_in_seconds_and_shares():
    rules = _rules(_plan(BOTH))

    assert list(rules) == ["CanaryTooSlow", "CanaryFailsTooOften", "CanaryNotAsked"]
    assert rules["CanaryTooSlow"]["expr"].endswith(" > 0.25")
    assert rules["CanaryFailsTooOften"]["expr"].endswith(" > 0.005")


@pytest.mark.parametrize("runtime", ["mlflow", "sklearn", "vllm", "xgboost"])
def test_only_metrics_of_the_canary_are_asked_for(runtime):
    plan = _plan({"latencyP95": "1s"}, runtime)

    for rule in _rules(plan).values():
        assert unknown(rule["expr"], plan) == []
        assert 'inference_service="iris-canary"' in rule["expr"]


def test_a_canary_without_requests_is_told_of_and_passes_no_gate():
    """Without requests both thresholds compare NaN, which is above nothing; this one answers."""
    rule = _rules(_plan({"latencyP95": "1s"}))["CanaryNotAsked"]

    assert rule["expr"].endswith("or vector(0)) == 0")
    assert rule["labels"]["inference_service"] == "iris-canary"


@pytest.mark.parametrize("runtime", ["mlflow", "sklearn", "vllm"])
def test_promtool_sees_each_gate_fire_and_keep_still(runtime, tmp_path):
    gate = BOTH if runtime == "mlflow" else {"latencyP95": "2s"}
    for path, artifact in _files(_plan(gate, runtime)).items():
        if path.startswith("prometheus/") and path.endswith(".yaml"):
            name = path.removeprefix("prometheus/")
            (tmp_path / name).write_text(to_yaml((artifact.body,)), encoding="utf-8")

    rules, tests = "canary-iris.rules.yaml", "canary-iris.test.yaml"
    promtool("check", "rules", "--lint=all", "--lint-fatal", rules, cwd=tmp_path)
    assert "SUCCESS" in promtool("test", "rules", tests, cwd=tmp_path)


def test_without_a_gate_prometheus_or_pods_nobody_is_told():
    assert _files(_plan(None)) == {}
    assert _files(_plan(BOTH, components=())) == {}
    assert _files(_plan(BOTH, stopped=True)) == {}
