"""What of signatures is worth a call at night: while Kyverno is away, no pod starts."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.rows import Case, Query
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import endpoint
from mlopsgen.plan.signatures import POLICY, asked

_REQUESTS = "kyverno_admission_requests_total"
_REPLICAS = ("10.0.1.7:8000", "10.0.2.9:8000")


def kyverno_down(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for Kyverno of which no pod answers, where no pod starts without it."""
    part = plan.parts.get("kyverno")
    found = endpoint(part, _REQUESTS)
    audited = POLICY in plan.platform.policies.audit
    if part is None or found is None or audited or not asked(plan):
        return
    labels = f'job="{found.job}", namespace="{part.namespace}"'
    where = {"job": found.job, "namespace": part.namespace}
    up = f"up{{{labels}}}"
    one, other = (f'up{{{labels}, instance="{each}"}}' for each in _REPLICAS)
    yield Query(
        expr=f"max by (job, namespace) ({up}) == 0 or absent({up})",
        summary="Kyverno in {{ $labels.namespace }} doesn't answer",
        description="No pod of it answers Prometheus, or there is none. No pod starts in the"
        " namespaces whose images need signatures.",
        cases=(
            Case("no pod answers", ((one, "0+0x{n}"), (other, "0+0x{n}")), where),
            Case("there is no pod", (), where),
            Case("one of two answers", ((one, "0+0x{n}"), (other, "1+0x{n}"))),
        ),
    )
