import pytest

from mlopsgen.facts import runtime
from tests.check.platforms import a_llm, a_model, codes, found, serving

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
