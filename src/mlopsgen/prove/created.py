"""What controllers create of the emitted objects: the pods and Workflows that come to admission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.plan import Plan
from mlopsgen.plan.images import IN_IMAGE

Body = Mapping[str, Any]
Resource = tuple[str, str, str]
"""Group, version and plural."""

STORED = "STORAGE_URI"
"""The variable by which a container of our own asks KServe for a model."""

PODS = ("", "v1", "pods")
WORKFLOWS = ("argoproj.io", "v1alpha1", "workflows")
_PLURALS = {
    "CronWorkflow": "cronworkflows",
    "InferenceService": "inferenceservices",
    "WorkflowTemplate": "workflowtemplates",
}


@dataclass(frozen=True, slots=True)
class Created:
    """An object as it comes to the API server, and the file that it comes from."""

    artifact: Artifact
    source: Object
    """The emitted object."""

    part: str
    """What of the source it is, in words; empty for the source itself."""

    resource: Resource
    namespace: str
    body: Body


@dataclass(frozen=True, slots=True)
class Injection:
    """Images of containers that controllers put into pods, and of those that they name."""

    pods: Mapping[str, tuple[str, ...]]
    """By the kind of object that the pod is made of."""

    servers: Mapping[tuple[str, str], str]
    """Image of KServe's own servers, by namespace and name of the InferenceService."""


def injection(plan: Plan) -> Injection:
    """Return the images that no emitted object names, as the catalogue knows them."""
    facts = {name: part.facts.injected for name, part in plan.parts.items()}
    kinds = {"InferenceService": "kserve", "WorkflowTemplate": "argo-workflows"}
    pods = {kind: each.images for kind, name in kinds.items() if (each := facts.get(name))}
    servers = {
        (served.namespace, served.name): f"{image.repository}:{image.tag}"
        for served in plan.served
        for image in [served.runtime.image]
    }
    return Injection(pods, servers)


def created(artifact: Artifact, source: Object, injection: Injection) -> Iterator[Created]:
    """Yield *source* itself, and what controllers create of it."""
    kind, home = source["kind"], source["metadata"].get("namespace", "")
    if kind in _PLURALS:
        group, _, version = source["apiVersion"].rpartition("/")
        yield Created(artifact, source, "", (group, version, _PLURALS[kind]), home, source)
    for part, spec in _pods(source, injection):
        injected = tuple(_injected(kind, spec, injection))
        body = {"metadata": {"namespace": home}, "spec": _with(spec, injected)}
        yield Created(artifact, source, part, PODS, home, body)
    for part, namespace, workflow in _workflows(source, home):
        yield Created(artifact, source, part, WORKFLOWS, namespace, workflow)


def _pods(source: Object, injection: Injection) -> Iterator[tuple[str, Body]]:
    match source:
        case {"kind": "Deployment", "spec": {"template": {"spec": spec}}}:
            yield "its pod", spec
        case {"kind": "InferenceService", "spec": spec}:
            named = (source["metadata"].get("namespace", ""), source["metadata"]["name"])
            for part in ("predictor", "transformer"):
                if part in spec:
                    yield f"the pod of its {part}", _served(spec[part], injection, named)
            for each in spec.get("canary", ()):
                yield "the pod of its canary", _served(each["predictor"], injection, named)
        case {"kind": "WorkflowTemplate", "spec": spec}:
            for template in spec.get("templates", ()):
                if "container" in template or "script" in template:
                    yield f"the pod of its template `{template['name']}`", _step(spec, template)
        case _:
            return


def _served(part: Body, injection: Injection, named: tuple[str, str]) -> Body:
    """Return the pod of a predictor; KServe names the image of its own servers."""
    if "model" not in part:
        return part
    image = injection.servers.get(named, "")
    return {**part, "containers": [{"image": image, **part["model"]}, *part.get("containers", ())]}


def _step(spec: Body, template: Body) -> Body:
    """Return the pod of a step, which the Workflow's own settings are for as well."""
    shared = {key: spec[key] for key in ("hostNetwork", "securityContext") if key in spec}
    own = {key: template[key] for key in ("securityContext",) if key in template}
    main = template.get("container") or template["script"]
    return {
        **shared,
        **own,
        "containers": [main, *template.get("sidecars", ())],
        "initContainers": [*template.get("initContainers", ())],
        "volumes": [*spec.get("volumes", ()), *template.get("volumes", ())],
    }


def _injected(kind: str, spec: Body, injection: Injection) -> Iterator[str]:
    """Yield the images of what controllers add to a pod.

    KServe adds a container that fetches the model, or the image that the model is packed into.
    """
    images = injection.pods.get(kind, ())
    if kind != "InferenceService":
        yield from images
        return
    for container in spec.get("containers", ()):
        stored = [each.get("value") for each in container.get("env", ()) if each["name"] == STORED]
        for uri in (container.get("storageUri"), *stored):
            if uri:
                packed = uri.removeprefix(IN_IMAGE)
                yield from images if packed == uri else (packed,)


def _with(spec: Body, images: tuple[str, ...]) -> Body:
    """Return *spec* with the containers that a controller adds.

    Of them the image alone is judged: how they are confined is said in the values of their
    chart, so here they are as confined as the container beside them.
    """
    beside = spec["containers"][0].get("securityContext", {}) if spec.get("containers") else {}
    added = [{"image": image, "securityContext": beside} for image in images]
    return {**spec, "initContainers": [*spec.get("initContainers", ()), *added]}


def _workflows(source: Object, home: str) -> Iterator[tuple[str, str, Body]]:
    match source:
        case {"kind": "CronWorkflow", "spec": {"workflowSpec": spec}}:
            yield "its Workflow", home, {"metadata": {"namespace": home}, "spec": spec}
        case {"kind": "Sensor", "spec": {"triggers": triggers}}:
            for trigger in triggers:
                match trigger:
                    case {"template": {"name": name, "k8s": {"source": {"resource": made}}}}:
                        namespace = made["metadata"].get("namespace", home)
                        yield f"the Workflow of its trigger `{name}`", namespace, made
                    case _:
                        continue
        case {
            "kind": "WorkflowTemplate",
            "metadata": {"name": name, "labels": {"mlopsgen/pipeline": pipeline}},
            "spec": {"serviceAccountName": account},
        } if name == pipeline:
            run = {"workflowTemplateRef": {"name": name}, "serviceAccountName": account}
            body = {"metadata": {"namespace": home}, "spec": run}
            yield "a Workflow that people start", home, body
        case _:
            return
