from __future__ import annotations

import pytest

from mlopsgen.plan.scaling import Scaling, query, scaling
from tests.build import a_plan
from tests.emit.promql import unknown

COMPONENTS = {"prometheus": {}, "keda": {}}


def _scaling(**model):
    plan = a_plan(
        components=COMPONENTS,
        models={"m": {"runtime": "sklearn", "source": "s3://acme-models/m", **model}},
    )
    return [scaling(served, plan.parts) for served in plan.served]


def test_a_model_with_one_size_has_no_autoscaler():
    assert _scaling(scale={"min": 3, "max": 3}) == [Scaling("none")]


@pytest.mark.parametrize(("given", "percent"), [({}, 70), ({"target": 55}, 55)])
def test_cpu_and_memory_are_left_to_an_hpa(given, percent):
    assert _scaling(scale={"max": 3, "metric": "memory", **given}) == [Scaling("hpa", percent)]


def test_everything_else_is_left_to_keda_which_asks_prometheus():
    [found] = _scaling(scale={"max": 3, "metric": "request_predict_seconds_count", "target": 12.5})

    assert found.autoscaler == "keda"
    assert found.trigger.server == (
        "http://prometheus-kube-prometheus-prometheus.monitoring.svc:9090"
    )
    assert found.trigger.target == "12.5"


def test_a_canary_scales_on_its_own_requests():
    scale = {"max": 3, "metric": "request_predict_seconds_count", "target": 5}
    canary = {"source": "s3://acme-models/n", "weight": 10}
    stable, other = _scaling(scale=scale, canary=canary)

    assert 'inference_service="m"' in stable.trigger.query
    assert 'inference_service="m-canary"' in other.trigger.query


@pytest.mark.parametrize(
    ("runtime", "metric", "expected"),
    [
        ("vllm", "vllm:num_requests_waiting", "sum(vllm:num_requests_waiting{%s})"),
        ("vllm", "vllm:request_success_total", "sum(rate(vllm:request_success_total{%s}[2m]))"),
        (
            "sklearn",
            "request_predict_seconds_sum",
            "sum(rate(request_predict_seconds_sum{%s}[2m]))",
        ),
    ],
)
def test_the_question_is_one_number_for_all_replicas(runtime, metric, expected):
    plan = a_plan(
        models={
            "m": {
                "runtime": runtime,
                "source": "s3://acme-models/m",
                "scale": {"max": 3, "metric": metric, "target": 5},
            }
        }
    )
    [served] = plan.served

    assert query(served) == expected % 'namespace="mlops", inference_service="m"'
    assert unknown(query(served), plan) == []


@pytest.mark.parametrize(
    ("metric", "counts"), [("queue_depth", False), ("jobs_total", True), ("work_seconds_sum", True)]
)
def test_the_name_tells_what_counts_in_a_server_of_your_own(metric, counts):
    container = {"image": "ghcr.io/acme/own:1.0.0", "metrics": {"port": 9100}}
    scale = {"max": 3, "metric": metric, "target": 5}
    [found] = _scaling(runtime="custom", container=container, scale=scale)

    assert ("rate(" in found.trigger.query) == counts
