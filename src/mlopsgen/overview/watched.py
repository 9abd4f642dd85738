"""What is watched: alerts with their thresholds, and objectives of models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlopsgen import units
from mlopsgen.artifact import Object
from mlopsgen.emit.alerts.rows import Alert, number
from mlopsgen.emit.alerts.table import BUILTIN
from mlopsgen.emit.alerts.thresholds import threshold
from mlopsgen.overview.content import Environment
from mlopsgen.overview.html import NOTHING, Column, Html, Inside, code, listed, table, tag
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import promising
from mlopsgen.spec import Tuning

_BUILTIN: Mapping[str, Alert] = {alert.name: alert for alert in BUILTIN}
_LABEL = re.compile(r"\{\{\s*\$labels\.(\w+)\s*\}\}")
_VALUE = re.compile(r"\{\{[^{}]*\$value[^{}]*\}\}")
_WORDS = (Column("says", words=True), Column("why", words=True))
_BECAUSE = "mlopsgen/because"


def alerts(one: Environment) -> Html:
    """Return every alert of an environment."""
    rows = [_row(one.plan, alike) for alike in _alike(one)]
    if not rows:
        return tag("p", "There are no alerts.")
    columns = ("alert", "severity", Column("threshold", figures=True), Column("for", figures=True))
    return table(
        f"{one.anchor}.alerts-table",
        "Alerts, with the threshold that is in force",
        (*columns, *_WORDS, "expression", "runbook"),
        rows,
        within=one.head,
    )


def rules(one: Environment) -> Iterator[tuple[Object, str]]:
    """Yield the rules that alert, with why they are there."""
    for artifact in one.artifacts:
        for document in artifact.objects:
            if document["kind"] == "PrometheusRule":
                because = document["metadata"].get("annotations", {}).get(_BECAUSE, "")
                for group in document["spec"]["groups"]:
                    yield from ((rule, because) for rule in group["rules"] if "alert" in rule)


@dataclass(frozen=True, slots=True)
class _Alike:
    """Rules that differ in their expressions alone."""

    rule: Object
    because: str
    expressions: tuple[str, ...]


def _alike(one: Environment) -> Iterator[_Alike]:
    found: dict[str, _Alike] = {}
    for rule, because in rules(one):
        key = repr((because, {**rule, "expr": ""}))
        before = found[key].expressions if key in found else ()
        found[key] = _Alike(rule, because, (*before, " ".join(rule["expr"].split())))
    yield from found.values()


def _row(plan: Plan, alike: _Alike) -> Sequence[Inside]:
    rule = alike.rule
    notes = rule["annotations"]
    runbook = notes.get("runbook_url", "")
    return (
        rule["alert"],
        rule["labels"]["severity"],
        _limit(plan, rule["alert"]),
        rule.get("for", "at once"),
        _filled(notes["summary"]),
        alike.because,
        tag("details", tag("summary", "PromQL"), listed(map(code, alike.expressions))),
        tag("a", "runbook", href=runbook) if runbook.startswith("http") else NOTHING,
    )


def _filled(summary: str) -> str:
    """Return *summary* with names for what Prometheus fills in."""
    return _VALUE.sub("VALUE", _LABEL.sub(lambda found: found[1].upper(), summary))


def _limit(plan: Plan, name: str) -> str:
    """Return the threshold of a built-in alert; those of others stand in the expression."""
    alert = _BUILTIN.get(name)
    if alert is None or alert.unit is None or name in plan.platform.alerts.custom:
        return ""
    tuned = dict[str, Tuning](plan.platform.alerts.tune.items()).get(name, Tuning()).threshold
    limit = alert.threshold if tuned is None else threshold(tuned, alert.unit)
    match alert.unit:
        case "seconds":
            return units.duration(round(limit * 1000))
        case "share":
            return f"{number(limit * 100)} %"
        case "count":
            return number(limit)


def objectives(one: Environment) -> Html:
    """Return what models promise."""
    rows = []
    for served in one.plan.served:
        slo = served.spec.slo
        if slo and not served.canary:
            late = units.duration(slo.latency_p95) if slo.latency_p95 else ""
            watched = "yes" if promising(served) else "no: its server measures nothing of it"
            rows.append((served.model, served.namespace, slo.availability or "", late, watched))
    if not rows:
        return tag("p", "No model has objectives.")
    columns = (
        "model", "namespace", Column("answers without fault", figures=True),
        Column("95 % answer within", figures=True), "watched",
    )  # fmt: skip
    return table(
        f"{one.anchor}.slo-table",
        "Objectives over 30 days",
        columns,
        rows,
        within=one.head,
    )
