"""The alerts on canaries: too slow, failing too often, or not asked at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlopsgen.emit.alerts.inference import failing, slow, unasked
from mlopsgen.emit.alerts.rows import Query, number
from mlopsgen.emit.alerts.thresholds import threshold
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.metering import meter_of
from mlopsgen.spec import Thresholds
from mlopsgen.spec.observability import CanaryAlert, Severity

_MINUTE = 60_000

BECAUSE = (
    "a canary is there to be judged: it is taken back when it is worse than its thresholds, and"
    " an hour without an alert of it, requests given, is what a higher weight is decided on"
)

RUNBOOK = """\
1. `CanaryTooSlow`, `CanaryFailsTooOften`: take the canary back with `canary.weight: 0`, which
   takes its requests away. Its pods stay for a look at their logs:
   `kubectl logs -n NAMESPACE -l app=isvc.MODEL-canary-predictor`.
2. The stable version has the same trouble: it isn't the canary. See the alerts on all models.
3. `CanaryNotAsked`: nothing can be said for or against it. Raise `canary.weight`, or take
   `canary` away.
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """One alert on a canary."""

    name: CanaryAlert
    query: Query
    holds_for: int
    """Milliseconds."""

    severity: Severity


def watched(plan: Plan) -> Iterator[tuple[Served, tuple[Watch, ...]]]:
    """Yield each canary that has thresholds, with the alerts on it."""
    for served in plan.served:
        kept = thresholds_of(served)
        if (
            served.canary
            and kept
            and not served.spec.stopped
            and (found := tuple(_watches(served, kept)))
        ):
            yield served, found


def thresholds_of(served: Served) -> Thresholds | None:
    """Return the thresholds of a canary: its own, or what its model promises."""
    canary, slo = served.spec.canary, served.spec.slo
    if canary is None or canary.thresholds or slo is None:
        return canary.thresholds if canary else None
    kept = threshold(slo.availability, "share") if slo.availability else None
    rate = f"{number((1 - kept) * 100)}%" if kept else None
    return Thresholds.model_construct(latency_p95=slo.latency_p95, error_rate=rate)


def _watches(served: Served, kept: Thresholds) -> Iterator[Watch]:
    meter = meter_of(served.runtime)
    if meter is None:
        return
    own = meter.only(served)
    if kept.latency_p95 and own.latency:
        query = slow(own, own.latency, served, kept.latency_p95 / 1000)
        yield Watch("CanaryTooSlow", query, 5 * _MINUTE, "warning")
    if kept.error_rate and own.failures:
        limit = threshold(kept.error_rate, "share")
        query = failing(own, own.failures, served, limit)
        yield Watch("CanaryFailsTooOften", query, 5 * _MINUTE, "critical")
    # Half an hour: with a low weight and few requests it is a while until one comes by.
    yield Watch("CanaryNotAsked", unasked(own, served), 30 * _MINUTE, "info")
