import pytest

from mlopsgen.emit.alerts.thresholds import threshold
from tests.check.platforms import a_platform, codes, found, only

UNITS = {
    "HighInferenceErrorRate": "share",
    "HighInferenceLatency": "seconds",
    "HighPipelineFailureRate": "share",
    "InferenceServiceRestarts": "count",
    "LowGPUUtilization": "share",
}
WRITTEN = (
    "1s", "250ms", "0s", "5m", "2h", "5%", "0%", "100%", "99.9%", "3", "0", 3, 0, 0.5, 1, 1.0,
    "1h30m", "-1", "1e3", "five", " 1s", "1 s", "0.05", "٣",
)  # fmt: skip


def _alert(name):
    alert = {"expr": "up == 0", "for": "5m", "severity": "info", "summary": "s"}
    return a_platform(alerts={"custom": {name: alert}})


def test_a_custom_alert_does_not_take_the_name_of_a_built_in_one():
    finding = only(_alert("MLflowDown"))

    assert finding.at == ("alerts", "custom", "MLflowDown")
    assert finding.on_key
    assert found(_alert("QueueTooLong")) == []


@pytest.mark.parametrize(
    ("builtin", "fix"),
    [
        ("none", "write `builtin: [MLflowDown]`, or take `MLflowDown` away"),
        (
            ["InferenceServiceRestarts"],
            "write `builtin: [InferenceServiceRestarts, MLflowDown]`, or take `MLflowDown` away",
        ),
    ],
)
def test_tuning_needs_the_alert(builtin, fix):
    alerts = {"builtin": builtin, "tune": {"MLflowDown": {"for": "5m"}}}

    assert only(a_platform(alerts=alerts)).fix == fix


@pytest.mark.parametrize(
    "alerts",
    [
        {"builtin": "all", "tune": {"MLflowDown": {"for": "5m"}}},
        {"builtin": ["MLflowDown"], "tune": {"MLflowDown": {"for": "5m"}}},
        {"builtin": "none", "tune": {"MLflowDown": {"enabled": False}}},
    ],
)
def test_tuning_an_alert_that_is_there_or_is_not_wanted_is_fine(alerts):
    assert found(a_platform(alerts=alerts)) == []


def test_an_alert_without_threshold_takes_none():
    alerts = {"builtin": "all", "tune": {"MLflowDown": {"threshold": 1}}}

    assert only(a_platform(alerts=alerts)).fix == "take it away"


@pytest.mark.parametrize("written", WRITTEN, ids=repr)
@pytest.mark.parametrize("alert", UNITS)
def test_the_rule_takes_the_thresholds_that_the_alerts_can_be_made_of(alert, written):
    alerts = {"builtin": "all", "tune": {alert: {"threshold": written}}}
    try:
        threshold(written, UNITS[alert])
    except ValueError:
        expected = ["ALERT003"]
    else:
        expected = []

    assert codes(a_platform(alerts=alerts)) == expected
