"""Policies that are there: each with its binding, for the namespaces that it was planned for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.plan import Plan
from mlopsgen.plan.policies import Policy, policies
from mlopsgen.prove.emitted import OUR_FAULT

MISSING = Rule(
    "ADMIT009",
    "every policy of the platform is in force",
    "A policy without a binding does nothing, and neither does a binding without a policy. What"
    " was refused before gets in, and nobody is told.",
)
RULES = (MISSING,)

_KIND = "ValidatingAdmissionPolicy"


def enforced(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield the planned policies that the emitted objects don't put in force."""
    objects = [document for artifact in artifacts for document in artifact.objects]
    emitted = {_name(each): each for each in objects if each["kind"] == _KIND}
    bound: dict[str, list[Object]] = {}
    for each in objects:
        if each["kind"] == f"{_KIND}Binding":
            bound.setdefault(each.get("spec", {}).get("policyName", ""), []).append(each)
    for policy in policies(plan):
        name = policy.object_name
        for lack in _lacks(policy, emitted.get(name), bound.get(name, [])):
            message = f"the policy `{policy.name}` isn't in force: {lack}"
            yield MISSING.at(policy.origin, message, fix=OUR_FAULT)


def _name(document: Object) -> str:
    return str(document["metadata"]["name"])


def _lacks(policy: Policy, emitted: Object | None, bindings: Sequence[Object]) -> Iterator[str]:
    """Yield what keeps *policy* from doing what was planned."""
    if emitted is None:
        yield f"there is no {_KIND} `{policy.object_name}`"
        return
    if not bindings:
        yield f"no {_KIND}Binding names `{policy.object_name}`"
    for binding in bindings:
        said = list(binding.get("spec", {}).get("validationActions", ()))
        if said != policy.actions:
            told, wanted = (
                " and ".join(map(str, each)) or "nothing" for each in (said, policy.actions)
            )
            yield f"its binding `{_name(binding)}` says {told}, not {wanted}"
        narrowed = binding.get("spec", {}).get("matchResources")
        if narrowed:
            yield f"its binding `{_name(binding)}` is for a part of the objects only"
    if emitted.get("spec", {}).get("failurePolicy", "Fail") != "Fail":
        yield "what can't be judged gets in"
    if left := sorted({*policy.namespaces} - _namespaces(emitted)):
        yield f"it isn't for {', '.join(f'`{each}`' for each in left)}"


def _namespaces(emitted: Object) -> set[str]:
    """Return the namespaces that the policy is for, by their names."""
    selector = emitted.get("spec", {}).get("matchConstraints", {}).get("namespaceSelector", {})
    found: set[str] = set()
    for each in selector.get("matchExpressions", ()):
        if isinstance(each, Mapping) and each.get("operator") == "In":
            found |= set(each.get("values", ()))
    return found
