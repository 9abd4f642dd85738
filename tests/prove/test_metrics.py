"""What Prometheus is asked: each mistake is found, and what is right is left alone."""

from __future__ import annotations

from copy import deepcopy

import pytest

from mlopsgen.artifact import Artifact
from mlopsgen.emit import EMITTERS
from mlopsgen.prove import metrics
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan

SHAPES = Shapes(TEMPLATES)
RULE = {"for": "5m", "severity": "warning", "summary": "something is wrong"}
ORDERS = {
    "orders_total": {"type": "counter", "labels": ["shop", "status"]},
    "orders_open": {"type": "gauge", "labels": ["shop"]},
    "order_seconds": {"type": "histogram", "labels": ["shop"]},
}
FAILED = 'sum by (shop) (rate(orders_total{status="failed"}[5m]))'
ALL = "sum by (shop) (rate(orders_total[5m]))"


def _artifacts(plan):
    return [artifact for emit in EMITTERS for artifact in emit(plan, SHAPES)]


def _asked(expr, *, components=None, **changes):
    custom = {"SomethingWrong": {**RULE, "expr": expr, **changes}}
    parts = {"prometheus": {}, **(components or {})}
    plan = a_plan(alerts={"custom": custom, "metrics": ORDERS}, components=parts)
    return list(metrics.answered(plan, _artifacts(plan)))


@pytest.fixture(scope="module")
def reference():
    plan = reference_plan(alerts={"builtin": "all"})
    return plan, _artifacts(plan)


@pytest.mark.parametrize(
    ("expr", "code", "said"),
    [
        ("up ==", "METRIC001", "no PromQL"),
        ("sum(up", "METRIC001", "unclosed left parenthesis"),
        ("rate(up)", "METRIC001", "expected type matrix"),
        ("orders_open[5m]", "METRIC001", "gives a range"),
        ('"up"', "METRIC001", "gives text"),
        ('sort_by_label(up, "job")', "METRIC001", "an experiment"),
        ("(" * 150 + "up" + ")" * 150, "METRIC001", "100 levels deep"),
        ("holt_winters(up[5m], 0.5, 0.5)", "METRIC001", "unknown function"),
        ("ordres_open > 1", "METRIC002", "nothing emits"),
        ("orders_seconds > 1", "METRIC002", "nothing emits"),
        ("order_seconds > 1", "METRIC002", "is kept as `order_seconds_bucket`"),
        ("vllm:num_requests_waiting > 5", "METRIC002", "only models on `vllm` emit"),
        ("feast_feature_freshness_seconds > 5", "METRIC002", "only `feast` emits"),
        ("carts_open > 1", "METRIC003", "nothing is known to emit"),
        ("orders_open{shops='a'} > 1", "METRIC005", "the label `shops`"),
        ("sum by (status) (orders_open) > 1", "METRIC005", "groups `orders_open` by `status`"),
        (f"sum by (status) (rate(orders_total[5m])) / on (status) {ALL}", "METRIC005", "joins on"),
        ('up{job="node-exportr"} == 0', "METRIC006", "`node-exportr`"),
        ('kube_pod_info{job="mlflow"} > 1', "METRIC006", "`mlflow`"),
        ("rate(orders_open[5m]) > 1", "METRIC007", "which is a gauge"),
        ("deriv(orders_total[5m]) > 1", "METRIC007", "which is a counter"),
        ("sum(orders_total) > 100", "METRIC007", "a counter, with 100"),
        ("rate(orders_total[1m]) > 1", "METRIC008", "over 60 s"),
        ("rate(orders_total[119s]) > 1", "METRIC008", "every 30 s"),
        ("histogram_quantile(0.9, rate(order_seconds_sum[5m])) > 1", "METRIC009", "without `le`"),
        (
            "histogram_quantile(0.9, sum by (shop) (rate(order_seconds_bucket[5m]))) > 1",
            "METRIC009",
            "without `le`",
        ),
        ("histogram_quantile(0.9, order_seconds_bucket) > 1", "METRIC007", "each process began"),
        (f"avg({FAILED} / {ALL}) > 0.1", "METRIC010", "the `avg`"),
        (f"{FAILED} / {ALL} != 0", "METRIC010", "differs from everything"),
        (f"sum({FAILED} / ({ALL} or vector(0))) > 1", "METRIC010", "the `sum`"),
        ("avg(up) < 90", "METRIC011", "always true"),
        ("up > 1", "METRIC011", "never true"),
        (f"{FAILED} / {ALL} > 5", "METRIC011", "a share of"),
        ("1 < up", "METRIC011", "never true"),
        (f"{FAILED} / sum(rate(orders_total[5m])) > 0.1", "METRIC012", "`shop`"),
        ("orders_open and sum by (shop) (orders_open)", "METRIC012", "`and`"),
    ],
)
def test_each_mistake_is_found_where_the_user_wrote_it(expr, code, said):
    [finding] = _asked(expr)

    assert (finding.code, finding.at) == (code, ("alerts", "custom", "SomethingWrong", "expr"))
    assert said in finding.message
    assert finding.fix


@pytest.mark.parametrize(
    "expr",
    [
        "up == 0",
        'absent(up{job="node-exporter"})',
        'up{job=~"node-exporter|other"} == 0',
        'up{job="apiserver"} == 0',
        "avg by (job) (up) < 0.9",
        f"{FAILED} / {ALL} > 0.05",
        f"avg({FAILED} / ({ALL} > 0)) > 0.05",
        f"avg({FAILED} / clamp_min({ALL}, 1)) > 0.05",
        f"({FAILED} or 0 * {ALL}) / {ALL} > 0.05",
        f"{FAILED} / on (shop) group_left {ALL} > 0.05",
        f"{FAILED} / ignoring (shop) group_left sum(rate(orders_total[5m])) > 0.05",
        "histogram_quantile(0.9, sum by (le) (rate(order_seconds_bucket[5m]))) > 1",
        "histogram_quantile(0.9, sum without (instance, pod) (rate(order_seconds_bucket[5m]))) > 1",
        "increase(order_seconds_count[1h]) > 3",
        "max_over_time(orders_open[10m]) > 5",
        "max_over_time(sum(rate(orders_total[5m]))[1h:1m]) > 5",
        'label_replace(up, "host", "$1", "instance", "(.*):.*") == 0',
        'sum by (host) (label_replace(orders_open, "host", "$1", "instance", "(.*)")) > 1',
        "topk(3, orders_open) > 1",
        'count by (alertname) (ALERTS{alertstate="firing", team="a"}) > 3',
        'count_values("open", orders_open) > 3',
        'orders_open{nothere=""} > 1',
        '{job="node-exporter"} > 1',
        '{__name__="orders_open", shop="a"} > 1',
        "time() - orders_open > 60 * 60",
        "(orders_total offset 1h) > 0 and rate(orders_total[1h]) == 0",
        "predict_linear(node_filesystem_avail_bytes[1h], 4 * 3600) < 0",
        "vector(1)",
    ],
)
def test_what_is_right_is_left_alone(expr):
    assert _asked(expr) == []


def test_sentences_say_labels_that_are_left():
    expr = "sum by (namespace) (kube_pod_info) > 1000"

    [finding] = _asked(expr, summary="{{ $labels.pod }} of {{ $labels.namespace }}")

    assert finding.code == "METRIC005"
    assert "`$labels.pod`" in finding.message
    assert _asked(expr, summary="{{ $labels.namespace }}") == []


def test_an_alert_that_holds_shorter_than_a_scrape_is_decided_by_one_sample():
    [finding] = _asked("up == 0", **{"for": "10s"})

    assert (finding.code, finding.severity) == ("METRIC008", "warning")
    assert _asked("up == 0", **{"for": "30s"}) == []


def test_the_scrape_interval_is_the_one_in_the_values():
    slow = {"prometheus": {"prometheusSpec": {"scrapeInterval": "2m"}}}

    [finding] = _asked(
        "rate(node_cpu_seconds_total[5m]) > 1", components={"prometheus": {"values": slow}}
    )

    assert finding.code == "METRIC008"
    assert "480s" in finding.fix


def test_experiments_are_taken_where_prometheus_is_told_to():
    spec = {"prometheusSpec": {"enableFeatures": ["promql-experimental-functions"]}}

    expr = 'sort_by_label(up, "job") == 0'

    assert _asked(expr, components={"prometheus": {"values": {"prometheus": spec}}}) == []


@pytest.mark.parametrize(
    ("expr", "fix"),
    [
        ("argo_workflows_count > 1", "write `argo_workflows_gauge`"),
        ('sum by (status) (argo_workflows_count{status="Failed"}) > 1', "argo_workflows_gauge"),
    ],
)
def test_a_renamed_metric_is_known_by_its_old_name(expr, fix):
    [finding] = _asked(expr, components={"argo-workflows": {}})

    assert finding.code == "METRIC002"
    assert fix in finding.fix


def test_a_server_of_the_users_own_may_emit_anything():
    own = {
        "runtime": "custom",
        "source": "s3://acme-models/own",
        "container": {"image": "ghcr.io/acme/own:1.0.0", "metrics": {"port": 9100}},
    }
    custom = {"Slow": {**RULE, "expr": 'sum(queue_length{inference_service="own"}) > 5'}}
    plan = a_plan(
        models={"own": own}, alerts={"custom": custom}, components={"prometheus": {}, "keda": {}}
    )

    assert list(metrics.answered(plan, _artifacts(plan))) == []


def test_a_model_on_another_server_has_no_such_series():
    plan = reference_plan(
        alerts={
            "custom": {
                "One": {**RULE, "expr": 'vllm:num_requests_waiting{inference_service="iris"} > 1'},
                "Two": {**RULE, "expr": 'vllm:num_requests_waiting{inference_service="tinyllama"}'},
            }
        }
    )

    [finding] = metrics.answered(plan, _artifacts(plan))

    assert (finding.code, finding.at[2]) == ("METRIC006", "One")


def test_a_latency_above_all_buckets_is_told_at_the_threshold():
    iris = {"runtime": "sklearn", "source": "s3://acme-models/iris"}
    tune = {"HighInferenceLatency": {"threshold": "20s"}}
    alerts = {"builtin": ["HighInferenceLatency"], "tune": tune}
    plan = a_plan(models={"iris": iris}, alerts=alerts, components={"prometheus": {}, "kserve": {}})

    found = [each for each in metrics.answered(plan, _artifacts(plan)) if "20" in each.message]

    assert [each.code for each in found] == ["METRIC011"]
    assert found[0].at == ("alerts", "tune", "HighInferenceLatency")
    assert "never above 10" in found[0].message


@pytest.mark.parametrize(
    ("component", "values", "switch"),
    [
        ("mlflow", {"serviceMonitor": {"enabled": False}}, "serviceMonitor.enabled"),
        (
            "argo-workflows",
            {"controller": {"metricsConfig": {"enabled": False}}},
            "controller.metricsConfig.enabled",
        ),
        ("prometheus", {"kubeStateMetrics": {"enabled": False}}, "kubeStateMetrics.enabled"),
        ("dcgm-exporter", {"serviceMonitor": {"enabled": None}}, "serviceMonitor.enabled"),
    ],
)
def test_a_scrape_that_is_switched_off_leaves_its_alert_blind(component, values, switch):
    parts = reference_plan().platform.components.declared().items()
    given = {name: part.model_dump(by_alias=True, exclude_unset=True) for name, part in parts}
    given[component] = {**given[component], "values": values}
    plan = reference_plan(components=given, alerts={"builtin": "all"})

    found = list(metrics.answered(plan, _artifacts(plan)))

    assert {each.code for each in found} == {"METRIC004"}
    assert all(f"`{switch}`" in each.message for each in found)


def test_without_prometheus_nothing_is_asked():
    assert list(metrics.answered(a_plan(components={"mlflow": {}}), [])) == []


def test_the_reference_is_asked_for_nothing_that_is_not_there(reference):
    plan, artifacts = reference

    assert list(metrics.answered(plan, artifacts)) == []


def _spoilt(artifacts, kind, name, spoil):
    """Return *artifacts* with *spoil* done to the objects of a *kind* whose name has *name*."""
    done, found = [], 0
    for artifact in artifacts:
        [document, *_] = artifact.objects or ({"kind": "", "metadata": {"name": ""}},)
        if document["kind"] == kind and name in document["metadata"]["name"]:
            document, found = deepcopy(document), found + 1
            spoil(document)
            artifact = Artifact(  # noqa: PLW2901 - the one that is kept
                path=artifact.path,
                body=(document,),
                emitter=artifact.emitter,
                origin=artifact.origin,
            )
        done.append(artifact)
    assert found == 1
    return done


def _monitor(**changes):
    def spoil(document):
        spec = document["spec"]
        [endpoint] = spec.get("podMetricsEndpoints") or spec["endpoints"]
        for key, value in changes.items():
            match key:
                case "selector":
                    spec["selector"]["matchLabels"] = value
                case "namespace":
                    spec["namespaceSelector"]["matchNames"] = [value]
                case _ if value is None:
                    del endpoint[key]
                case _:
                    endpoint[key] = value

    return spoil


def _in_rules(old, new):
    def spoil(document):
        [group] = document["spec"]["groups"]
        assert any(old in rule["expr"] for rule in group["rules"])
        for rule in group["rules"]:
            rule["expr"] = rule["expr"].replace(old, new)

    return spoil


MUTANTS = {
    "selector of models": ("PodMonitor", "models-mlops-mlflow", _monitor(selector={"a": "b"})),
    "runtime of models": (
        "PodMonitor",
        "models-mlops-vllm",
        _monitor(selector={"mlopsgen/runtime": "vlm"}),
    ),
    "port of models": ("PodMonitor", "models-mlops-mlflow", _monitor(port="http")),
    "unknown port": ("PodMonitor", "models-mlops-vllm", _monitor(port="metrics")),
    "path of models": ("PodMonitor", "models-mlops-vllm", _monitor(path="/stats")),
    "namespace of models": ("PodMonitor", "models-mlops-vllm", _monitor(namespace="default")),
    "label of models": ("PodMonitor", "models-mlops-vllm", _monitor(relabelings=None)),
    "selector of a component": ("PodMonitor", "karpenter", _monitor(selector={"app": "k"})),
    "port of a component": ("PodMonitor", "argocd-server", _monitor(port="http")),
    "namespace of a component": ("PodMonitor", "argocd-server", _monitor(namespace="default")),
    "path of a component": ("PodMonitor", "cert-manager-webhook", _monitor(path="/")),
    "token": ("ServiceMonitor", "kserve", _monitor(bearerTokenFile=None)),
    "selector of a Service": ("ServiceMonitor", "kserve", _monitor(selector={"app": "kserve"})),
    "metric": ("PrometheusRule", "error-rate", _in_rules("requests_total", "request_total")),
    "old metric": (
        "PrometheusRule",
        "high-pipeline",
        _in_rules("argo_workflows_workflowtemplate_triggered_total", "argo_workflows_count"),
    ),
    "matcher": ("PrometheusRule", "error-rate", _in_rules("status_code", "status")),
    "grouping": ("PrometheusRule", "low-gpu", _in_rules("exported_pod", "pod_name")),
    "window": ("PrometheusRule", "high-inference-latency", _in_rules("[5m]", "[1m]")),
    "le": ("PrometheusRule", "high-inference-latency", _in_rules("le, ", "")),
    "unit": ("PrometheusRule", "high-inference-latency", _in_rules("> 1", "> 1000")),
    "percent": ("PrometheusRule", "low-gpu", _in_rules("< 20", "< 0.2")),
    "rate": ("PrometheusRule", "inference-service-restarts", _in_rules("increase", "delta")),
    "job": ("PrometheusRule", "mlflow-down", _in_rules('job="mlflow"', 'job="mlfow"')),
    "syntax": ("PrometheusRule", "mlflow-down", _in_rules("==", "=")),
    "one side": (
        "PrometheusRule",
        "error-rate",
        _in_rules("/ sum by (namespace, inference_service)", "/ sum"),
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_change_of_one_thing_in_what_is_emitted_is_found(reference, mutant):
    plan, artifacts = reference

    found = list(metrics.answered(plan, _spoilt(artifacts, *MUTANTS[mutant])))

    assert found
    assert all(each.code.startswith("METRIC") and each.at for each in found)


@pytest.mark.parametrize("kind", ["podMonitor", "serviceMonitor", "rule"])
def test_what_prometheus_does_not_select_is_found(kind):
    spec = {f"{kind}Selector": {"matchLabels": {"team": "search"}}}
    values = {"values": {"prometheus": {"prometheusSpec": spec}}}
    plan = a_plan(
        components={"prometheus": values, "kserve": {}, "cert-manager": {"owner": "terraform"}},
        alerts={"custom": {"Down": {**RULE, "expr": "up == 0"}}},
    )

    found = list(metrics.answered(plan, _artifacts(plan)))

    assert {each.code for each in found} == {"METRIC004"}
    assert all("`team: search`" in each.message for each in found)


@pytest.mark.parametrize(
    "expr",
    ["{}", "\x00", "up{a=~'('}", "x[5e]", "1e999", "-" * 4000 + "up", "up" + " + up" * 800, "💥"],
)
def test_a_hostile_expression_is_a_finding_at_worst(expr):
    assert all(each.code.startswith("METRIC") for each in _asked(expr))
