"""The tests of the rules: what promtool runs to see each alert fire, and keep still."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlopsgen import units
from mlopsgen.emit.alerts.rows import Case
from mlopsgen.spec import AlertTest, CustomAlert

FIRING = "firing"
"""As Prometheus calls an alert that has held for long enough."""

_MINUTE = 60_000
_SETTLED = 62
"""Minutes until every query has seen the whole hour that the longest of them looks back."""

_LABEL = re.compile(r"\{\{ \$labels\.(\w+) \}\}")
_NUMBER = re.compile(r'\{\{ printf "(%\.\d[fg])" \$value \}\}')
_PERCENTAGE = "{{ $value | humanizePercentage }}"


def trial(case: Case, rule: Mapping[str, Any], holds_for: int) -> dict[str, Any]:
    """Return promtool's test of *rule* in *case*; *holds_for* is in milliseconds."""
    minutes = _SETTLED - (-holds_for // _MINUTE)
    return {
        "name": case.name,
        "interval": "1m",
        "input_series": [
            {"series": series, "values": values.format(n=minutes)} for series, values in case.series
        ],
        "alert_rule_test": [
            {
                "eval_time": f"{minutes}m",
                "alertname": rule["alert"],
                "exp_alerts": _fired(case, rule),
            }
        ],
    }


def _fired(case: Case, rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    if case.labels is None:
        return []
    annotations = {key: filled(text, case) for key, text in rule["annotations"].items()}
    return [{"exp_labels": {**case.labels, **rule["labels"]}, "exp_annotations": annotations}]


def own_trial(name: str, alert: CustomAlert, test: AlertTest) -> dict[str, Any]:
    """Return promtool's form of a user's own *test* of *alert*.

    Asked for by the series that Prometheus keeps of alerts that fire, so that nobody has to repeat
    the sentences of the alert.
    """
    common = {**alert.labels, "alertname": name, "alertstate": FIRING, "severity": alert.severity}
    firing = f'ALERTS{{alertname="{name}", alertstate="{FIRING}"}}'
    return {
        "name": test.name,
        "interval": "1m",
        "input_series": [
            {"series": series, "values": values} for series, values in test.series.items()
        ],
        "promql_expr_test": [
            {
                "expr": firing,
                "eval_time": units.duration(test.at),
                "exp_samples": [
                    {"labels": _series("ALERTS", {**labels, **common}), "value": 1}
                    for labels in test.fires
                ],
            }
        ],
    }


def _series(metric: str, labels: Mapping[str, str]) -> str:
    """Return a series as PromQL writes it."""
    said = ", ".join(f"{key}={_quoted(value)}" for key, value in sorted(labels.items()))
    return f"{metric}{{{said}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def filled(text: str, case: Case) -> str:
    """Return *text* as Prometheus fills it in when the alert of *case* fires."""
    labels = case.labels or {}
    text = _LABEL.sub(lambda match: labels[match[1]], text)
    text = _NUMBER.sub(lambda match: match[1] % case.value, text)
    return text.replace(_PERCENTAGE, f"{case.value * 100:.4g}%")
