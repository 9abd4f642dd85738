import pytest

from mlopsgen.facts import runtime
from tests.check.platforms import (
    EVERYTHING,
    a_llm,
    a_model,
    a_step,
    codes,
    found,
    only,
    running,
    serving,
)

GPU = {"gpus": 1, "pool": "gpu", "resources": {"cpu": 3, "memory": "12Gi"}}


def _the(code, model):
    [finding] = [one for one in found(serving(iris=model)) if one.code == code]
    return finding


@pytest.mark.parametrize("name", ["lightgbm", "onnx", "pytorch", "tensorflow", "triton"])
def test_a_server_that_does_not_read_mlflow_is_warned_of(name):
    finding = _the("RUN001", a_model(runtime=name, source="models:/iris/3"))

    assert finding.at == ("models", "iris", "source")
    assert runtime(name).files.expects in finding.message


@pytest.mark.parametrize("name", ["mlflow", "sklearn", "xgboost"])
def test_a_server_that_reads_mlflow_is_fine(name):
    model = a_model(runtime=name, source="models:/iris/3")

    assert "RUN001" not in codes(serving(iris=model))


def test_the_source_of_a_canary_is_looked_at_too():
    canary = {"source": "models:/iris/3", "weight": 10}

    assert _the("RUN001", a_llm(canary=canary)).at[2] == "canary"


@pytest.mark.parametrize("name", ["lightgbm", "mlflow", "sklearn", "xgboost"])
def test_gpus_are_wasted_on_a_server_without_cuda(name):
    finding = _the("RUN002", a_model(runtime=name, **GPU))

    assert runtime(name).image.repository in finding.message


@pytest.mark.parametrize("name", ["huggingface", "onnx", "pytorch", "tensorflow", "triton"])
def test_servers_with_cuda_take_gpus(name):
    assert found(serving(iris=a_model(runtime=name, **GPU))) == []


def test_a_server_of_your_own_has_a_container_and_no_other():
    own = {"image": "ghcr.io/acme/serve:1.0.0"}

    assert "has no `container`" in _the("RUN003", a_model(runtime="custom")).message
    assert _the("RUN003", a_model(container=own)).at == ("models", "iris", "container")
    assert found(serving(iris=a_model(runtime="custom", container=own))) == []


def test_a_server_of_your_own_may_compute_on_gpus_and_read_what_it_likes():
    own = {"image": "ghcr.io/acme/serve:1.0.0"}
    model = a_model(runtime="custom", container=own, source="models:/iris/3", **GPU)

    assert {"RUN001", "RUN002"}.isdisjoint(codes(serving(iris=model)))


@pytest.mark.parametrize(("level", "count"), [("restricted", 1), ("baseline", 0)])
def test_a_model_in_an_image_needs_a_namespace_that_is_not_restricted(level, count):
    document = serving(iris=a_model(source="oci://ghcr.io/acme/iris:1.0.0"))
    document["namespaces"]["mlops"] = {"podSecurity": level}

    assert codes(document) == ["RUN004"] * count


def test_the_tag_of_an_image_with_a_model_stays_the_same():
    document = serving(iris=a_model(source="oci://ghcr.io/acme/iris:latest"))
    document["namespaces"]["mlops"] = {"podSecurity": "baseline"}

    assert codes(document) == ["IMG001"]


def test_a_volume_is_one_that_the_namespace_has():
    document = serving(iris=a_model(source="pvc://weigths/iris"))
    document["namespaces"]["mlops"] = {"claims": ["weights"]}
    [finding] = found(document)

    assert finding.code == "RUN005"
    assert finding.fix.startswith("write `weights`, or make the claim")
    document["models"]["iris"]["source"] = "pvc://weights"
    assert found(document) == []


def test_a_transformer_has_an_image_room_and_no_secrets():
    front = {
        "image": "ghcr.io/acme/front:latest",
        "resources": {"cpu": 64},
        "env": {"API_TOKEN": "0123456789abcdef0123456789abcdef"},
    }

    assert sorted(codes(serving(iris=a_model(transformer=front)))) == ["FIT002", "IMG001", "SEC001"]


KSERVE = {"components": {name: {} for name in EVERYTHING} | {"kserve": {"chart": "v0.20.0"}}}


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"env": {"PYTHONPATH": "/x", "OTHER": "y"}}, ("env",)),
        ({"secrets": {"PYTHONPATH": "aws-sm:acme/x#y"}}, ("secrets",)),
        (
            {"transformer": {"image": "ghcr.io/acme/front:1.0.0", "env": {"PYTHONPATH": "/x"}}},
            ("transformer", "env"),
        ),
    ],
)
def test_a_newer_kserve_refuses_a_variable_wherever_it_stands(keys, place):
    document = serving(iris=a_model(**keys))
    finding = only(document | KSERVE)

    assert finding.code == "KSERVE001"
    assert finding.at == ("models", "iris", *place, "PYTHONPATH")
    assert "that KServe 0.20.0 refuses" in finding.message
    assert found(document) == []


def test_variables_of_steps_are_none_of_kserves():
    document = running({"fit": a_step(env={"PYTHONPATH": "/x"})})

    assert found(document | KSERVE) == []
