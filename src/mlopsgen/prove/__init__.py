"""Proofs over what was planned and emitted: the cluster takes it, and it does what it should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding
from mlopsgen.plan import Plan
from mlopsgen.prove import (
    admission,
    canaries,
    gpu_fit,
    policies,
    workflow_keys,
    workflow_names,
    workflow_objects,
    workflows,
)

RULES = (
    *admission.RULES,
    *policies.RULES,
    *gpu_fit.RULES,
    *canaries.RULES,
    *workflows.RULES,
    *workflow_names.RULES,
    *workflow_keys.RULES,
)


def prove(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what would go wrong in the cluster with *plan* and the *artifacts* made from it."""
    crds = [part.facts.crds for part in plan.parts.values() if part.facts.crds]
    variants = {each.kind: each.contract for one in crds for each in one.kinds if each.contract}
    yield from admission.admitted(artifacts, plan.platform.cluster.version, variants)
    yield from policies.obeyed(plan, artifacts)
    yield from gpu_fit.gpu_fit(plan)
    for each in canaries.CHECKS:
        yield from each(plan)
    objects = workflow_objects.objects(artifacts)
    yield from workflows.resolved(objects)
    yield from workflow_names.named(objects)
    yield from workflow_keys.keyed(objects)
