import re
from typing import get_args

import pytest

from mlopsgen import facts
from mlopsgen.spec.engine import Quantization

RUNTIMES = facts.runtime_names()
OF_VERSIONS = [
    facts.runtime(name, {owner: version})
    for name in RUNTIMES
    for owner in [facts.runtime(name).component]
    for version in facts.versions(owner)
]


def _id(runtime):
    return f"{runtime.serving_runtime or runtime.component}-{runtime.version}"


def test_the_catalogue_has_every_runtime_that_a_model_can_ask_for():
    assert set(RUNTIMES) == {
        *("sklearn", "xgboost", "lightgbm", "pytorch", "tensorflow"),
        *("onnx", "triton", "huggingface", "mlflow", "vllm"),
    }


@pytest.mark.parametrize("runtime", OF_VERSIONS, ids=_id)
def test_a_runtime_is_served_by_a_version_of_a_component(runtime):
    assert runtime.version in facts.versions(runtime.component)


@pytest.mark.parametrize("runtime", OF_VERSIONS, ids=_id)
def test_a_runtime_is_either_a_serving_runtime_or_a_container_of_ours(runtime):
    assert bool(runtime.serving_runtime) == (runtime.model_format is not None)
    assert (runtime.protocol == "openai") == (not runtime.serving_runtime)


@pytest.mark.parametrize("runtime", OF_VERSIONS, ids=_id)
def test_ports_paths_and_tags_can_be_emitted_as_they_are(runtime):
    paths = [runtime.paths.ready, runtime.paths.live, runtime.paths.predict, runtime.paths.metrics]

    assert 0 < runtime.http_port < 65536
    assert [path for path in paths if not re.fullmatch(r"/([\w./:-]|\{name\})*", path)] == []
    assert runtime.image.tag != "latest"
    assert not (runtime.naming.argument and runtime.naming.env)


@pytest.mark.parametrize("runtime", OF_VERSIONS, ids=_id)
def test_the_label_of_the_model_is_on_every_metric_of_the_server_or_of_none(runtime):
    metrics = runtime.metrics

    if metrics is not None and metrics.label:
        assert any(metrics.label in metric.labels for metric in metrics.names.values())


@pytest.mark.parametrize("runtime", OF_VERSIONS, ids=_id)
def test_what_a_server_writes_to_is_a_folder_of_its_own(runtime):
    paths = runtime.writes.paths

    assert "/tmp" in paths
    assert [path for path in paths if not re.fullmatch(r"(/[\w.-]+)+", path)] == []


def test_every_version_of_kserve_has_every_runtime_of_the_others():
    served = [
        {name for name in RUNTIMES if facts.runtime(name, {"kserve": each}).version == each}
        for each in facts.versions("kserve")
    ]

    assert len(served) == 2
    assert served[0] == served[1] == set(RUNTIMES) - {"vllm"}


def test_a_runtime_comes_with_the_version_of_kserve_that_is_pinned():
    old, new = (facts.runtime("sklearn", {"kserve": each}) for each in ("0.16.0", "0.20.0"))

    assert (old.image.tag, new.image.tag) == ("v0.16.0", "v0.20.0")
    assert facts.runtime("sklearn") is old
    assert facts.runtime("sklearn", {"kserve": "0.99.0", "vllm": "0.20.0"}) is old
    assert facts.runtime("xgboost", {"kserve": "0.20.0"}).model_format.versions == ("2",)


def test_mlflow_models_are_served_in_the_second_protocol():
    mlflow = facts.runtime("mlflow")

    assert (mlflow.serving_runtime, mlflow.protocol) == ("kserve-mlserver", "v2")
    assert (mlflow.http_port, mlflow.metrics.port) == (8080, 8082)
    assert mlflow.naming.env == "MLSERVER_MODEL_NAME"


def test_kserve_servers_count_no_requests():
    assert all(
        metric.type == "histogram" for metric in facts.runtime("sklearn").metrics.names.values()
    )


def test_vllm_has_no_metric_with_an_http_status():
    names = facts.runtime("vllm").metrics.names

    assert not any("status" in label for metric in names.values() for label in metric.labels)
    assert names["vllm:gpu_cache_usage_perc"].type == "gauge"
    assert "vllm:kv_cache_usage_perc" not in names


def test_vllm_flags_are_those_of_its_version():
    flags = facts.runtime("vllm").flags.names

    assert "bfloat16" in flags["dtype"].choices
    assert {"awq", "gptq", "fp8"} <= set(flags["quantization"].choices)
    assert flags["enable-prefix-caching"].negatable
    assert flags["tensor-parallel-size"].takes == "integer"
    assert "async-scheduling" not in flags


def test_a_flag_defaults_to_one_of_its_choices():
    for name, flag in facts.runtime("vllm").flags.names.items():
        assert not flag.choices or not flag.default or flag.default in flag.choices, name
        assert flag.takes != "nothing" or not flag.default, name


def test_an_unknown_runtime_names_those_that_are_known():
    with pytest.raises(facts.UnknownFact) as caught:
        facts.runtime("vlm")

    assert caught.value.known == RUNTIMES


def test_every_quantisation_is_one_that_this_version_of_vllm_takes():
    vllm = facts.runtime("vllm")
    methods = vllm.engine.quantization.methods

    assert set(methods) == set(get_args(Quantization))
    assert set(methods) <= set(vllm.flags.names["quantization"].choices)
    assert {method.bits for method in methods.values()} <= {4, 8, 16}


def test_a_server_of_a_users_own_has_the_facts_that_its_user_gives():
    own = facts.own_runtime("acme/serve:1", 9000, "/healthz", (9100, "/stats"), ("/var/x",))

    assert (own.http_port, own.metrics.port, own.paths.metrics) == (9000, 9100, "/stats")
    assert (own.paths.ready, own.paths.live) == ("/healthz", "/healthz")
    assert own.writes.paths == ("/var/x", "/tmp")
    assert facts.own_runtime("acme/serve:1", 9000, "/", None, ()).metrics is None
