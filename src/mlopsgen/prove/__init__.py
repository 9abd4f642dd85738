"""Proofs over what was planned and emitted: the cluster takes it, GPUs hold it, alerts see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding
from mlopsgen.plan import Plan
from mlopsgen.prove import admission, canaries, gpu_fit, metrics, slos, trials

RULES = (
    *admission.RULES,
    *gpu_fit.RULES,
    *canaries.RULES,
    *metrics.RULES,
    *slos.RULES,
    *trials.RULES,
)


def prove(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what would go wrong in the cluster with *plan* and the *artifacts* made from it."""
    crds = [part.facts.crds for part in plan.parts.values() if part.facts.crds]
    variants = {each.kind: each.contract for one in crds for each in one.kinds if each.contract}
    yield from admission.admitted(artifacts, plan.platform.cluster.version, variants)
    yield from gpu_fit.gpu_fit(plan)
    for each in (*canaries.CHECKS, *slos.CHECKS, *trials.CHECKS):
        yield from each(plan)
    yield from metrics.answered(plan, artifacts)
