"""The pods of a platform, and the Services in front of them, as policies see them.

Those of objects that are written are read from the objects; those that charts, add-ons and
operators bring are known from facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlopsgen import names
from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import Component, component
from mlopsgen.plan import Part, Plan

TFVARS = "terraform/platform.tfvars.json"

_SHARED = ("default", "kube-system")

Kind = Literal["model", "pipeline", "component", "gateway", "pods"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pods that no policy tells apart: those of one workload."""

    kind: Kind
    name: str
    """What users call it; empty for pods that nobody here knows of."""

    namespace: str
    """Empty for pods of namespaces that nobody here knows of."""

    part: str = ""
    """Which pods of it: a workload of a component, a model's canary or transformer."""

    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    """Of their containers, by name."""

    origin: SpecPath = ()

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        if self.kind == "pods":
            return f"other pods of `{self.namespace}`" if self.namespace else "other namespaces"
        if self.kind == "component":
            return f"`{self.name}` ({self.part})" if self.part else f"`{self.name}`"
        return f"{self.part} of {self.kind} `{self.name}`".removeprefix(" of ")


@dataclass(frozen=True, slots=True)
class Front:
    """A Service with an address of its own; `ports` are its own and the pods', or their name."""

    name: str
    namespace: str
    selector: Mapping[str, str]
    ports: tuple[tuple[int, int | str], ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody there is: pods, Services, and the labels of namespaces."""

    groups: tuple[Group, ...]
    fronts: tuple[Front, ...]
    namespaces: Mapping[str, Mapping[str, str]]


def cast(plan: Plan, artifacts: Iterable[Artifact]) -> Cast:
    """Return the pods, Services and namespaces of *plan* and of the *artifacts* made from it."""
    found: list[Group | Front] = []
    labels: dict[str, Mapping[str, str]] = {name: {} for name in _SHARED}
    addons: Iterable[str] = ()
    canaries = {one.name: one.model for one in plan.served if one.canary}
    for artifact in artifacts:
        if artifact.path == TFVARS and isinstance(artifact.body, Mapping):
            addons = artifact.body.get("cluster_addons", {})
        for document in artifact.objects:
            if document["kind"] == "Namespace":
                labels[document["metadata"]["name"]] = document["metadata"].get("labels") or {}
            found += _emitted(plan, canaries, artifact, document)
    found += _known(plan, addons)
    groups = [each for each in found if isinstance(each, Group)]
    fronts = [each for each in found if isinstance(each, Front)]
    labels = {each.namespace: {} for each in found} | labels
    spaces = {name: {**own, names.NAMESPACE_LABEL: name} for name, own in sorted(labels.items())}
    strangers = [Group(kind="pods", name="", namespace=name) for name in (*spaces, "")]
    return Cast((*groups, *strangers), tuple(fronts), {**spaces, "": {}})


def _emitted(
    plan: Plan, canaries: Mapping[str, str], artifact: Artifact, document: Object
) -> Iterator[Group | Front]:
    """Yield the pods, or the Service, that an object is or brings."""
    metadata, spec = document["metadata"], document.get("spec", {})
    match document["kind"]:
        case "InferenceService":
            yield from _served(canaries, artifact.origin[0], metadata, spec)
        case "Deployment" | "StatefulSet" | "DaemonSet" | "Job":
            yield _templated(plan, artifact.origin[0], metadata, spec["template"])
        case "WorkflowTemplate":
            yield Group(
                kind="pipeline",
                name=metadata["name"],
                namespace=metadata["namespace"],
                labels=spec.get("podMetadata", {}).get("labels", {}),
                origin=artifact.origin[0],
            )
        case "Service" if spec.get("clusterIP") != "None":
            ports = ((each["port"], each.get("targetPort", each["port"])) for each in spec["ports"])
            space = metadata["namespace"]
            yield Front(metadata["name"], space, spec.get("selector", {}), tuple(ports))


def _templated(plan: Plan, origin: SpecPath, metadata: Object, template: Object) -> Group:
    """Return the pods of a workload that we write, called as its component's facts do."""
    part = plan.parts.get(str(origin[-1]))
    workloads = part.facts.workloads.items() if part else ()
    keys = [key for key, each in workloads if each.name == metadata["name"]]
    return Group(
        kind="component",
        name=str(origin[-1]),
        part=keys[0] if keys else metadata["name"],
        namespace=metadata["namespace"],
        labels=template["metadata"].get("labels", {}),
        ports=_ports(template["spec"]["containers"]),
        origin=origin,
    )


def _ports(containers: Iterable[Object]) -> dict[str, int]:
    declared = [port for each in containers for port in each.get("ports", ())]
    return {
        port.get("name", str(port["containerPort"])): port["containerPort"] for port in declared
    }


def _served(
    canaries: Mapping[str, str], origin: SpecPath, metadata: Object, spec: Object
) -> Iterator[Group | Front]:
    """Yield what KServe makes of an InferenceService: predictor, transformer and own canaries."""
    name = metadata["name"]
    yield from _predicting(canaries, origin, metadata, spec["predictor"], name)
    for each in spec.get("canary", ()):
        inside = f"{name}-{each['predictor'].get('name', names.CANARY)}"
        yield from _predicting(canaries, origin, metadata, each["predictor"], inside)
    if front := spec.get("transformer"):
        app, service = names.transformer_app(name), names.transformer(name)
        yield from _component(origin, metadata, front, (app, service, name, "transformer"))


def _predicting(
    canaries: Mapping[str, str], origin: SpecPath, metadata: Object, predictor: Object, name: str
) -> Iterator[Group | Front]:
    part, model = ("canary", canaries[name]) if name in canaries else ("", name)
    app, service = names.predictor_app(name), names.predictor(name)
    yield from _component(origin, metadata, predictor, (app, service, model, part))


def _component(
    origin: SpecPath, metadata: Object, spec: Object, called: tuple[str, str, str, str]
) -> Iterator[Group | Front]:
    """Yield the pods and the Service of one part of an InferenceService."""
    app, service, model, part = called
    containers = [spec["model"]] if "model" in spec else spec.get("containers", [{}])
    ports = _ports(containers)
    own = {
        names.INFERENCE_SERVICE_LABEL: metadata["name"],
        names.APP_LABEL: app,
        "component": "transformer" if part == "transformer" else "predictor",
    }
    labels = {**metadata.get("labels", {}), **spec.get("labels", {}), **own}
    namespace = metadata["namespace"]
    yield Group(
        kind="model",
        name=model,
        part=part,
        namespace=namespace,
        labels=labels,
        ports=ports,
        origin=origin,
    )
    numbers = list(ports.values()) or [_PORT]
    pairs = ((80, numbers[0]), *((number, number) for number in numbers[1:]))
    yield Front(service, namespace, {names.APP_LABEL: app}, pairs)


_PORT = 8080
"""KServe takes it where the container declares none (0.16.0, service_reconciler.go)."""


def _known(plan: Plan, addons: Iterable[str]) -> Iterator[Group | Front]:
    """Yield the pods and Services that are known from facts, and the pods of gateways."""
    for part in plan.parts.values():
        if part.facts.kind == "chart":
            yield from _installed(part.facts, part.namespace, part.origin)
    for name in addons:
        facts = _addon(name, plan.parts)
        if facts and facts.release:
            yield from _installed(facts, facts.release.namespace, ("components", name))
    for name, gateway in plan.platform.gateways.items():
        labels = dict(gateway.pods.labels)
        space, origin = gateway.pods.namespace, ("gateways", name)
        yield Group(kind="gateway", name=name, namespace=space, labels=labels, origin=origin)


def _addon(name: str, parts: Mapping[str, Part]) -> Component | None:
    return parts[name].facts if name in parts else component(name)


def _installed(facts: Component, namespace: str, origin: SpecPath) -> Iterator[Group | Front]:
    """Yield the pods and Services of a component; pods on the node's network are its nodes."""
    common: dict[str, Any] = {"kind": "component", "name": facts.component, "origin": origin}
    several = len(facts.workloads) + len(facts.jobs) > 1
    for key, each in facts.workloads.items():
        if not each.host_network:
            yield Group(
                part=key if several else "",
                namespace=namespace,
                labels=each.labels,
                ports=each.ports,
                **common,
            )
    for key, job in facts.jobs.items():
        yield Group(part=key, namespace=namespace, labels=job.labels, **common)
    for name, service in facts.services.items():
        behind = facts.workloads[service.workload]
        if not behind.host_network:
            pairs = tuple((port.port, port.target_port) for port in service.ports)
            yield Front(name, namespace, behind.labels, pairs)
