"""Objectives are on what the model's server measures."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diagnostics import Finding, Related, rule
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.metering import Latency, meter_of


@rule("SLO001")
def objectives_are_measured(plan: Plan) -> Iterator[Finding]:
    """What a model promises is measured by its server.

    An objective becomes alerts on the server's own metrics. Of what it doesn't count, or counts
    only around other bounds, nobody could say whether the promise is kept, and silence would look
    like a promise that is.
    """
    for served in plan.served:
        slo = served.spec.slo
        if slo is None or served.canary:
            continue
        if "prometheus" not in plan.parts:
            yield _unmeasured(served, "", "`components` has no `prometheus` to measure it", "")
            continue
        meter, runtime = meter_of(served.runtime), served.spec.runtime
        if slo.availability and (meter is None or meter.failures is None):
            told = f"`{runtime}` doesn't tell requests that failed from others"
            yield _unmeasured(served, "availability", told, "")
        if slo.latency_p95:
            told, instead = _latency(served, meter.latency if meter else None, slo.latency_p95)
            if told:
                yield _unmeasured(served, "latencyP95", told, instead)


def _latency(served: Served, latency: Latency | None, millis: int) -> tuple[str, str]:
    """Return why a latency can't be told from a slower one, and what could be."""
    runtime, metrics = served.spec.runtime, served.runtime.metrics
    if latency is None or metrics is None:
        return f"`{runtime}` doesn't tell how long most of its requests take", ""
    bounds = metrics.names[latency.buckets.metric].bounds
    if not bounds:
        return f"the bounds between which `{runtime}` counts aren't known", ""
    if millis / 1000 in bounds:
        return "", ""
    near = sorted(bounds, key=lambda bound: abs(bound - millis / 1000))[:2]
    instead = " or ".join(f"`latencyP95: {_written(bound)}`" for bound in sorted(near))
    counted = ", ".join(_written(bound) for bound in bounds)
    return f"it is {_written(millis / 1000)}; `{runtime}` counts up to {counted}", instead


def _written(bound: float) -> str:
    return f"{bound:g}s" if bound >= 1 else f"{bound * 1000:g}ms"


def _unmeasured(served: Served, key: str, told: str, instead: str) -> Finding:
    at = ("models", served.model, "slo", *([key] if key else []))
    named = f"`models.{served.model}` has `{'.'.join(at[2:])}`, and {told}"
    related = Related(("models", served.model, "runtime"), "the runtime is chosen here")
    return Finding(
        at=at,
        message=named,
        fix=f"write {instead}" if instead else f"take `{key or 'slo'}` away",
        related=(related,) if key else (),
        on_key=True,
    )


CHECKS = (objectives_are_measured,)
RULES = tuple(each.rule for each in CHECKS)
