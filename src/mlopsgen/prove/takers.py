"""Who takes which IAM role: service accounts, those that charts make, add-ons, nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import component
from mlopsgen.prove.emitted import TFVARS, Emitted

ANNOTATION = "eks.amazonaws.com/role-arn"
"""By it the webhook of EKS gives the pods of a service account a role (amazon-eks-pod-identity-
webhook, README.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """A service account with a role, and the object that says so."""

    namespace: str
    account: str
    arn: str
    subject: str
    at: SpecPath
    published: bool = False
    """Whether AWS publishes its policy, and so knows what it needs."""

    theirs: bool = False
    """Whether users wrote it into Helm values themselves, be it a role of their own."""


def takers(emitted: Emitted) -> Iterator[Taker]:
    """Yield every service account that takes a role."""
    for found in emitted.objects.of("ServiceAccount"):
        if arn := found.annotations.get(ANNOTATION):
            yield Taker(
                namespace=found.namespace,
                account=found.name,
                arn=arn,
                subject=found.subject,
                at=found.origin,
            )
    yield from _charts(emitted)
    yield from _addons(emitted)


def _charts(emitted: Emitted) -> Iterator[Taker]:
    """Yield the service accounts of charts; one that values don't name has the facts' name."""
    for name, artifact in emitted.values.items():
        part = emitted.plan.parts[name]
        known = {key: each.service_account for key, each in part.facts.workloads.items()}
        for path, node in _annotated(artifact.body, ()):
            own = next((known[step] for step in path if step in known), None)
            account = node.get("name") or own or next(iter(known.values()), "")
            yield Taker(
                namespace=part.namespace,
                account=str(account),
                arn=str(node["annotations"][ANNOTATION]),
                subject=f"`{artifact.path}`: `{'.'.join(path)}`",
                at=emitted.place(name, path),
                theirs=_by_users(emitted, name, path),
            )


def _by_users(emitted: Emitted, name: str, path: tuple[str, ...]) -> bool:
    annotations = emitted.theirs(name, ".".join((*path, "annotations")))
    return isinstance(annotations, Mapping) and ANNOTATION in annotations


def _annotated(
    node: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield what in Helm values asks for a service account with a role."""
    if not isinstance(node, Mapping):
        return
    annotations = node.get("annotations")
    if isinstance(annotations, Mapping) and annotations.get(ANNOTATION):
        yield path, node
    for key, child in node.items():
        yield from _annotated(child, (*path, str(key)))


def _addons(emitted: Emitted) -> Iterator[Taker]:
    for name, addon in emitted.terraform.get("cluster_addons", {}).items():
        if arn := addon.get("service_account_role_arn"):
            facts = component(name)
            controllers = [each for each in facts.workloads.values() if each.kind == "Deployment"]
            yield Taker(
                namespace=facts.release.namespace if facts.release else "",
                account=controllers[0].service_account if controllers else "",
                arn=arn,
                subject=f"`{TFVARS}`: the add-on `{name}`",
                at=("cluster",),
                published=True,
            )
