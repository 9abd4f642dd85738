from __future__ import annotations

from typing import get_args

import pytest
import yaml

from mlopsgen.emit import alerts
from mlopsgen.emit.alerts.thresholds import threshold
from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from mlopsgen.spec.observability import BuiltinAlert
from tests import build
from tests.build import a_plan
from tests.conformance.schemas import faults
from tests.emit.promql import unknown
from tests.promtool import promtool

SHAPES = Shapes(TEMPLATES)
ALL = {"builtin": "all"}
IRIS = {"runtime": "sklearn", "source": "s3://acme-models/iris"}
QUEUE = {"expr": "up == 0", "for": "5m", "severity": "warning", "summary": "the queue grows"}


STEP = {"image": "ghcr.io/acme/train:1.0.0", "command": ["python"]}
TRIGGERED = {"triggers": {"new": {"s3": {"prefix": "data/"}}}, "steps": {"fit": STEP}}


def reference_plan(environment="dev", **sections):
    """Return the plan of the reference platform, with a pipeline that data starts."""
    parts = build.reference_platform().components.declared().items()
    installed = {name: part.model_dump(by_alias=True, exclude_unset=True) for name, part in parts}
    more = {
        "components": {**installed, "argo-events": {}},
        "pipelines": {"retrain": TRIGGERED},
        # What nodes cost is recorded for a dashboard; test_costs.py has it.
        "dashboards": {"builtin": "none"},
    }
    return build.reference_plan(environment, **more, **sections)


def _files(plan):
    return {artifact.path: artifact for artifact in alerts.emit(plan, SHAPES)}


def _rules(plan):
    """Return the rules of all objects, by alert."""
    found = {}
    for artifact in _files(plan).values():
        for one in artifact.objects:
            for rule in one["spec"]["groups"][0]["rules"]:
                found.setdefault(rule["alert"], []).append(rule)
    return found


def _small(alerts=ALL, models=None, components=None, **sections):
    installed = {"prometheus": {}, **(components or {})}
    return a_plan(alerts=alerts, components=installed, models=models or {}, **sections)


def _written(plan, folder):
    """Write the rule files and their tests under *folder*; return their names."""
    names = []
    for path, artifact in _files(plan).items():
        if path.startswith("prometheus/") and path.endswith(".yaml"):
            names.append(path.removeprefix("prometheus/"))
            (folder / names[-1]).write_text(to_yaml((artifact.body,)), encoding="utf-8")
    return sorted(names)


def test_the_reference_alerts_pass_the_schema_of_the_cluster():
    objects = [one for artifact in _files(reference_plan()).values() for one in artifact.objects]

    assert [faults(one) for one in objects] == [[]] * 13
    for one in objects:
        assert one["metadata"]["labels"]["release"] == "prometheus"
        assert one["metadata"]["namespace"] == "monitoring"
        assert "mlopsgen/because" in one["metadata"]["annotations"]


SIGNED = {
    "ours": {
        "images": ["ghcr.io/acme/*"],
        "signers": [{"issuer": "https://gitlab.com", "subject": "https://gitlab.com/acme/ml"}],
    }
}


def test_every_alert_that_can_be_asked_for_is_there_in_the_reference_or_beside_its_component():
    beside = {"FeatureServerDown", "FeaturesStale", "KyvernoDown"}
    stored = _rules(
        _small(components={"feast": {}, "kyverno": {}}, policies={"signatures": SIGNED})
    )

    assert set(_rules(reference_plan())) == set(get_args(BuiltinAlert)) - beside
    assert set(stored) & set(get_args(BuiltinAlert)) >= beside


def test_each_alert_has_an_object_a_rule_file_tests_and_a_runbook():
    names = {
        "certificate-not-renewed",
        "gpu-broken",
        "gpu-memory-broken",
        "high-inference-error-rate",
        "high-inference-latency",
        "high-pipeline-failure-rate",
        "inference-service-restarts",
        "llm-cache-full",
        "llm-requests-waiting",
        "low-gpu-utilization",
        "mlflow-down",
        "node-pool-near-limit",
        "pipeline-events-lost",
    }

    assert set(_files(reference_plan())) == {
        path
        for name in names
        for path in (
            f"apps/monitoring/prometheusrule-monitoring.{name}.yaml",
            f"prometheus/{name}.rules.yaml",
            f"prometheus/{name}.test.yaml",
            f"prometheus/{name}.md",
        )
    }


def test_the_rule_file_holds_what_the_object_holds():
    files = _files(reference_plan())

    [document] = files["apps/monitoring/prometheusrule-monitoring.mlflow-down.yaml"].objects
    assert files["prometheus/mlflow-down.rules.yaml"].body == document["spec"]


def test_promtool_takes_the_rules_and_sees_each_fire_and_keep_still(tmp_path):
    names = _written(reference_plan(), tmp_path)
    rules = [name for name in names if name.endswith(".rules.yaml")]
    tests = [name for name in names if name.endswith(".test.yaml")]

    promtool("check", "rules", "--lint=all", "--lint-fatal", *rules, cwd=tmp_path)
    said = promtool("test", "rules", *tests, cwd=tmp_path)

    assert said.count("SUCCESS") == len(tests) == 13


def test_promtool_sees_the_alerts_on_features_and_kyverno_fire_and_keep_still(tmp_path):
    plan = _small(
        components={"feast": {}, "kyverno": {}},
        policies={"signatures": SIGNED},
        alerts={"builtin": ["FeatureServerDown", "FeaturesStale", "KyvernoDown"]},
    )
    names = _written(plan, tmp_path)

    said = promtool("test", "rules", *(each for each in names if ".test." in each), cwd=tmp_path)

    assert said.count("SUCCESS") == 3


def test_each_query_is_tested_by_a_case_that_fires_and_one_that_does_not():
    files = _files(reference_plan())

    for name, rules in _rules(reference_plan()).items():
        [cases] = [
            artifact.body["tests"]
            for path, artifact in files.items()
            if path.endswith(".test.yaml")
            and artifact.body["tests"][0]["alert_rule_test"][0]["alertname"] == name
        ]
        fired = [bool(case["alert_rule_test"][0]["exp_alerts"]) for case in cases]
        assert fired.count(True) >= len(rules)
        assert fired.count(False) >= len(rules)


TUNED = {
    "HighInferenceLatency": {"threshold": "250ms", "for": "1h30m", "severity": "critical"},
    "HighInferenceErrorRate": {"threshold": "12.5%", "for": "30s"},
    "InferenceServiceRestarts": {"threshold": 90, "for": "10m"},
    "MLflowDown": {"for": "1m"},
    "HighPipelineFailureRate": {"threshold": 0.3333},
    "LowGPUUtilization": {"threshold": "0.5%"},
    "PipelineEventsLost": {"severity": "critical"},
    "CertificateNotRenewed": {"threshold": "36h", "for": "1m"},
    "LLMCacheFull": {"threshold": "80%"},
    "LLMRequestsWaiting": {"threshold": 12},
    "NodePoolNearLimit": {"threshold": 0.75},
}


def test_tuned_alerts_pass_their_own_tests(tmp_path):
    plan = reference_plan(alerts={**ALL, "tune": TUNED})
    tests = [name for name in _written(plan, tmp_path) if name.endswith(".test.yaml")]

    said = promtool("test", "rules", *tests, cwd=tmp_path)

    assert said.count("SUCCESS") == len(tests) == 13


def test_other_model_servers_pass_their_tests_too(tmp_path):
    plan = _small(models={"iris": IRIS})
    tests = [name for name in _written(plan, tmp_path) if name.endswith(".test.yaml")]

    said = promtool("test", "rules", *tests, cwd=tmp_path)

    assert tests == ["high-inference-latency.test.yaml", "inference-service-restarts.test.yaml"]
    assert said.count("SUCCESS") == 2


def test_the_first_run_that_ever_fails_is_noticed(tmp_path):
    _written(reference_plan(), tmp_path)
    trial = {
        "rule_files": ["high-pipeline-failure-rate.rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {
                        "series": "argo_workflows_workflowtemplate_triggered_total"
                        '{namespace="mlops", name="iris-training", phase="Failed"}',
                        "values": "_x100 1+0x120",
                    }
                ],
                "promql_expr_test": [
                    {
                        "expr": 'count(ALERTS{alertname="HighPipelineFailureRate"}) or vector(0)',
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "{}", "value": firing}],
                    }
                    for minute, firing in ((99, 0), (110, 1), (150, 1), (170, 0))
                ],
            }
        ],
    }
    (tmp_path / "first.yaml").write_text(yaml.safe_dump(trial), encoding="utf-8")

    assert "SUCCESS" in promtool("test", "rules", "first.yaml", cwd=tmp_path)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_metric_and_label_is_emitted_by_something_that_is_installed(environment):
    plan = reference_plan(environment)

    exprs = [rule["expr"] for rules in _rules(plan).values() for rule in rules]

    assert {expr: unknown(expr, plan) for expr in exprs} == {expr: [] for expr in exprs}


def test_a_misspelt_metric_or_label_would_be_found():
    plan = reference_plan()

    assert unknown("argo_workflows_count > 1", plan) == [("argo_workflows_count", "")]
    assert unknown('up{jobs="a"}', plan) == [("up", "jobs")]


def test_each_model_server_is_asked_for_what_it_measures():
    latency = _rules(reference_plan())["HighInferenceLatency"]

    asked = {rule["labels"]["server"]: rule["expr"] for rule in latency}
    assert set(asked) == {"MLServer", "vLLM"}
    assert "rest_server_request_duration_seconds_bucket" in asked["MLServer"]
    assert "vllm:time_to_first_token_seconds_bucket" in asked["vLLM"]
    [python] = _rules(_small(models={"iris": IRIS}))["HighInferenceLatency"]
    assert "request_predict_seconds_bucket" in python["expr"]


def test_a_server_that_counts_no_failures_has_no_error_rate_and_the_object_says_so():
    path = "apps/monitoring/prometheusrule-monitoring.high-inference-error-rate.yaml"

    [document] = _files(reference_plan())[path].objects

    assert path not in _files(_small(models={"iris": IRIS}))
    assert document["metadata"]["annotations"]["mlopsgen/blind-to"].startswith("vllm:")


@pytest.mark.parametrize(
    ("components", "models", "expected"),
    [
        ({}, {}, set()),
        ({"mlflow": {}}, {}, {"MLflowDown"}),
        ({"argo-workflows": {}}, {}, {"HighPipelineFailureRate"}),
        ({"dcgm-exporter": {}}, {}, {"GPUBroken", "GPUMemoryBroken", "LowGPUUtilization"}),
        ({"karpenter": {}}, {}, {"NodePoolNearLimit"}),
        ({"cert-manager": {}}, {}, {"CertificateNotRenewed"}),
        ({}, {"iris": IRIS}, {"HighInferenceLatency", "InferenceServiceRestarts"}),
    ],
)
def test_an_alert_needs_what_emits_its_metrics(components, models, expected):
    assert set(_rules(_small(components=components, models=models))) == expected


def test_events_are_watched_where_something_listens_for_them():
    parts = {"argo-events": {}, "argo-workflows": {}}

    assert "PipelineEventsLost" not in _rules(_small(components=parts))
    triggered = _small(components=parts, pipelines={"retrain": TRIGGERED})
    [rule] = _rules(triggered)["PipelineEventsLost"]
    assert "{{ $labels.sensor_name }}" in rule["annotations"]["summary"]


def test_without_prometheus_there_are_no_alerts():
    assert _files(a_plan(alerts=ALL, components={"mlflow": {}})) == {}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"builtin": "none"}, set()),
        ({"builtin": ["MLflowDown"]}, {"MLflowDown"}),
        ({**ALL, "tune": {"MLflowDown": {"enabled": False}}}, {"HighPipelineFailureRate"}),
    ],
)
def test_only_wanted_alerts_are_there(said, expected):
    plan = _small(alerts=said, components={"mlflow": {}, "argo-workflows": {}})

    assert set(_rules(plan)) == expected


def test_tuning_changes_threshold_duration_and_severity():
    tune = {"HighInferenceLatency": {"threshold": "2s", "for": "10m", "severity": "info"}}

    [rule] = _rules(_small({**ALL, "tune": tune}, {"iris": IRIS}))["HighInferenceLatency"]

    assert rule["expr"].endswith(" > 2")
    assert (rule["for"], rule["labels"]["severity"]) == ("10m", "info")
    assert "the limit is 2 s" in rule["annotations"]["description"]


def test_defaults_are_those_that_people_agreed_on():
    rules = _rules(reference_plan())

    found = {
        name: (rule["expr"].rsplit(" ", 1)[1], rule.get("for"), rule["labels"]["severity"])
        for name, (rule, *_) in rules.items()
        if name != "MLflowDown"
    }
    assert found == {
        "HighInferenceLatency": ("1", "5m", "warning"),
        "HighInferenceErrorRate": ("0.05", "5m", "critical"),
        "InferenceServiceRestarts": ("3", None, "warning"),
        "HighPipelineFailureRate": ("0.1", None, "warning"),
        "LowGPUUtilization": ("20", "30m", "info"),
        "CertificateNotRenewed": ("86400", "10m", "warning"),
        "GPUBroken": ("95)", None, "critical"),
        "GPUMemoryBroken": ("0", None, "warning"),
        "LLMCacheFull": ("0.95", "10m", "warning"),
        "LLMRequestsWaiting": ("0", "5m", "warning"),
        "NodePoolNearLimit": ("0.9", "15m", "warning"),
        "PipelineEventsLost": ("0", None, "warning"),
    }
    [down] = rules["MLflowDown"]
    assert (down["for"], down["labels"]["severity"]) == ("2m", "critical")
    assert "absent(" in down["expr"]


def test_files_name_the_tuning_they_came_from():
    tune = {"MLflowDown": {"for": "5m"}}
    plan = _small({**ALL, "tune": tune}, components={"mlflow": {}})

    origins = {artifact.origin for artifact in _files(plan).values()}

    assert origins == {(("alerts", "builtin"), ("alerts", "tune", "MLflowDown"))}


def test_gpu_labels_are_those_that_prometheus_renames():
    [rule] = _rules(reference_plan())["LowGPUUtilization"]

    assert "by (exported_namespace, exported_pod)" in rule["expr"]
    assert "{{ $labels.exported_pod }}" in rule["annotations"]["summary"]


@pytest.mark.parametrize("expr", ["up  ==\t0", 'rate(x{a="b\\\\.c"}[5m])\n  > 1\n', "{{ }} ]]"])
def test_an_expression_of_the_users_own_is_kept_as_it_is(expr):
    plan = _small({"custom": {"QueueTooLong": {**QUEUE, "expr": expr}}})

    [rule] = _rules(plan)["QueueTooLong"]

    assert rule["expr"] == expr
    for artifact in _files(plan).values():
        body = artifact.objects or (artifact.body,)
        assert yaml.safe_load(to_yaml(body)) == body[0]


def test_an_alert_of_the_users_own_says_what_they_wrote():
    queue = {
        **QUEUE,
        "description": "at length",
        "runbook": "https://wiki.example.com/queue",
        "labels": {"team": "search", "severity": "page"},
    }

    [rule] = _rules(_small({"custom": {"QueueTooLong": queue}}))["QueueTooLong"]

    assert rule == {
        "alert": "QueueTooLong",
        "expr": "up == 0",
        "for": "5m",
        "labels": {"team": "search", "severity": "warning"},
        "annotations": {
            "summary": "the queue grows",
            "description": "at length",
            "runbook_url": "https://wiki.example.com/queue",
        },
    }


def test_one_bad_expression_stops_no_other_alert():
    plan = _small({"custom": {"QueueTooLong": QUEUE, "Broken": {**QUEUE, "expr": "up =="}}})

    assert sorted(path for path in _files(plan) if path.startswith("apps/")) == [
        "apps/monitoring/prometheusrule-monitoring.custom-broken.yaml",
        "apps/monitoring/prometheusrule-monitoring.custom-queue-too-long.yaml",
    ]


def test_names_that_look_alike_in_small_letters_share_an_object():
    plan = _small({"custom": {"HighGPULoad": QUEUE, "HighGpuLoad": {**QUEUE, "expr": "up > 1"}}})

    [path] = [path for path in _files(plan) if path.startswith("apps/")]

    assert path.endswith("custom-high-gpu-load.yaml")
    assert set(_rules(plan)) == {"HighGPULoad", "HighGpuLoad"}
    assert len(_files(plan)[path].origin) == 2


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        (
            "https://github.com/acme/ml.git",
            "https://github.com/acme/ml/blob/v1/out/dev/prometheus/",
        ),
        ("git@github.com:acme/ml.git", None),
    ],
)
def test_the_runbook_is_linked_where_a_browser_can_follow(repository, expected):
    gitops = {"repository": repository, "revision": "v1", "path": "out"}

    [rule] = _rules(_small(components={"mlflow": {}}, gitops=gitops))["MLflowDown"]

    link = rule["annotations"].get("runbook_url")
    assert link == (f"{expected}mlflow-down.md" if expected else None)


def test_the_runbook_says_why_and_what_to_do():
    text = _files(reference_plan())["prometheus/mlflow-down.md"].body

    assert text.startswith("# MLflowDown\n\nWhy it is watched: ")
    assert "\n1. `kubectl get pods" in text
    assert text.endswith(".\n")


@pytest.mark.parametrize(
    ("written", "unit", "expected"),
    [
        ("1s", "seconds", 1.0),
        ("250ms", "seconds", 0.25),
        ("1.5m", "seconds", 90.0),
        (2, "seconds", 2.0),
        ("5%", "share", 0.05),
        ("99.9999%", "share", 0.999999),
        (0.05, "share", 0.05),
        ("0.05", "share", 0.05),
        (3, "count", 3.0),
        (0, "count", 0.0),
    ],
)
def test_a_threshold_is_read_in_its_own_unit(written, unit, expected):
    assert threshold(written, unit) == expected


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("5%", "seconds"),
        ("1s", "share"),
        ("1s", "count"),
        (5, "share"),
        ("100%", "share"),
        ("0s", "seconds"),
        ("soon", "seconds"),
        (-1, "count"),
        (float("nan"), "count"),
        (1, None),
    ],
)
def test_a_threshold_in_another_unit_or_out_of_reach_is_refused(written, unit):
    with pytest.raises(ValueError, match="is no threshold"):
        threshold(written, unit)
