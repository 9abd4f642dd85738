"""Alerts: names that are free, and tuning that changes something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import get_args

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, rule
from mlopsgen.spec.observability import BuiltinAlert, CanaryAlert, ObjectiveAlert
from mlopsgen.spec.said import named, quoted

_BUILTIN = frozenset(get_args(BuiltinAlert))
_OF_CANARIES = frozenset(get_args(CanaryAlert))
_OF_OBJECTIVES = frozenset(get_args(ObjectiveAlert))

_AGE = "a duration, such as 90m or 24h"
_LATENCY = "a duration, such as 250ms or 1s"
_SHARE = "a share between 0% and 100%, such as 5%"
_COUNT = "a count, such as 3"
_UNITS: Mapping[str, str] = MappingProxyType(
    {
        "CertificateNotRenewed": _AGE,
        "FeaturesStale": _AGE,
        "HighInferenceErrorRate": _SHARE,
        "HighInferenceLatency": _LATENCY,
        "HighPipelineFailureRate": _SHARE,
        "InferenceServiceRestarts": _COUNT,
        "LLMCacheFull": _SHARE,
        "LLMRequestsWaiting": _COUNT,
        "LowGPUUtilization": _SHARE,
        "NodePoolNearLimit": _SHARE,
    }
)
"""What the threshold of an alert is. The others have none: MLflow, a feature server and a GPU work
or they don't, and one lost event is too many."""

_WRITTEN = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,6})?)(?P<unit>ms|s|m|h|%)?")


@rule("ALERT001")
def alerts_have_names_of_their_own(checked: Checked) -> Iterator[Finding]:
    """An alert of your own has a name that no built-in alert has.

    Alertmanager routes and silences by name. Whoever silences one of two alerts with the same
    name silences the other as well.
    """
    for name in checked.platform.alerts.custom:
        if name in _BUILTIN:
            at = ("alerts", "custom", name)
            yield Finding(
                at=at,
                message=f"{named(at)} has the name of a built-in alert",
                fix=f"rename it, or change the built-in alert under `tune`: `{name}: {{...}}`",
                on_key=True,
            )
        elif name in _OF_CANARIES | _OF_OBJECTIVES:
            at = ("alerts", "custom", name)
            of = "canaries" if name in _OF_CANARIES else "objectives"
            yield Finding(
                at=at,
                message=f"{named(at)} has the name of an alert on {of}",
                fix="rename it",
                on_key=True,
            )


@rule("ALERT002")
def tuned_alerts_are_there(checked: Checked) -> Iterator[Finding]:
    """An alert that is tuned is switched on.

    Tuning changes an alert that is there and adds none. Whoever wrote the threshold would wait
    for an alert that never comes.
    """
    alerts = checked.platform.alerts
    wanted = () if alerts.builtin == "none" else alerts.builtin
    if wanted == "all":
        return
    for name, tuning in alerts.tune.items():
        if name in wanted or not tuning.enabled:
            continue
        at = ("alerts", "tune", name)
        add = f"write `builtin: [{', '.join((*wanted, name))}]`"
        yield Finding(
            at=at,
            message=f"{named(at)} tunes an alert that `alerts.builtin` doesn't switch on",
            fix=f"{add}, or take `{name}` away",
            related=(Related(("alerts", "builtin"), "built-in alerts are switched on here"),)
            if "builtin" in alerts.model_fields_set
            else (),
            on_key=True,
        )


@rule("ALERT003")
def thresholds_are_in_the_unit_of_the_alert(checked: Checked) -> Iterator[Finding]:
    """A threshold is in the unit of its alert.

    A latency is compared in seconds and a share as a part of one. A threshold of another unit, or
    one that is always or never passed, would make an alert that tells nothing.
    """
    for name, tuning in checked.platform.alerts.tune.items():
        written = tuning.threshold
        if written is None or (name in _UNITS and _measures(str(written), _UNITS[name])):
            continue
        at = ("alerts", "tune", name, "threshold")
        if name not in _UNITS:
            message, fix = f"{named(at)} is there; `{name}` has no threshold", "take it away"
        else:
            message = f"{named(at)} is {quoted(written)}; it is {_UNITS[name]}"
            fix = f"write `threshold: {_UNITS[name].rpartition(' ')[2]}`"
        yield Finding(at=at, message=message, fix=fix)


def _measures(text: str, unit: str) -> bool:
    """Whether *text* is a threshold in *unit*; a bare number is in the alert's own."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return False
    number, written = float(match["number"]), match["unit"]
    if unit == _COUNT:
        return written is None
    if unit == _SHARE:
        return written in (None, "%") and 0 < number < (100 if written else 1)
    return written != "%" and number > 0


RULES = (
    alerts_have_names_of_their_own,
    tuned_alerts_are_there,
    thresholds_are_in_the_unit_of_the_alert,
)
