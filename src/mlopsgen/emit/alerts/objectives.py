"""Objectives of models: what is recorded of them, and alerts on how fast they are used up.

Windows and factors are those of Google's Site Reliability Workbook, chapter 5, "Multiwindow,
multi-burn-rate alerts", for an objective over 30 days: 2 % of what may fail burnt within an hour,
or 5 % within six, wakes somebody; 10 % within one day or three is for the day. The short window,
a twelfth of the long one, ends the alert soon after the trouble.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlopsgen.emit.alerts.inference import series_of
from mlopsgen.emit.alerts.rows import Case, Query, number
from mlopsgen.emit.alerts.thresholds import threshold
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.metering import BUDGET, OBJECTIVE_LABELS, Meter, burnt, meter_of, promising
from mlopsgen.spec.observability import ObjectiveAlert, Severity

_LATE = 0.05
"""What may take longer than a P95."""

_FAST = ((14.4, "1h", "5m"), (6.0, "6h", "30m"))
_SLOW = ((3.0, "1d", "2h"), (1.0, "3d", "6h"))
_WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
_REQUESTS = 6_000_000
"""A minute, in the tests: enough that shares with four decimals are whole numbers."""

BECAUSE = (
    "an objective leaves a share of the requests that may fail in 30 days; at 14.4 times the even"
    " pace it is gone in two days, at the even pace nothing is left for the next month"
)

RUNBOOK = """\
1. `slo: availability`: see `HighInferenceErrorRate`; the model answers with failures of its own.
2. `slo: latency`: see `HighInferenceLatency`; more requests than promised take too long.
3. A canary counts as well. If it began with one, take it back with `canary.weight: 0`.
4. `SLOBurnsSlowly` needs nobody at night: find out what it is before the objective is missed.
"""


@dataclass(frozen=True, slots=True)
class Objective:
    """One promise of a model: how it is measured, and the share that may break it."""

    kind: str
    meter: Meter
    budget: float
    bound: str = ""
    """Of the bucket with the requests that are fast enough, for a latency."""

    def broken(self, window: str) -> str:
        """Return the share of the requests that broke it within *window*."""
        if self.kind == "latency" and self.meter.latency:
            timed = self.meter.latency.buckets
            fast = timed.narrowed(f'le="{self.bound}"').rate(window=window)
            every = timed.narrowed('le="+Inf"').rate(window=window)
            return f"1 - {fast}\n  / {every}"
        asked = self.meter.asked(window=window)
        failed = self.meter.failures.rate(window=window) if self.meter.failures else asked
        return f"({failed} or 0 * {asked})\n  / {asked}"


@dataclass(frozen=True, slots=True)
class Burn:
    """An alert on objectives of a model."""

    name: ObjectiveAlert
    query: Query
    severity: Severity


def objectives(plan: Plan) -> Iterator[tuple[Served, tuple[dict[str, Any], ...], tuple[Burn, ...]]]:
    """Yield each model that promises something, with what is recorded and the alerts on it."""
    canaries = {one.model: one for one in plan.served if one.canary}
    for served in plan.served:
        if not promising(served):
            continue
        found = tuple(_promised(served, canaries.get(served.model)))
        records = tuple(rule for each in found for rule in _records(served, each))
        burns = tuple(burn for each in found for burn in _burns(served, each))
        yield served, records, burns


def _promised(served: Served, canary: Served | None) -> Iterator[Objective]:
    slo, meter = served.spec.slo, meter_of(served.runtime)
    if slo is None or meter is None:
        return
    whole = meter.whole(served, canary)
    if slo.availability and meter.failures:
        yield Objective("availability", whole, round(1 - threshold(slo.availability, "share"), 9))
    if slo.latency_p95 and meter.latency:
        yield Objective("latency", whole, _LATE, str(slo.latency_p95 / 1000))


def _labels(served: Served, objective: Objective) -> dict[str, str]:
    return dict(
        zip(OBJECTIVE_LABELS, (served.namespace, served.model, objective.kind), strict=True)
    )


def _records(served: Served, objective: Objective) -> Iterator[dict[str, Any]]:
    labels = _labels(served, objective)
    for window in _WINDOWS:
        yield {"record": burnt(window), "expr": objective.broken(window), "labels": labels}
    yield {"record": BUDGET, "expr": f"vector({number(objective.budget)})", "labels": labels}


def _burns(served: Served, objective: Objective) -> Iterator[Burn]:
    said = f"The {objective.kind} of {served.namespace}/{served.model}"
    rest = f"{number(objective.budget * 100)} % may fail; so much failed of late."
    yield Burn(
        "SLOBurnsFast",
        Query(
            expr=_burning(served, objective, _FAST),
            summary=f"{said} breaks its objective: {{{{ $value | humanizePercentage }}}} fail",
            description=f"At this pace nothing is left of the month within days. {rest}",
            cases=_cases(served, objective, 10),
            labels={"slo": objective.kind},
        ),
        "critical",
    )
    yield Burn(
        "SLOBurnsSlowly",
        Query(
            expr=_burning(served, objective, _SLOW),
            summary=f"{said} won't keep its objective: {{{{ $value | humanizePercentage }}}} fail",
            description=f"At this pace nothing is left at the end of the month. {rest}",
            cases=_cases(served, objective, 2),
            labels={"slo": objective.kind},
        ),
        "warning",
    )


def _burning(
    served: Served, objective: Objective, windows: tuple[tuple[float, str, str], ...]
) -> str:
    where = ", ".join(f'{key}="{value}"' for key, value in _labels(served, objective).items())
    return "\n  or ".join(
        f"{burnt(long)}{{{where}}} > {limit} and {burnt(short)}{{{where}}} > {limit}"
        for factor, long, short in windows
        for limit in (number(factor * objective.budget),)
    )


def _cases(served: Served, objective: Objective, factor: float) -> tuple[Case, ...]:
    """Return a case that burns *factor* times too fast, one that is kept, and one without any."""

    def history(broken: int, asked: int) -> tuple[tuple[str, str], ...]:
        meter = objective.meter
        if objective.bound and meter.latency:
            timed = meter.latency.buckets
            return (
                (series_of(timed, served, f'le="{objective.bound}"'), f"0+{asked - broken}x{{n}}"),
                (series_of(timed, served, 'le="+Inf"'), f"0+{asked}x{{n}}"),
            )
        failures = meter.failures or meter.requests
        return (
            (series_of(meter.requests, served), f"0+{asked - broken}x{{n}}"),
            (series_of(failures, served), f"0+{broken}x{{n}}"),
        )

    many = round(factor * objective.budget * _REQUESTS)
    few = round(objective.budget / 2 * _REQUESTS)
    where = _labels(served, objective)
    return (
        Case("too many break it", history(many, _REQUESTS), where, many / _REQUESTS),
        Case("half of what may break it does", history(few, _REQUESTS)),
        Case("nobody asks", history(0, 0)),
    )
