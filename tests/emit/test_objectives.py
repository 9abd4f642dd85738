from __future__ import annotations

import json

import pytest

from mlopsgen.emit import EMITTERS, alerts, dashboards
from mlopsgen.prove import metrics
from mlopsgen.prove.slos import objectives_are_measured
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.conformance.schemas import faults
from tests.promtool import promtool

SHAPES = Shapes(TEMPLATES)
BOTH = {"latencyP95": "1s", "availability": "99.5%"}
CANARY = {"source": "s3://acme-models/new", "weight": 10}


def _plan(slo, runtime="mlflow", components=("kserve", "prometheus"), **model):
    named = {"runtime": runtime, "source": "s3://acme-models/old", "slo": slo, **model}
    return a_plan(models={"iris": named}, components={name: {} for name in components})


def _files(plan):
    return {artifact.path: artifact for artifact in alerts.emit(plan, SHAPES)}


def _rules(plan, name="slo-iris"):
    [group] = _files(plan)[f"prometheus/{name}.rules.yaml"].body["groups"]
    return group["rules"]


def _found(plan):
    return list(objectives_are_measured(plan))


def test_an_objective_is_recorded_over_seven_windows_and_becomes_two_alerts():
    rules = _rules(_plan(BOTH))

    records = [rule for rule in rules if "record" in rule]
    assert {rule["labels"]["slo"] for rule in records} == {"availability", "latency"}
    assert len(records) == 2 * 8
    assert [rule["alert"] for rule in rules if "alert" in rule] == [
        "SLOBurnsFast",
        "SLOBurnsSlowly",
        "SLOBurnsFast",
        "SLOBurnsSlowly",
    ]
    [document] = _files(_plan(BOTH))[
        "apps/monitoring/prometheusrule-monitoring.slo-iris.yaml"
    ].objects
    assert faults(document) == []


def test_the_factors_are_those_of_the_workbook():
    fast, slowly, *_ = (rule["expr"] for rule in _rules(_plan(BOTH)) if "alert" in rule)

    # 0.5 % may fail: 14.4, 6, 3 and 1 times that.
    assert fast.count("> 0.072") == fast.count("> 0.03") == 2
    assert slowly.count("> 0.015") == slowly.count("> 0.005") == 2
    for window in ("1h", "5m", "6h", "30m"):
        assert f"rate{window}{{" in fast


@pytest.mark.parametrize(
    ("runtime", "slo"),
    [
        ("mlflow", BOTH),
        ("sklearn", {"latencyP95": "250ms"}),
        ("triton", {"availability": "99.9%"}),
        ("mlflow", {"availability": "99.999%"}),
        ("mlflow", {"availability": "95%"}),
    ],
)
def test_promtool_sees_each_fire_and_keep_still(runtime, slo, tmp_path):
    for path, artifact in _files(_plan(slo, runtime, canary=CANARY)).items():
        if path.startswith("prometheus/slo-") and path.endswith(".yaml"):
            name = path.removeprefix("prometheus/")
            (tmp_path / name).write_text(to_yaml((artifact.body,)), encoding="utf-8")

    rules, tests = "slo-iris.rules.yaml", "slo-iris.test.yaml"
    promtool("check", "rules", "--lint=all", "--lint-fatal", rules, cwd=tmp_path)
    assert "SUCCESS" in promtool("test", "rules", tests, cwd=tmp_path)


@pytest.mark.parametrize("slo", [BOTH, {"latencyP95": "2500ms"}])
def test_what_objectives_ask_is_there(slo):
    plan = _plan(slo, canary=CANARY, components=("kserve", "prometheus", "grafana"))

    artifacts = [artifact for emit in EMITTERS for artifact in emit(plan, SHAPES)]

    assert list(metrics.answered(plan, artifacts)) == []


def test_a_canary_counts_and_is_gated_by_what_its_model_promises():
    plan = _plan(BOTH, canary=CANARY)

    asked = _rules(plan)[0]["expr"]
    gate = {rule["alert"]: rule["expr"] for rule in _rules(plan, "canary-iris")}

    assert 'inference_service=~"iris|iris-canary"' in asked
    assert gate["CanaryTooSlow"].endswith("> 1")
    assert gate["CanaryFailsTooOften"].endswith("> 0.005")
    origins = {_files(plan)["prometheus/canary-iris.md"].origin}
    assert origins == {(("models", "iris", "slo"),)}


def test_a_gate_of_its_own_stays_as_it_is():
    plan = _plan(BOTH, canary={**CANARY, "thresholds": {"latencyP95": "3s"}})

    gate = {rule["alert"]: rule["expr"] for rule in _rules(plan, "canary-iris")}

    assert gate["CanaryTooSlow"].endswith("> 3")
    assert "CanaryFailsTooOften" not in gate


def test_the_dashboard_shows_the_series_that_the_alerts_read():
    named = {"runtime": "mlflow", "source": "s3://acme-models/iris"}
    parts = {"kserve": {}, "prometheus": {}, "grafana": {}}

    def panels(**more):
        plan = a_plan(
            models={"iris": {**named, **more}}, components=parts, dashboards={"builtin": "all"}
        )
        artifact, *_ = dashboards.emit(plan, SHAPES)
        [text] = artifact.objects[0]["data"].values()
        return {panel["title"]: panel for panel in json.loads(text)["panels"]}

    [target] = panels(slo=BOTH)["Objectives: pace"]["targets"]
    assert target["expr"] == "slo:error_ratio:rate1h / slo:error_budget:ratio"
    assert "Objectives: pace" not in panels()


def test_a_stopped_model_promises_nothing():
    assert "prometheus/slo-iris.md" not in _files(_plan(BOTH, stopped=True))


@pytest.mark.parametrize(
    ("runtime", "slo", "key", "said"),
    [
        ("sklearn", {"availability": "99.5%"}, "availability", "doesn't tell requests that failed"),
        ("triton", {"latencyP95": "1s"}, "latencyP95", "doesn't tell how long"),
        ("mlflow", {"latencyP95": "1200ms"}, "latencyP95", "it is 1.2s; `mlflow` counts up to"),
        ("vllm", {"latencyP95": "1s"}, "latencyP95", "aren't known"),
    ],
)
def test_a_promise_that_nobody_can_measure_is_found(runtime, slo, key, said):
    [finding] = _found(_plan(slo, runtime))

    assert (finding.code, finding.at) == ("SLO001", ("models", "iris", "slo", key))
    assert said in finding.message


def test_a_latency_between_two_bounds_is_offered_both():
    [finding] = _found(_plan({"latencyP95": "1200ms"}))

    assert finding.fix == "write `latencyP95: 750ms` or `latencyP95: 1s`"


def test_an_objective_needs_something_that_measures():
    [finding] = _found(_plan(BOTH, components=("kserve",)))

    assert "no `prometheus`" in finding.message
