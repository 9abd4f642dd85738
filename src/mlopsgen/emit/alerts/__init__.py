"""Alerts: the built-in ones as far as something emits their metrics, and those users wrote.

Each is an object and a rule file of its own, since Prometheus drops all of a file when one
expression in it doesn't parse. The built-in ones come with a runbook, and with tests for promtool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlopsgen import units
from mlopsgen.artifact import Artifact, manifest
from mlopsgen.diagnostics import SpecPath
from mlopsgen.emit.alerts import objectives as slo
from mlopsgen.emit.alerts import prices
from mlopsgen.emit.alerts.canaries import BECAUSE, RUNBOOK, Watch, watched
from mlopsgen.emit.alerts.rows import Alert, Query
from mlopsgen.emit.alerts.table import BUILTIN
from mlopsgen.emit.alerts.thresholds import threshold
from mlopsgen.emit.alerts.trial import own_trial, trial
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.applications import MONITORING
from mlopsgen.plan.metering import read_labels
from mlopsgen.shapes import Shapes
from mlopsgen.spec import CustomAlert, Tuning

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Family:
    """Rules that stand or fall together, with the name of their files."""

    slug: str
    rules: list[Rule]
    annotations: Mapping[str, str]
    origins: tuple[SpecPath, ...]


_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield for each alert its PrometheusRule and rule file; for ours, runbook and tests too."""
    if "prometheus" not in plan.parts:
        return
    alerts = plan.platform.alerts
    for alert in BUILTIN:
        tuning = alerts.tune.get(alert.name, Tuning())
        wanted = alerts.builtin == "all" or alert.name in alerts.builtin
        if wanted and tuning.enabled:
            yield from _builtin(plan, shapes, alert, tuning)
    for served, watches in watched(plan):
        yield from _canary(plan, shapes, served, watches)
    for served, records, burns in slo.objectives(plan):
        yield from _objectives(plan, shapes, served, records, burns)
    yield from _prices(plan, shapes)
    written: dict[str, list[str]] = {}
    for name in alerts.custom:
        written.setdefault(f"custom-{_slug(name)}", []).append(name)
    for slug, names in written.items():
        rules = [_custom(name, alerts.custom[name]) for name in names]
        origins = tuple(("alerts", "custom", name) for name in names)
        family = _Family(slug, rules, {}, origins)
        yield from _rules(plan, shapes, family)
        tests = [
            own_trial(name, alerts.custom[name], test)
            for name in names
            for test in alerts.custom[name].tests
        ]
        if tests:
            yield _tests(family, tests)


def _slug(name: str) -> str:
    """Return the name of an alert in small letters: HighGPULoad is high-gpu-load.

    Two names may give the same; then they share an object.
    """
    return _WORD.sub("-", name.replace("MLflow", "Mlflow")).lower()


def _builtin(plan: Plan, shapes: Shapes, alert: Alert, tuning: Tuning) -> Iterator[Artifact]:
    limit = alert.threshold
    if tuning.threshold is not None:
        limit = threshold(tuning.threshold, alert.unit)
    holds_for = alert.holds_for if tuning.holds_for is None else tuning.holds_for
    severity = tuning.severity or alert.severity
    queries = tuple(alert.compile(plan, limit))
    if not queries:
        return
    slug = _slug(alert.name)
    runbook = _runbook_url(plan, slug)
    rules = [_rule(alert.name, query, holds_for, severity, runbook) for query in queries]
    origins: tuple[SpecPath, ...] = (("alerts", "builtin"),)
    if alert.name in plan.platform.alerts.tune:
        origins += (("alerts", "tune", alert.name),)
    tests = [
        trial(case, rule, holds_for)
        for query, rule in zip(queries, rules, strict=True)
        for case in query.cases
    ]
    family = _Family(slug, rules, _annotations(plan, alert), origins)
    yield from _tested(
        plan, shapes, family, tests, _runbook(alert.name, alert.because, alert.runbook)
    )


def _canary(
    plan: Plan, shapes: Shapes, served: Served, watches: tuple[Watch, ...]
) -> Iterator[Artifact]:
    """Yield the alerts on a canary that has thresholds."""
    slug = f"canary-{served.model}"
    runbook = _runbook_url(plan, slug)
    rules = [_rule(one.name, one.query, one.holds_for, one.severity, runbook) for one in watches]
    tests = [
        trial(case, rule, one.holds_for)
        for one, rule in zip(watches, rules, strict=True)
        for case in one.query.cases
    ]
    own = served.spec.canary and served.spec.canary.thresholds
    origin = (*served.origin, "thresholds") if own else ("models", served.model, "slo")
    family = _Family(slug, rules, {"mlopsgen/because": BECAUSE}, (origin,))
    text = _runbook(f"Canary of {served.model}", BECAUSE, RUNBOOK)
    yield from _tested(plan, shapes, family, tests, text)


def _objectives(
    plan: Plan,
    shapes: Shapes,
    served: Served,
    records: tuple[Rule, ...],
    burns: tuple[slo.Burn, ...],
) -> Iterator[Artifact]:
    """Yield what is recorded of a model's objectives, and the alerts on them."""
    slug = f"slo-{served.model}"
    runbook = _runbook_url(plan, slug)
    alerts = [_rule(one.name, one.query, 0, one.severity, runbook) for one in burns]
    tests = [
        trial(case, rule, 0)
        for one, rule in zip(burns, alerts, strict=True)
        for case in one.query.cases
    ]
    annotations = {"mlopsgen/because": slo.BECAUSE}
    family = _Family(slug, [*records, *alerts], annotations, (("models", served.model, "slo"),))
    text = _runbook(f"Objectives of {served.model}", slo.BECAUSE, slo.RUNBOOK)
    yield from _tested(plan, shapes, family, tests, text)


def _prices(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield what instance types cost, where a dashboard shows it."""
    if rules := prices.records(plan):
        annotations = {"mlopsgen/because": prices.because(plan)}
        family = _Family(prices.SLUG, rules, annotations, (("dashboards", "builtin"),))
        yield from _rules(plan, shapes, family)
        yield _tests(family, prices.trials(rules))


def _tested(
    plan: Plan, shapes: Shapes, family: _Family, tests: list[dict[str, Any]], runbook: str
) -> Iterator[Artifact]:
    """Yield rules of ours, with tests for promtool and a runbook."""
    yield from _rules(plan, shapes, family)
    yield _tests(family, tests)
    path, origins = f"prometheus/{family.slug}.md", family.origins
    yield Artifact(path=path, body=runbook, emitter=__name__, origin=origins)


def _tests(family: _Family, tests: list[dict[str, Any]]) -> Artifact:
    """Return the file of tests that promtool runs."""
    rules = [f"{family.slug}.rules.yaml"]
    body = {"rule_files": rules, "evaluation_interval": "1m", "tests": tests}
    path, origins = f"prometheus/{family.slug}.test.yaml", family.origins
    return Artifact(path=path, body=body, emitter=__name__, origin=origins)


def _rule(name: str, query: Query, holds_for: int, severity: str, runbook: str) -> Rule:
    annotations = {"summary": query.summary, "description": query.description}
    return {
        "alert": name,
        "expr": query.expr,
        **({"for": units.duration(holds_for)} if holds_for else {}),
        "labels": {**query.labels, "severity": severity},
        "annotations": annotations | ({"runbook_url": runbook} if runbook else {}),
    }


def _custom(name: str, alert: CustomAlert) -> Rule:
    """Return the rule of a user's own alert, with the expression as it was written."""
    said = {
        "summary": alert.summary,
        "description": alert.description,
        "runbook_url": alert.runbook,
    }
    return {
        "alert": name,
        "expr": alert.expr,
        "for": units.duration(alert.holds_for),
        "labels": {**alert.labels, "severity": alert.severity},
        "annotations": {key: text for key, text in said.items() if text},
    }


def _rules(plan: Plan, shapes: Shapes, family: _Family) -> Iterator[Artifact]:
    """Yield the object that the operator reads and the same rules as a file for promtool."""
    prometheus, origins = plan.parts["prometheus"], family.origins
    groups = [{"name": family.slug, "rules": family.rules}]
    document = shapes.one(
        "alerts/prometheus-rule.yaml",
        name=family.slug,
        namespace=prometheus.namespace,
        labels=read_labels(plan, prometheus, "alerts"),
        annotations=family.annotations,
        groups=groups,
    )
    found = manifest(MONITORING, document, emitter=__name__, origin=origins[0], qualified=True)
    yield replace(found, origin=origins)
    path, body = f"prometheus/{family.slug}.rules.yaml", {"groups": groups}
    yield Artifact(path=path, body=body, emitter=__name__, origin=origins)


def _annotations(plan: Plan, alert: Alert) -> dict[str, str]:
    """Return why the alert is as it is, and which models it can't see."""
    unseen = ", ".join(alert.unseen(plan))
    return {
        "mlopsgen/because": alert.because,
        **({"mlopsgen/blind-to": f"{unseen}: emits nothing to tell it by"} if unseen else {}),
    }


def _runbook_url(plan: Plan, slug: str) -> str:
    """Return where the runbook is read, if the repository has an address for browsers."""
    gitops = plan.platform.gitops
    if gitops is None or not gitops.repository.startswith("https://"):
        return ""
    base = gitops.repository.removesuffix("/").removesuffix(".git")
    folder = f"{gitops.path}/{plan.environment}"
    return f"{base}/blob/{gitops.revision}/{folder}/prometheus/{slug}.md"


def _runbook(title: str, because: str, steps: str) -> str:
    return f"# {title}\n\nWhy it is watched: {because}.\n\n{steps}"
