"""Canaries are judged by what their server measures."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diagnostics import Finding, Related, rule
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.metering import meter_of


@rule("CANARY001")
def thresholds_are_measured(plan: Plan) -> Iterator[Finding]:
    """What a canary has a threshold for is measured by the model's server.

    Thresholds become alerts on the canary's own metrics. Of what its server doesn't count no alert
    ever fires, and silence would look like a canary that is as good as it should be.
    """
    for served in plan.served:
        kept = served.spec.canary.thresholds if served.spec.canary else None
        if not served.canary or kept is None:
            continue
        meter, runtime = meter_of(served.runtime), served.spec.runtime
        if meter is None:
            yield _unmeasured(served, "thresholds", f"`{runtime}` measures none of its requests")
            continue
        if kept.error_rate and meter.failures is None:
            told = f"`{runtime}` doesn't tell requests that failed from others"
            instead = "" if kept.latency_p95 or not meter.latency else "latencyP95: 1s"
            yield _unmeasured(served, "thresholds.errorRate", told, instead)
        if kept.latency_p95 and meter.latency is None:
            told = f"`{runtime}` doesn't tell how long most of its requests take"
            instead = "" if kept.error_rate or not meter.failures else "errorRate: 5%"
            yield _unmeasured(served, "thresholds.latencyP95", told, instead)


def _unmeasured(served: Served, key: str, told: str, instead: str = "") -> Finding:
    *_, last = at = (*served.origin, *key.split("."))
    related = Related(("models", served.model, "runtime"), "the runtime is chosen here")
    return Finding(
        at=at,
        message=f"`models.{served.model}.canary` has `{key}`, and {told}",
        fix=f"{f'write `{instead}` instead, or ' if instead else ''}take `{last}` away",
        related=(related,),
        on_key=True,
    )


CHECKS = (thresholds_are_measured,)
RULES = tuple(each.rule for each in CHECKS)
