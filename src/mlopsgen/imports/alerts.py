"""PrometheusRules into alerts: those that mlopsgen brings along, and those of users' own."""

from __future__ import annotations

from typing import get_args

from mlopsgen.diagnostics import SpecPath
from mlopsgen.imports.fragment import BUILTIN_ALERTS, Fragment, Spot
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.tree import Json, rows, strings, text
from mlopsgen.spec.observability import BuiltinAlert, CanaryAlert, ObjectiveAlert, Severity

BUILTIN = frozenset(get_args(BuiltinAlert))
_MADE = {
    **dict.fromkeys(get_args(CanaryAlert), "mlopsgen writes it where a canary has `thresholds`"),
    **dict.fromkeys(get_args(ObjectiveAlert), "mlopsgen writes it where a model has an `slo`"),
}
_SEVERITIES = frozenset(get_args(Severity))
_SAID = {"summary": "summary", "description": "description", "runbook_url": "runbook"}
_SOON = "1m"
"""What `for` becomes where there is none: the shortest that holds for two evaluations."""


def alerts(manifest: Manifest, into: Fragment) -> None:
    """Put the alerts of *manifest*, a PrometheusRule."""
    for group, one in rows(manifest.body, "spec", "groups"):
        for index, row in rows(one, "rules"):
            route: SpecPath = ("spec", "groups", group, "rules", index)
            name = text(row, "alert")
            if not name:
                why = "platform.yaml has no word for what is recorded; `slo` of a model records its"
                into.note(manifest, route, f"{why} own")
            elif name in _MADE:
                into.note(manifest, route, _MADE[name])
            elif name in BUILTIN:
                _builtin(manifest, name, row, route, into)
            else:
                _own(manifest, name, row, route, into)


def _builtin(manifest: Manifest, name: str, row: Json, route: SpecPath, into: Fragment) -> None:
    """Ask for the alert that mlopsgen has under this name, as serious as the original."""
    into.add(BUILTIN_ALERTS, name, Spot(manifest, (*route, "alert")))
    there = ("alerts", "tune", name)
    if wait := text(row, "for"):
        into.put((*there, "for"), wait, Spot(manifest, (*route, "for")))
    severity = text(row, "labels", "severity")
    if severity in _SEVERITIES:
        spot = Spot(manifest, (*route, "labels", "severity"))
        into.put((*there, "severity"), severity, spot)
    why = f"mlopsgen has an expression of its own for `{name}`; its threshold is under `tune`"
    into.note(manifest, (*route, "expr"), why)


def _own(manifest: Manifest, name: str, row: Json, route: SpecPath, into: Fragment) -> None:
    there = ("alerts", "custom", name)
    into.put((*there, "expr"), text(row, "expr"), Spot(manifest, (*route, "expr")))
    wait = text(row, "for")
    into.put((*there, "for"), wait or _SOON, Spot(manifest, (*route, "for" if wait else "alert")))
    if not wait:
        why = f"an alert waits for something; `for: {_SOON}` was written where it had none"
        into.note(manifest, (*route, "alert"), why)
    labels = strings(row, "labels")
    severity = labels.pop("severity", "")
    at = Spot(manifest, (*route, "labels", "severity") if severity else (*route, "alert"))
    into.put((*there, "severity"), severity if severity in _SEVERITIES else "warning", at)
    if severity not in _SEVERITIES:
        known = ", ".join(sorted(_SEVERITIES))
        why = f"a severity is one of {known}; `warning` was written"
        into.note(manifest, at.path, why)
    said = strings(row, "annotations")
    for key, word in _SAID.items():
        if key in said:
            into.put((*there, word), said[key], Spot(manifest, (*route, "annotations", key)))
    if "summary" not in said:
        into.put((*there, "summary"), said.get("message", name), Spot(manifest, (*route, "alert")))
    for key, value in labels.items():
        into.put((*there, "labels", key), value, Spot(manifest, (*route, "labels", key)))


def carried_as_written(name: str) -> bool:
    """Say whether the expression of an alert of this name stands in the fragment."""
    return bool(name) and name not in BUILTIN and name not in _MADE
