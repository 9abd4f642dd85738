"""Specimens: objects that each policy is there to refuse, and objects that it has to let in.

Of what has to be refused each is wrong in one thing only, so that no other policy has anything
against it and the message says which thing was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlopsgen.names import NAME_LABEL, PART_LABEL
from mlopsgen.plan import specimens_pods
from mlopsgen.plan.model import Plan
from mlopsgen.plan.policies import Policy, home
from mlopsgen.plan.specimen import Specimen, pod


def refused(plan: Plan, policy: Policy) -> tuple[Specimen, ...]:
    """Return what *policy* has to refuse, whatever else it refuses."""
    known = f"{_registry(plan)}/specimen"
    match policy.name:
        case "confined-pods":
            return tuple(specimens_pods.unconfined(f"{known}:1.0.0"))
        case "fixed-tags":
            moving = {"untagged": ("an image without a tag", known)}
            moving["latest"] = ("an image with the tag `latest`", f"{known}:latest")
            says = "without a tag that stays: "
            return tuple(
                Specimen(name, what, pod(image), f"{says}{image}")
                for name, (what, image) in moving.items()
            )
        case "known-registries":
            return tuple(specimens_pods.strangers(plan.registries))
        case "labelled-objects":
            return tuple(_unlabelled(plan, f"{known}:1.0.0"))
        case _:
            return tuple(_unplanned(plan, policy))


def admitted(plan: Plan, policy: Policy) -> tuple[Specimen, ...]:
    """Return what *policy* has to let in.

    That are images and pipelines of the platform, unless the policy only warns: then they may be
    the reason why.
    """
    known = f"{_registry(plan)}/specimen:1.0.0"
    match policy.name:
        case "confined-pods":
            return tuple(specimens_pods.confined(known))
        case "fixed-tags" | "known-registries":
            own = () if policy.reason else tuple(specimens_pods.own(plan))
            pinned = f"{known}@{specimens_pods.DIGEST}"
            return (
                Specimen("tag", "an image with a version", pod(known)),
                Specimen("digest", "an image with a digest", pod(pinned)),
                *own,
            )
        case "labelled-objects":
            return tuple(
                Specimen(f"{kind.lower()}-labelled", f"a labelled {kind}", _labelled(plan, body))
                for kind, body in _controlled(plan, known)
            )
        case _:
            return tuple(_planned(plan, policy))


def unsigned(plan: Plan) -> tuple[Specimen, ...]:
    """Return what Kyverno has to refuse; it says so in its own words."""
    return tuple(specimens_pods.unsigned(plan))


def needless(plan: Plan) -> tuple[Specimen, ...]:
    """Return images of the platform that Kyverno has to let in, for they need no signature."""
    return tuple(specimens_pods.own(plan, unsigned=True))


def place(plan: Plan, policy: Policy) -> str:
    """Return the namespace of the specimens for *policy*: one with a pipeline, if there is one."""
    running = {run.namespace for run in plan.workflows}
    return next((each for each in policy.namespaces if each in running), policy.namespaces[0])


def _registry(plan: Plan) -> str:
    """Return where images may come from; anywhere, where no policy says.

    If it may be, that is where a component has its images: those of users change more often.
    """
    listed = plan.registries
    theirs = (
        home(image)
        for part in plan.parts.values()
        if part.facts.injected
        for image in part.facts.injected.images
    )
    return next((each for each in (*theirs, *listed) if each in listed), "registry.example.com")


def _controlled(plan: Plan, image: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield an object without labels of each kind that labels are asked of."""
    if "kserve" in plan.parts:
        [container] = pod(image)["spec"]["containers"]
        predictor = {"containers": [{**container, "name": "kserve-container"}]}
        yield (
            "InferenceService",
            {
                "apiVersion": "serving.kserve.io/v1beta1",
                "kind": "InferenceService",
                "spec": {"predictor": predictor},
            },
        )
    if "argo-workflows" in plan.parts:
        spec = {"entrypoint": "main", "templates": [{"name": "main", "suspend": {}}]}
        yield "WorkflowTemplate", {**_workflow(), "kind": "WorkflowTemplate", "spec": spec}


def _unlabelled(plan: Plan, image: str) -> Iterator[Specimen]:
    says = "without the labels that say whose it is: "
    for kind, body in _controlled(plan, image):
        bare = Specimen(kind.lower(), "an object without labels", body)
        yield replace(bare, message=f"{says}{NAME_LABEL}, {PART_LABEL}")
        half = {**body, "metadata": {"labels": {NAME_LABEL: "specimen"}}}
        yield Specimen(
            f"{kind.lower()}-named", "an object without one of the labels", half,
            f"{says}{PART_LABEL}",
        )  # fmt: skip


def _labelled(plan: Plan, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "metadata": {"labels": plan.labels("specimen")}}


def _workflow(**spec: object) -> dict[str, Any]:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": spec}


def _unplanned(plan: Plan, policy: Policy) -> Iterator[Specimen]:
    said = "a Workflow runs a pipeline of platform.yaml, by workflowTemplateRef"
    own = _workflow(entrypoint="main", templates=[{"name": "main", "suspend": {}}])
    yield Specimen("own-steps", "a Workflow of its own", own, said)
    stranger = _workflow(workflowTemplateRef={"name": "nobody-planned-this"})
    yield Specimen("stranger", "a Workflow of a pipeline that isn't there", stranger, said)
    for ref in _pipelines(plan, policy):
        other = _workflow(workflowTemplateRef=ref, serviceAccountName="default")
        said = "a Workflow runs as another service account than its pipeline's"
        yield Specimen("other-account", "a Workflow of another account", other, said)
        patched = _workflow(workflowTemplateRef=ref, podSpecPatch="hostNetwork: true")
        said = "a Workflow changes its pipeline: podSpecPatch"
        yield Specimen("patched", "a Workflow that changes its pipeline", patched, said)
        stored = {"storedWorkflowTemplateSpec": {"entrypoint": "main"}}
        brought = {**_workflow(workflowTemplateRef=ref), "status": stored}
        said = "a Workflow brings what it runs in its status"
        yield Specimen("brought", "a Workflow that brings its steps", brought, said)


def _planned(plan: Plan, policy: Policy) -> Iterator[Specimen]:
    for ref in _pipelines(plan, policy):
        plain = _workflow(workflowTemplateRef=ref)
        yield Specimen("pipeline", "a Workflow of a pipeline", plain)
        [account] = {run.service_account for run in plan.workflows if run.name == ref["name"]}
        named = _workflow(workflowTemplateRef=ref, serviceAccountName=account, priority=1)
        yield Specimen("pipeline-account", "a Workflow as its pipeline's account", named)


def _pipelines(plan: Plan, policy: Policy) -> Iterator[dict[str, str]]:
    """Yield the first pipeline of the namespace that specimens are put into, if there is one."""
    here = [run.name for run in plan.workflows if run.namespace == place(plan, policy)]
    yield from ({"name": name} for name in here[:1])
