"""The Services that there are: emitted, brought by components, made by KServe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen import names
from mlopsgen.facts import component, component_names
from mlopsgen.prove.emitted import Emitted, Named

Port = str | int

_SERVED: frozenset[Port] = frozenset({80})
"""The port of the Services that KServe makes (0.16.0 and 0.20.0, service_reconciler.go)."""


@dataclass(frozen=True, slots=True)
class Service:
    """A Service: who makes it, its ports by name and number, its labels."""

    namespace: str
    name: str
    maker: str
    ports: frozenset[Port]
    targets: frozenset[Port]
    """The ports of the pods behind it, by name and number."""

    labels: Mapping[str, str]


Services = Mapping[tuple[str, str], Service]
"""By namespace and name."""


def services(emitted: Emitted) -> tuple[Service, ...]:
    """Return every Service, one that is made twice included."""
    return (*_brought(emitted), *_emitted(emitted), *_served(emitted))


def _brought(emitted: Emitted) -> Iterator[Service]:
    """Yield those of charts and of the add-ons that every cluster of EKS has."""
    parts = {name: (part.facts, part.namespace) for name, part in emitted.plan.parts.items()}
    for name in component_names():
        if name in parts:
            facts, namespace = parts[name]
            if facts.kind == "manifests":
                continue
        else:
            facts = component(name)
            if facts.kind != "eks-addon" or facts.release is None:
                continue
            namespace = facts.release.namespace
        for service, each in facts.services.items():
            rows = each.ports
            ports = frozenset({row.port for row in rows} | {row.name for row in rows if row.name})
            behind = facts.workloads[each.workload].ports
            targets: frozenset[Port] = frozenset({*behind, *behind.values()})
            maker = f"the component `{name}`"
            yield Service(namespace, service, maker, ports, targets, each.labels)
    yield Service("default", "kubernetes", "Kubernetes", frozenset({443, "https"}), frozenset(), {})


def _emitted(emitted: Emitted) -> Iterator[Service]:
    for found in emitted.objects.of("Service"):
        rows = found.spec["ports"]
        ports = frozenset({row["port"] for row in rows} | {row.get("name", "") for row in rows})
        targets = frozenset(row.get("targetPort", row["port"]) for row in rows)
        labels = found.body["metadata"]["labels"]
        yield Service(found.namespace, found.name, found.subject, ports, targets, labels)


def _served(emitted: Emitted) -> Iterator[Service]:
    for found in emitted.objects.of("InferenceService"):
        for name in made(found):
            yield Service(found.namespace, name, found.subject, _SERVED, frozenset(), {})


def made(found: Named) -> Iterator[str]:
    """Yield the Services that KServe makes of an InferenceService, and its Deployments."""
    yield names.predictor(found.name)
    if "transformer" in found.spec:
        yield names.transformer(found.name)
    if found.spec.get("canary"):
        yield names.predictor(names.canary(found.name))
