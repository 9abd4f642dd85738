import pytest

from mlopsgen.diagnostics import Severity
from mlopsgen.facts import component, runtime
from mlopsgen.facts.metrics import scraped
from tests.check.platforms import EVERYTHING, a_llm, a_model, a_platform, codes, found, only

WAITING = "vllm:num_requests_waiting"
KEDA = {name: {} for name in (*EVERYTHING, "keda")}


def _scaled(model=a_model, components=KEDA, **scale):
    return a_platform(models={"one": model(scale=scale)}, components=components)


def test_zero_replicas_are_refused_whatever_they_scale_on():
    for document in (
        _scaled(min=0),
        _scaled(min=0, max=3),
        _scaled(a_llm, min=0, max=3, metric=WAITING, target=5),
    ):
        finding = only(document)

        assert finding.code == "SCALE001"
        assert finding.at == ("models", "one", "scale", "min")
        assert "write `min: 1`, or `stopped: true` for `models.one`" in finding.fix


def test_a_model_may_be_stopped():
    assert found(a_platform(models={"one": a_model(stopped=True)})) == []


@pytest.mark.parametrize(
    "metric", [WAITING, "vllm:gpu_cache_usage_perc", "vllm:request_success_total"]
)
def test_gauges_and_counters_of_the_server_may_be_scaled_on(metric):
    assert found(_scaled(a_llm, max=3, metric=metric, target=0.5)) == []


def test_a_metric_that_is_misspelt_is_named():
    finding = only(_scaled(a_llm, max=3, metric="vllm:num_request_waiting", target=5))

    assert finding.code == "SCALE002"
    assert finding.message == "`vllm` doesn't emit `vllm:num_request_waiting`"
    assert finding.fix == f"write `{WAITING}`"


def test_a_metric_of_another_server_is_refused_with_the_gauges_there_are():
    finding = only(_scaled(a_llm, max=3, metric="DCGM_FI_DEV_GPU_UTIL", target=50))

    assert f"`{WAITING}`" in finding.fix
    assert codes(_scaled(max=3, metric=WAITING, target=5)) == ["SCALE002"]


def test_a_metric_that_depends_on_the_setup_is_refused():
    finding = only(_scaled(a_llm, max=3, metric="vllm:num_requests_swapped", target=5))

    assert finding.message == "`vllm` emits `vllm:num_requests_swapped` only with: V0 engine"
    assert "vllm:num_requests_swapped" not in finding.fix


def test_a_histogram_is_scaled_on_by_its_count_or_sum():
    finding = only(_scaled(max=3, metric="request_predict_seconds", target=1))

    assert "is a histogram" in finding.message
    for part in ("count", "sum"):
        assert f"`request_predict_seconds_{part}`" in finding.fix
        right = _scaled(max=3, metric=f"request_predict_seconds_{part}", target=1)
        assert found(right) == []


def test_what_is_scraped_as_one_number_is_a_gauge_or_a_counter():
    names = scraped(runtime("vllm").metrics.names)

    assert names[WAITING].type == "gauge"
    assert names["vllm:request_queue_time_seconds_sum"].type == "counter"
    assert "vllm:request_queue_time_seconds" not in names


@pytest.mark.parametrize("missing", ["keda", "prometheus"])
def test_metrics_of_servers_need_keda_and_prometheus(missing):
    components = {name: {} for name in KEDA if name != missing}
    finding = only(_scaled(a_llm, components, max=3, metric=WAITING, target=5))

    assert finding.code == "NEED001"
    assert finding.at == ("models", "one", "scale", "metric")
    assert finding.fix == f"add `{missing}: {{}}` under `components`"


def test_metrics_of_servers_have_no_target_by_default():
    finding = only(_scaled(a_llm, max=3, metric=WAITING))

    assert finding.code == "SCALE003"
    assert finding.at == ("models", "one", "scale", "metric")
    assert found(_scaled(max=3, metric="memory")) == []


@pytest.mark.parametrize(("target", "fix"), [(0.7, 1), (70.5, 70), (250, 100)])
def test_a_target_of_cpu_is_a_whole_percentage(target, fix):
    finding = only(_scaled(max=3, target=target))

    assert finding.code == "SCALE003"
    assert finding.fix == f"write `target: {fix}`"


def test_a_metric_without_room_to_scale_is_worth_knowing():
    finding = only(_scaled(min=2, max=2, target=50))

    assert finding.code == "SCALE004"
    assert finding.severity is Severity.INFO
    assert finding.fix == "write `max: 3`, or take `target` away"
    assert "`metric` and `target`" in only(_scaled(metric="cpu", target=50)).fix
    assert found(_scaled(min=2, max=2)) == []


def test_keda_that_comes_after_kserve_is_never_seen_by_it():
    scale = {"max": 3, "metric": WAITING, "target": 5}
    late = {**KEDA, "keda": {"owner": "argocd"}, "kserve": {"owner": "terraform"}}
    finding = only(_scaled(a_llm, late, **scale))

    assert finding.code == "SCALE005"
    assert finding.at == ("components", "keda", "owner")
    assert found(_scaled(a_llm, {**late, "kserve": {"owner": "argocd"}}, **scale)) == []
    assert found(_scaled(a_llm, {**KEDA, "keda": {"owner": "terraform"}}, **scale)) == []
    assert found(_scaled(components=late, max=3)) == []


def test_keda_comes_before_kserve_whoever_installs_kserve():
    assert component("keda").release.owner == "terraform"
    assert component("keda").release.wave < component("kserve").release.wave


def _own(**container):
    container = {"image": "ghcr.io/acme/own:1.0.0", "port": 9000, **container}
    scale = {"max": 3, "metric": "queue_depth", "target": 5}
    return _scaled(lambda **keys: a_model(runtime="custom", container=container, **keys), **scale)


def test_a_server_of_your_own_may_be_scaled_on_what_is_scraped_of_it():
    assert found(_own(metrics={"port": 9100})) == []

    finding = only(_own())

    assert finding.code == "SCALE002"
    assert finding.at == ("models", "one", "scale", "metric")
    assert "`models.one.container` has no `metrics`" in finding.message
    assert "add `metrics: {port: 9000}` to `models.one.container`" in finding.fix


def test_a_server_of_your_own_without_a_container_is_found_once():
    document = _scaled(max=3, metric="queue_depth", target=5)
    document["models"]["one"]["runtime"] = "custom"

    assert codes(document) == ["RUN003"]
