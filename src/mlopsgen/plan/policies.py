"""Policies: what the API server refuses in users' namespaces, and where images may come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.lock import reference
from mlopsgen.plan.images import named
from mlopsgen.plan.model import Part, Plan, Served
from mlopsgen.spec import Platform

SINCE = 30
"""Kubernetes 1.30 is the first with ValidatingAdmissionPolicy in v1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy, for the namespaces that it is in force in."""

    name: str
    """As users write it."""

    object_name: str
    """Of the policy in the cluster, which has one namespace for all."""

    namespaces: tuple[str, ...]
    reason: str
    """Why it only warns; empty when it refuses."""

    origin: SpecPath

    @property
    def actions(self) -> list[str]:
        """What the API server does with an object that doesn't pass."""
        return ["Audit", "Warn"] if self.reason else ["Deny"]


def known(plan: Plan) -> bool:
    """Say whether the cluster's Kubernetes knows policies."""
    return int(plan.platform.cluster.version.partition(".")[2]) >= SINCE


def policies(plan: Plan) -> tuple[Policy, ...]:
    """Return the policies that are in force, by name; none where the cluster knows none."""
    return tuple(_policies(plan)) if known(plan) else ()


def _policies(plan: Plan) -> Iterator[Policy]:
    spaces = [space for space in plan.namespaces.values() if space.workloads]
    everywhere = tuple(sorted(space.name for space in spaces))
    restricted = tuple(sorted(space.name for space in spaces if space.pod_security == "restricted"))
    controlled = everywhere if {"kserve", "argo-workflows"} & plan.parts.keys() else ()
    running = everywhere if "argo-workflows" in plan.parts else ()
    scopes = {
        "confined-pods": restricted,
        "fixed-tags": everywhere,
        # With nothing in the list no image at all could run, those of owners' own pods included.
        "known-registries": everywhere if plan.registries else (),
        "labelled-objects": controlled,
        "own-account": running,
    }
    audited = dict[str, str](plan.platform.policies.audit.items())
    for name, namespaces in scopes.items():
        if namespaces:
            yield Policy(
                name=name,
                object_name=f"{plan.platform.name}-{name}",
                namespaces=namespaces,
                reason=audited.get(name, ""),
                origin=_origin(plan, name),
            )


def _origin(plan: Plan, name: str) -> SpecPath:
    said = plan.platform.policies
    if name in said.audit:
        return ("policies", "audit", name)
    listed = said.registries is not None and name == "known-registries"
    return ("policies", "registries") if listed else ("namespaces",)


def registries(
    platform: Platform, models: Iterable[Served], parts: Mapping[str, Part]
) -> tuple[str, ...]:
    """Return where images may come from: what users say, or else what the platform runs."""
    running = {*_images(platform, models, parts)}
    return platform.policies.registries or tuple(sorted({home(image) for image in running}))


def _images(
    platform: Platform, models: Iterable[Served], parts: Mapping[str, Part]
) -> Iterator[str]:
    """Yield the images of all containers that the platform starts in users' namespaces."""
    yield from (image for _, image in named(platform))
    for served in models:
        if served.image is None:
            yield served.runtime.image.repository
    for part in parts.values():
        if part.facts.injected:
            yield from part.facts.injected.images


def home(image: str) -> str:
    """Return the registry of *image*, with the part of the path that its owner has."""
    found = reference(image)
    if found is None:
        return image
    *parents, last = found.path.split("/")
    # Docker Hub keeps its own images, which are written without a slash, under `library`.
    owner = "/".join(parents) or ("library" if found.host == "docker.io" and last else "")
    return f"{found.host}/{owner}" if owner else found.host
