"""Canaries: gates that say something."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, rule
from mlopsgen.spec.said import named


@rule("CANARY002")
def gates_have_a_threshold(checked: Checked) -> Iterator[Finding]:
    """A gate says what the canary has to keep to.

    Without a threshold nothing would ever be told of the canary, and silence would look like a
    canary that is as good as it should be.
    """
    for name, model in checked.platform.models.items():
        gate = model.canary.gate if model.canary else None
        if gate and gate.latency_p95 is None and gate.error_rate is None:
            at = ("models", name, "canary", "gate")
            yield Finding(
                at=at,
                message=f"{named(at)} has neither `latencyP95` nor `errorRate`",
                fix="add `latencyP95: 1s`, with the longest time that 95 % of the requests may"
                " take, or take `gate` away",
                on_key=True,
            )


RULES = (gates_have_a_threshold,)
