from __future__ import annotations

import pytest

from mlopsgen.facts import component, runtime
from mlopsgen.plan.metering import METERS, Series, endpoint, meters, stored, unmetered
from tests.build import a_plan, reference_plan

IRIS = {"runtime": "sklearn", "source": "s3://acme-models/iris"}


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("lightgbm", "KServe"),
        ("mlflow", "MLServer"),
        ("onnx", "Triton"),
        ("triton", "Triton"),
        ("sklearn", "KServe"),
        ("vllm", "vLLM"),
        ("xgboost", "KServe"),
    ],
)
def test_a_runtime_whose_metrics_are_always_there_has_one_meter(name, server):
    assert [meter.server for meter in METERS if meter.of(runtime(name))] == [server]


def test_failures_that_are_counted_apart_are_asked_for_too():
    [triton] = [meter for meter in METERS if meter.server == "Triton"]

    assert triton.latency is None
    assert triton.asked("pod") == (
        "(sum by (pod) (rate(nv_inference_request_success[5m]))"
        " + sum by (pod) (rate(nv_inference_request_failure[5m])))"
    )


def test_metrics_that_exist_only_sometimes_make_no_meter():
    assert "request_predict_seconds" in runtime("huggingface").metrics.names

    assert not any(meter.of(runtime("huggingface")) for meter in METERS)


def test_a_runtime_without_metrics_has_no_meter():
    assert not any(meter.of(runtime("pytorch")) for meter in METERS)


def test_only_meters_of_runtimes_in_use_are_asked():
    assert [meter.server for meter in meters(reference_plan())] == ["MLServer", "vLLM"]
    assert meters(a_plan()) == ()


def test_runtimes_without_a_meter_are_named():
    counting = [meter for meter in METERS if meter.failures]

    assert unmetered(reference_plan(), METERS) == ()
    assert unmetered(reference_plan(), counting) == ("vllm",)
    assert unmetered(a_plan(models={"iris": IRIS}), counting) == ("sklearn",)


def test_a_rate_is_grouped_as_asked():
    series = Series("requests_total", 'code="200"')

    assert series.rate("pod") == 'sum by (pod) (rate(requests_total{code="200"}[5m]))'
    assert Series("latency", suffix="_count").rate() == "sum(rate(latency_count[5m]))"


def test_an_endpoint_is_found_by_a_metric_it_shows():
    prometheus = reference_plan().parts["prometheus"]

    assert endpoint(prometheus, "kube_pod_info").workload == "kube-state-metrics"
    assert endpoint(prometheus, "argo_workflows_count") is None
    assert endpoint(None, "kube_pod_info") is None


def test_a_label_keeps_its_name_where_the_monitor_honors_it_or_nothing_takes_its_place():
    [renamed] = component("dcgm-exporter").metrics
    [kept] = component("argo-workflows").metrics

    assert stored(renamed, "pod") == "exported_pod"
    assert stored(renamed, "gpu") == "gpu"
    assert stored(kept, "namespace") == "namespace"
