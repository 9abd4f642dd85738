import pytest

from tests.check.platforms import a_balancer, a_model, a_platform, codes, found, only, without


def _gated(gate, **sections):
    canary = {"source": "s3://acme-models/new", "weight": 10, "thresholds": gate}
    models = {"iris": a_model(canary=canary, exposure=a_balancer())}
    return a_platform(models=models, **sections)


def test_a_gate_without_a_threshold_says_nothing():
    finding = only(_gated({}))

    assert finding.code == "CANARY002"
    assert finding.at == ("models", "iris", "canary", "thresholds")
    assert "add `latencyP95: 1s`" in finding.fix


@pytest.mark.parametrize("gate", [{"latencyP95": "1s"}, {"errorRate": "0.5%"}])
def test_one_threshold_is_enough(gate):
    assert found(_gated(gate)) == []


def test_a_gate_needs_prometheus():
    finding = only(_gated({"latencyP95": "1s"}, components=without("prometheus")))

    assert finding.code == "NEED001"
    assert finding.at == ("models", "iris", "canary", "thresholds")


def test_alerts_of_your_own_leave_the_names_of_gates_alone():
    alert = {"expr": "up == 0", "for": "5m", "severity": "info", "summary": "it is down"}
    document = a_platform(alerts={"custom": {"CanaryTooSlow": alert}})

    assert codes(document) == ["ALERT001"]
    assert only(document).fix == "rename it"
