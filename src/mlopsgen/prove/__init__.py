"""Proofs over what was planned and emitted: the cluster takes it, and it does what it should."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Severity
from mlopsgen.plan import Plan
from mlopsgen.prove import (
    admission,
    canaries,
    chosen_agreement,
    dashboards,
    given,
    gpu_fit,
    hubs,
    identity,
    metrics,
    names_in_objects,
    network,
    ownership,
    policies,
    references,
    schedule,
    signatures,
    slos,
    specimens,
    tasks,
    terraform_vars,
    trials,
    workflow_keys,
    workflow_names,
    workflows,
)
from mlopsgen.prove.emitted import Emitted
from mlopsgen.prove.pods import pods

RULES = (
    *admission.RULES,
    *given.RULES,
    *policies.RULES,
    *signatures.RULES,
    *specimens.RULES,
    *gpu_fit.RULES,
    *canaries.RULES,
    *schedule.RULES,
    *workflows.RULES,
    *workflow_names.RULES,
    *workflow_keys.RULES,
    tasks.steps_run_what_they_say.rule,
    *network.RULES,
    *identity.RULES,
    *references.RULES,
    *ownership.RULES,
    *hubs.RULES,
    *metrics.RULES,
    *dashboards.RULES,
    *slos.RULES,
    *trials.RULES,
    *terraform_vars.RULES,
)


def prove(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what would go wrong in the cluster with *plan* and the *artifacts* made from it."""
    crds = [part.facts.crds for part in plan.parts.values() if part.facts.crds]
    variants = {each.kind: each.contract for one in crds for each in one.kinds if each.contract}
    refused = (
        *admission.admitted(artifacts, plan.platform.cluster.version, variants),
        *given.given(plan, artifacts),
    )
    yield from refused
    yield from gpu_fit.gpu_fit(plan)
    for each in (*canaries.CHECKS, *slos.CHECKS, *trials.CHECKS):
        yield from each(plan)
    # What the cluster, Terraform or a chart doesn't take has no fields that could be relied on.
    if not _broken(refused):
        emitted = Emitted.of(plan, artifacts)
        clashes = tuple(chosen_agreement.overruled(emitted))
        yield from clashes
        if _broken(clashes):
            return
        yield from policies.obeyed(plan, artifacts)
        yield from specimens.armed(plan, artifacts)
        yield from _together(emitted)
        yield from schedule.scheduled(plan, artifacts)
        yield from metrics.answered(plan, artifacts)
        yield from network.network(plan, artifacts)


def _broken(findings: Iterable[Finding]) -> bool:
    return any(each.severity is Severity.ERROR for each in findings)


def _together(emitted: Emitted) -> Iterator[Finding]:
    """Yield what is wrong between objects each of which is right."""
    yield from workflows.resolved(emitted.objects)
    yield from workflow_names.named(emitted.objects)
    yield from workflow_keys.keyed(emitted.objects)
    yield from tasks.steps_run_what_they_say(emitted)
    yield from identity.proved(emitted)
    yield from signatures.verified(emitted)
    running = tuple(pods(emitted))
    named = tuple(names_in_objects.references(emitted, running))
    yield from references.proved(emitted, running, named)
    yield from ownership.proved(emitted, named)
    if emitted.plan.spokes:
        yield from hubs.clusters_are_told_as_they_are(emitted)
