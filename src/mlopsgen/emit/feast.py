"""Feast: its configuration for the server and for pipelines, and the feature server itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from mlopsgen import names, units
from mlopsgen.artifact import Artifact, manifest
from mlopsgen.plan import Part, Plan
from mlopsgen.plan.features import CONFIG_MAP, arguments, configuration
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Feast


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the server's objects, and the configuration in each namespace of its pipelines."""
    part = plan.parts.get("feast")
    if part is None or not isinstance(part.spec, Feast):
        return
    text = to_yaml([configuration(plan, part.spec)])
    yield from _server(plan, shapes, part, part.spec, text)
    first = {each.namespace: each for each in reversed(plan.workflows) if each.spec.features}
    for namespace, workflow in first.items():
        document = _config_map(plan, shapes, namespace, text)
        origin = (*workflow.origin, "features")
        application = names.pipelines_application(namespace)
        yield manifest(application, document, emitter=__name__, origin=origin)


def _config_map(plan: Plan, shapes: Shapes, namespace: str, text: str) -> dict[str, Any]:
    return shapes.one(
        "feast/config-map.yaml",
        name=CONFIG_MAP,
        namespace=namespace,
        labels=plan.labels(CONFIG_MAP),
        text=text,
    )


def _server(plan: Plan, shapes: Shapes, part: Part, spec: Feast, text: str) -> Iterator[Artifact]:
    [server] = part.facts.workloads.values()
    [(service, behind)] = part.facts.services.items()
    common: dict[str, Any] = {
        "part": part,
        "server": server,
        "labels": plan.labels(part.name) | dict(server.labels),
    }
    [identity] = part.identities
    yield _file(
        part,
        shapes.one(
            "feast/service-account.yaml",
            account=server.service_account,
            role=identity.role_arn,
            **common,
        ),
    )
    yield _file(part, _config_map(plan, shapes, part.namespace, text))
    yield _file(part, _deployment(shapes, part, spec, text, common))
    ports = [
        {"name": each.name, "port": each.port, "targetPort": each.name, "protocol": "TCP"}
        for each in behind.ports
    ]
    yield _file(part, shapes.one("feast/service.yaml", name=service, ports=ports, **common))
    # None for a single replica: it would keep the pod's node from ever being drained.
    if spec.replicas > 1:
        yield _file(part, shapes.one("feast/pod-disruption-budget.yaml", **common))


def _deployment(
    shapes: Shapes, part: Part, spec: Feast, text: str, common: dict[str, Any]
) -> dict[str, Any]:
    [server] = part.facts.workloads.values()
    [image] = part.facts.images.images if part.facts.images else ()
    [behind] = part.facts.services.values()
    asked = {"cpu": units.cpu(spec.resources.cpu), "memory": units.memory(spec.resources.memory)}
    return shapes.one(
        "feast/deployment.yaml",
        replicated=spec.replicas > 1,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        image=image,
        args=arguments(),
        ports=[
            {"name": name, "containerPort": number, "protocol": "TCP"}
            for name, number in server.ports.items()
        ],
        health=behind.health,
        requests=asked,
        # No limit on CPUs: what is free would go unused, and a lookup is there to be quick.
        limits={"memory": asked["memory"]},
        folder=names.FEATURES_FOLDER,
        config_map=CONFIG_MAP,
        **common,
    )


def _file(part: Part, document: dict[str, Any]) -> Artifact:
    return manifest(part.name, document, emitter=__name__, origin=part.origin)
