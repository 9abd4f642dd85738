"""Canaries: thresholds that say something."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, rule
from mlopsgen.spec.said import named


@rule("CANARY002")
def canaries_have_a_threshold(checked: Checked) -> Iterator[Finding]:
    """The thresholds of a canary say what it has to keep to.

    Without any nothing would ever be told of the canary, and silence would look like a
    canary that is as good as it should be.
    """
    for name, model in checked.platform.models.items():
        kept = model.canary.thresholds if model.canary else None
        if kept and kept.latency_p95 is None and kept.error_rate is None:
            at = ("models", name, "canary", "thresholds")
            yield Finding(
                at=at,
                message=f"{named(at)} has neither `latencyP95` nor `errorRate`",
                fix="add `latencyP95: 1s`, with the longest time that 95 % of the requests may"
                " take, or take `thresholds` away",
                on_key=True,
            )


RULES = (canaries_have_a_threshold,)
