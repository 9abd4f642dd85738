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
_SAFE: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
_EPHEMERAL: Resource = ("", "v1", "pods/ephemeralcontainers")
_CONTROLLED = {
    "kserve": ("serving.kserve.io", "v1beta1", "inferenceservices"),
    "argo-workflows": ("argoproj.io", "v1alpha1", "workflowtemplates"),
}


def armed(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield the planned policies that aren't there, aren't bound, or let their specimens in."""
    found: dict[str, Policy] = {}
    bound: dict[str, list[str]] = {}
    for artifact in filter(readable, artifacts):
        for document in artifact.objects:
            if document["kind"] == _KIND:
                found[document["metadata"]["name"]] = policy(document)
            elif document["kind"] == f"{_KIND}Binding":
                bound[document["spec"]["policyName"]] = document["spec"]["validationActions"]
    for each in planned_policies(plan):
        for told in _faults(plan, each, found.get(each.object_name), bound):
            yield DISARMED.at(each.origin, f"the policy `{each.object_name}` {told}", fix=OUR_FAULT)


def _faults(
    plan: Plan, planned: Planned, found: Policy | None, bound: Mapping[str, list[str]]
) -> Iterator[str]:
    if found is None:
        yield "isn't there"
        return
    if bound.get(planned.object_name) != planned.actions:
        actions = ", ".join(planned.actions)
        yield f"isn't bound with `{actions}`, so that nothing does what it says"
    if found.name != planned.name:
        yield f"has `{NAME_LABEL}: {found.name}`; it is known as `{planned.name}`"
    if missing := sorted(set(planned.namespaces) - found.namespaces):
        yield f"isn't for the namespace `{missing[0]}`"
    for resource in _resources(plan, planned.name):
        if resource not in found.resources:
            group, version, plural = resource
            yield f"isn't asked for `{plural}` of `{'/'.join(filter(None, (group, version)))}`"
    for what, body in _SPECIMENS[planned.name]:
        if not any(found.refusals(Situation(body, planned.namespaces[0]))):
            yield f"lets in {what}"


def _resources(plan: Plan, name: str) -> Iterator[Resource]:
    """Yield what a policy has to be asked for."""
    if name == "own-account":
        yield WORKFLOWS
    elif name == "labelled-objects":
        yield from (each for part, each in _CONTROLLED.items() if part in plan.parts)
    else:
        yield from (PODS, _EPHEMERAL)


def _pod(*, image: str = "", without: str = "", **changes: object) -> Mapping[str, Any]:
    """Return a pod with everything that policies ask for but its image."""
    safe = {key: value for key, value in _SAFE.items() if key != without}
    container = {"name": "main", "image": image, "securityContext": safe}
    return {"metadata": {"labels": {}}, "spec": {"containers": [container], **changes}}


def _workflow(**spec: object) -> Mapping[str, Any]:
    return {"metadata": {"labels": {}}, "spec": spec}


_SPECIMENS: Mapping[str, tuple[tuple[str, Mapping[str, Any]], ...]] = {
    "confined-pods": (
        ("a pod in the network of its node", _pod(hostNetwork=True)),
        ("a pod among the processes of its node", _pod(hostPID=True)),
        ("a pod that shares memory with its node", _pod(hostIPC=True)),
        ("a folder of the node", _pod(volumes=[{"name": "node", "hostPath": {"path": "/"}}])),
        ("a container that may gain privileges", _pod(without="allowPrivilegeEscalation")),
        ("a container that may be root", _pod(without="runAsNonRoot")),
        ("a container with capabilities", _pod(without="capabilities")),
        ("a container without a seccomp profile", _pod(without="seccompProfile")),
        (
            "an init container without any of it",
            _pod(initContainers=[{"name": "first", "image": ""}]),
        ),
    ),
    "fixed-tags": (
        ("an image without a tag", _pod(image="registry.example.com/team/tool")),
        ("an image with the tag `latest`", _pod(image="registry.example.com/team/tool:latest")),
    ),
    "known-registries": (
        ("an image of a registry that nobody listed", _pod(image="registry.invalid/tool:1.0.0")),
        ("an image of Docker Hub that nobody listed", _pod(image="nobody-listed-this/tool:1.0.0")),
    ),
    "labelled-objects": (("an object without labels", {"metadata": {"labels": {}}}),),
    "own-account": (
        ("a Workflow of its own", _workflow(entrypoint="main", templates=[{"name": "main"}])),
        (
            "a Workflow of a pipeline that isn't there",
            _workflow(workflowTemplateRef={"name": "nobody-planned-this"}),
        ),
    ),
}
"""What each policy has to refuse, whatever else it refuses."""
