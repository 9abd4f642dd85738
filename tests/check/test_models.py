import pytest

from mlopsgen.diagnostics import Severity
from tests.check.platforms import a_balancer, a_llm, a_model, codes, found, only, serving


def test_vllm_without_options_is_asked_for_its_longest_context():
    model = a_llm()
    del model["vllm"]
    finding = only(serving(llama=model))

    assert finding.code == "MODEL001"
    assert "add `vllm: {maxModelLen: 4096}`" in finding.fix


def test_options_of_vllm_are_only_for_vllm():
    finding = only(serving(iris=a_model(vllm={"maxModelLen": 1})))

    assert finding.at == ("models", "iris", "vllm")
    assert "its runtime is `sklearn`" in finding.message


def test_vllm_has_a_gpu_and_others_need_none():
    assert codes(serving(llama=a_llm(gpus=0))) == ["MODEL002"]
    assert found(serving(llama=a_llm(), iris=a_model())) == []


def test_a_canary_without_a_load_balancer_gets_no_requests():
    canary = {"source": "s3://acme-models/new", "weight": 25}
    finding = only(serving(iris=a_model(canary=canary)))

    assert finding.code == "MODEL003"
    assert "sends 25% of the requests" in finding.message
    assert found(serving(iris=a_model(canary=canary, exposure=a_balancer()))) == []


@pytest.mark.parametrize(
    ("weight", "idle", "fix"),
    [
        (0, "canary", "write a weight from 1 to 99, or take `canary` away"),
        (
            100,
            "stable version",
            "write `source: s3://acme-models/new` for `models.iris` and take `canary` away",
        ),
    ],
)
def test_a_version_without_requests_is_worth_knowing(weight, idle, fix):
    canary = {"source": "s3://acme-models/new", "weight": weight}
    finding = only(serving(iris=a_model(canary=canary, exposure=a_balancer())))

    assert finding.severity is Severity.INFO
    assert f"the {idle} gets no requests" in finding.message
    assert finding.fix == fix


@pytest.mark.parametrize("weight", [1, 50, 99])
def test_any_other_weight_is_fine(weight):
    canary = {"source": "s3://acme-models/new", "weight": weight}

    assert found(serving(iris=a_model(canary=canary, exposure=a_balancer()))) == []


def test_a_scale_that_goes_down_is_found_at_its_max():
    document = serving(iris=a_model(scale={"min": 3}))
    finding = only(document)

    assert finding.at == ("models", "iris", "scale", "max")
    assert finding.fix == "write `max: 3`"
    assert found(serving(iris=a_model(scale={"min": 3, "max": 3}))) == []


def test_a_canary_that_only_a_header_reaches_is_not_idle():
    header = {"name": "X-Canary", "value": "always"}
    canary = {"source": "s3://acme-models/new", "weight": 0, "header": header}

    assert found(serving(iris=a_model(canary=canary, exposure=a_balancer()))) == []
    full = {**canary, "weight": 100}
    assert codes(serving(iris=a_model(canary=full, exposure=a_balancer()))) == ["MODEL004"]
