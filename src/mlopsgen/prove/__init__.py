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
    metrics,
    network,
    slos,
    trials,
    workflow_keys,
    workflow_names,
    workflow_objects,
    workflows,
)

RULES = (
    *admission.RULES,
    *gpu_fit.RULES,
    *canaries.RULES,
    *workflows.RULES,
    *workflow_names.RULES,
    *workflow_keys.RULES,
    *network.RULES,
    *metrics.RULES,
    *slos.RULES,
    *trials.RULES,
)


def prove(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what would go wrong in the cluster with *plan* and the *artifacts* made from it."""
    crds = [part.facts.crds for part in plan.parts.values() if part.facts.crds]
    variants = {each.kind: each.contract for one in crds for each in one.kinds if each.contract}
    refused = tuple(admission.admitted(artifacts, plan.platform.cluster.version, variants))
    yield from refused
    yield from gpu_fit.gpu_fit(plan)
    for each in (*canaries.CHECKS, *slos.CHECKS, *trials.CHECKS):
        yield from each(plan)
    yield from metrics.answered(plan, artifacts)
    objects = workflow_objects.objects(artifacts)
    yield from workflows.resolved(objects)
    yield from workflow_names.named(objects)
    yield from workflow_keys.keyed(objects)
    if not refused:  # what the API server refuses opens nothing
        yield from network.network(plan, artifacts)
