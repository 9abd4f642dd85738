"""Metrics: what Prometheus is asked parses, is there, is scraped, and means what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding
from mlopsgen.later import later
from mlopsgen.plan import Plan
from mlopsgen.prove import dashboards
from mlopsgen.prove.emitted import OUR_FAULT
from mlopsgen.prove.expressions import Expression, expressions
from mlopsgen.prove.metric_rules import (
    EMITTED,
    EMPTY,
    KNOWN,
    LABELLED,
    PARSED,
    REACHED,
    RULES,
    SCRAPED,
    WINDOWED,
    Fault,
)
from mlopsgen.prove.metric_sources import World, world
from mlopsgen.prove.metric_values import read_by_prometheus, values_of
from mlopsgen.prove.metric_written import declared, recorded
from mlopsgen.prove.promql_values import Value, listed

__all__ = ["RULES", "answered"]

_LABEL = re.compile(r"\$labels\.(\w+)|\.Labels\.(\w+)|index \$labels \"(\w+)\"", re.ASCII)


def answered(plan: Plan, artifacts: Iterable[Artifact]) -> Iterator[Finding]:
    """Yield what is wrong with what *plan*'s Prometheus is asked for and told to scrape."""
    if "prometheus" not in plan.parts:
        return
    kept = tuple(artifacts)
    asked = tuple(expressions(plan, kept))
    known = declared(world(plan, kept), plan.platform.alerts.metrics)
    yield from _passed_over(plan, kept, known)
    yield from dashboards.sourced(kept)
    if not asked:
        return
    promql = later("mlopsgen.prove.promql")
    for expression in sorted(filter(_written, asked), key=lambda each: each.use != "record"):
        value, faults = promql.faults(expression.text, known)
        for fault in faults:
            yield _finding(expression, fault)
        if value is not None:
            for fault in _used(expression, value, known):
                yield _finding(expression, fault)
            if expression.use == "record":
                known = recorded(known, expression.record, value, expression.labels)


def _written(expression: Expression) -> bool:
    return bool(expression.text) or expression.use != "panel"


def _finding(expression: Expression, fault: Fault) -> Finding:
    rule, fix = fault.rule, fault.fix
    if expression.ours and rule not in {REACHED, SCRAPED}:
        rule, fix = (EMITTED if rule is KNOWN else rule), OUR_FAULT
    return rule.at(expression.at, f"{expression.name} {fault.told}", fix=fix)


def _used(expression: Expression, value: Value, known: World) -> Iterator[Fault]:
    """Yield what is wrong with what is done with the *value* of an expression."""
    if value.window is not None or value.ranged or (value.scalar and value.text):
        kind = "text" if value.text else "a range"
        yield Fault(PARSED, f"gives {kind}, not series", "compare something with a threshold")
    if expression.use == "trigger" and value.gaps:
        told = "can be 0 / 0, and KEDA takes NaN for neither few nor many"
        yield Fault(EMPTY, told, "keep only what was asked: divide by `(... > 0)`")
    often = max(known.interval, value.interval)
    if expression.use == "alert" and 0 < expression.holds_for < often:
        told = f"is to hold for {expression.holds_for:g} s, and is looked at every {often:g} s"
        yield Fault(WINDOWED, told, f"write `for: {often:g}s` or longer")
    if value.labels is None:
        return
    named = {next(filter(None, each)) for text in expression.said for each in _LABEL.findall(text)}
    for label in sorted(named - value.labels - {"alertname"}):
        has = listed(sorted(value.labels)) or "no labels"
        told = f"says `$labels.{label}`, and what it gives has {has}"
        yield Fault(LABELLED, told, f"keep `{label}` where it is added up, or take it out")


def _passed_over(plan: Plan, artifacts: tuple[Artifact, ...], known: World) -> Iterator[Finding]:
    """Yield the rules and monitors that are there and do nothing."""
    prometheus = plan.parts["prometheus"]
    values = values_of(artifacts, "prometheus")
    for artifact, why in known.idle:
        told = f"`{artifact.path}` scrapes nothing: {why}"
        yield SCRAPED.at(artifact.origin[0], told, fix="let it find what it is for")
    for artifact in artifacts:
        for document in artifact.objects:
            if document["kind"] != "PrometheusRule":
                continue
            if why := read_by_prometheus(document, values, prometheus):
                told = f"`{artifact.path}` does nothing: {why}"
                yield SCRAPED.at(artifact.origin[0], told, fix="let Prometheus read it")
