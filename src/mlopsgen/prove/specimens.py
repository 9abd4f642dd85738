"""Specimens: objects that each policy is there to refuse, held against the policy itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.names import NAME_LABEL
from mlopsgen.plan import Plan
from mlopsgen.plan.policies import Policy as Planned
from mlopsgen.plan.policies import policies as planned_policies
from mlopsgen.plan.specimens import place, refused
from mlopsgen.prove.cel import Situation
from mlopsgen.prove.created import PODS, WORKFLOWS, Resource
from mlopsgen.prove.emitted import OUR_FAULT
from mlopsgen.prove.policies import Policy, policy, readable

DISARMED = Rule(
    "ADMIT011",
    "every policy is there, bound, and refuses what it is there for",
    "A policy that looks into another namespace, at another resource or for another thing refuses"
    " nothing. Nobody notices before an image from anywhere runs.",
)
RULES = (DISARMED,)

_KIND = "ValidatingAdmissionPolicy"
_EPHEMERAL: Resource = ("", "v1", "pods/ephemeralcontainers")
_CONTROLLED = {
    "kserve": ("serving.kserve.io", "v1beta1", "inferenceservices"),
    "argo-workflows": ("argoproj.io", "v1alpha1", "workflowtemplates"),
}


def armed(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield the planned policies that aren't there, aren't bound, or let their specimens in."""
    found: dict[str, Policy] = {}
    bound: dict[str, Mapping[str, Any]] = {}
    for artifact in filter(readable, artifacts):
        for document in artifact.objects:
            if document["kind"] == _KIND:
                found[document["metadata"]["name"]] = policy(document)
            elif document["kind"] == f"{_KIND}Binding":
                bound[document["spec"]["policyName"]] = document["spec"]
    for each in planned_policies(plan):
        for told in _faults(plan, each, found.get(each.object_name), bound):
            yield DISARMED.at(each.origin, f"the policy `{each.object_name}` {told}", fix=OUR_FAULT)


def _faults(
    plan: Plan, planned: Planned, found: Policy | None, bound: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    if found is None:
        yield "isn't there"
        return
    binding = bound.get(planned.object_name, {})
    if binding.get("validationActions") != planned.actions:
        actions = ", ".join(planned.actions)
        yield f"isn't bound with `{actions}`, so that nothing does what it says"
    if binding.get("matchResources"):
        yield "is bound for a part of the objects only"
    if found.name != planned.name:
        yield f"has `{NAME_LABEL}: {found.name}`; it is known as `{planned.name}`"
    if missing := sorted(set(planned.namespaces) - found.namespaces):
        yield f"isn't for the namespace `{missing[0]}`"
    for resource in _resources(plan, planned.name):
        if resource not in found.resources:
            group, version, plural = resource
            yield f"isn't asked for `{plural}` of `{'/'.join(filter(None, (group, version)))}`"
    home = place(plan, planned)
    for each in refused(plan, planned):
        if not any(found.refusals(Situation(each.document(home), home))):
            yield f"lets in {each.what}"


def _resources(plan: Plan, name: str) -> Iterator[Resource]:
    """Yield what a policy has to be asked for."""
    if name == "own-account":
        yield WORKFLOWS
    elif name == "labelled-objects":
        yield from (each for part, each in _CONTROLLED.items() if part in plan.parts)
    else:
        yield from (PODS, _EPHEMERAL)
