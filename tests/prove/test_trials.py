from __future__ import annotations

import pytest

from mlopsgen.prove.trials import tests_are_ones_that_promtool_takes as tried
from tests.build import a_plan

RULE = {"expr": "orders_open > 1", "for": "5m", "severity": "info", "summary": "many orders"}
SERIES = 'orders_open{shop="a"}'


def _found(series, at="30m"):
    test = {"name": "they pile up", "series": series, "at": at}
    alerts = {"custom": {"PileUp": {**RULE, "tests": [test]}}}
    return list(tried(a_plan(alerts=alerts, components={"prometheus": {}})))


@pytest.mark.parametrize(
    "values",
    ["0+10x40", "0-1.5x3", "5x20", "1 2 3", "_ _x10 1", "1 stale", "NaN", "-Inf Inf", "1e3+2x5"],
)
def test_values_are_those_of_promtool(values):
    assert _found({SERIES: values}) == []


@pytest.mark.parametrize("values", ["0 to 300", "0+10x", "x", "0+10x999999", " ", "1,2", "💥"])
def test_other_values_are_found(values):
    [finding] = _found({SERIES: values})

    assert finding.code == "ALERT004"
    assert finding.at == ("alerts", "custom", "PileUp", "tests", 0, "series", SERIES)


@pytest.mark.parametrize(
    "series",
    ["orders_open", '{a="b"}', "orders open", 'x{a=~"b"}', "x offset 5m", "sum(x)", 'x{a="b"', "1"],
)
def test_a_series_is_one(series):
    wrong = series != "orders_open"

    assert len(_found({series: "1x3"})) == wrong


def test_an_alert_is_looked_at_when_there_are_values():
    [finding] = _found({SERIES: "1x30"}, at="90s")

    assert finding.at[-1] == "at"
