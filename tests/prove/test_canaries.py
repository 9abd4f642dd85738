from __future__ import annotations

import pytest

from mlopsgen.prove.canaries import thresholds_are_measured
from tests.build import a_plan

SOURCE = "s3://acme-models/iris"
BOTH = {"latencyP95": "1s", "errorRate": "5%"}


def _found(runtime, gate):
    canary = {"source": SOURCE, "weight": 10, "thresholds": gate}
    model = {"runtime": runtime, "source": SOURCE, "canary": canary}
    return list(thresholds_are_measured(a_plan(models={"iris": model})))


@pytest.mark.parametrize("runtime", ["lightgbm", "sklearn", "vllm", "xgboost"])
def test_failures_that_nobody_counts_are_no_gate(runtime):
    [finding] = _found(runtime, {"errorRate": "5%"})

    assert finding.code == "CANARY001"
    assert finding.at == ("models", "iris", "canary", "thresholds", "errorRate")
    assert finding.fix == "write `latencyP95: 1s` instead, or take `errorRate` away"
    assert [each.fix for each in _found(runtime, BOTH)] == ["take `errorRate` away"]


def test_what_the_server_measures_is_a_gate():
    assert _found("mlflow", BOTH) == []
    assert _found("sklearn", {"latencyP95": "1s"}) == []


def test_a_canary_without_a_gate_has_nothing_to_be_measured():
    model = {"runtime": "sklearn", "source": SOURCE, "canary": {"source": SOURCE, "weight": 1}}

    assert list(thresholds_are_measured(a_plan(models={"iris": model}))) == []


def test_a_gate_on_time_needs_a_server_that_tells_the_time():
    [finding] = _found("triton", {"latencyP95": "1s"})

    assert finding.at == ("models", "iris", "canary", "thresholds", "latencyP95")
    assert "doesn't tell how long" in finding.message
    assert finding.fix == "write `errorRate: 5%` instead, or take `latencyP95` away"
