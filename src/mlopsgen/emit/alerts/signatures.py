"""What of signatures is worth a call at night: while Kyverno is away, no pod starts."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.down import down
from mlopsgen.emit.alerts.rows import Query
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import endpoint
from mlopsgen.plan.signatures import POLICY, asked

_REQUESTS = "kyverno_admission_requests_total"


def kyverno_down(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for Kyverno of which no pod answers, where no pod starts without it."""
    part = plan.parts.get("kyverno")
    found = endpoint(part, _REQUESTS)
    audited = POLICY in plan.platform.policies.audit
    if part is None or found is None or audited or not asked(plan):
        return
    yield down(
        part,
        found.job,
        who="Kyverno",
        effect="No pod starts in the namespaces whose images need signatures.",
    )
