"""Identities: which service account takes which role of IAM, and what that may use."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.graph.elements import Edge, Node
from mlopsgen.plan import Identity, Plan


def identities(plan: Plan) -> Iterator[Node | Edge]:
    """Yield each service account of *plan* with its role and the resources."""
    for each in plan.identities:
        account = f"account/{each.namespace}/{each.service_account}"
        role = f"role/{each.role}"
        names = tuple(_names(plan, each))
        yield Node(
            id=account,
            kind="account",
            label=each.service_account,
            note=f"service account in {each.namespace}",
            group=each.namespace,
            origin=each.origin,
            names=names,
        )
        yield Node(id=role, kind="role", label=each.role, note="role", names=(each.role,))
        yield Edge(source=account, target=role, because="takes it")
        for resource, actions in rights(plan, each):
            target = f"resource/{resource}"
            yield Node(
                id=target, kind="resource", label=resource, note="resource", names=(resource,)
            )
            yield Edge(source=role, target=target, label=actions)


def rights(plan: Plan, identity: Identity) -> Iterator[tuple[str, str]]:
    """Yield what *identity* may use and how: a resource with its actions."""
    if identity.policy:
        yield "the whole account", f"what AWS publishes as {identity.policy}"
    for statement in identity.statements:
        for resource in statement.resources:
            yield resource, ", ".join(statement.actions)
    if identity.key_actions:
        yield f"key of {plan.bucket}, through S3 only", ", ".join(identity.key_actions)


def _names(plan: Plan, identity: Identity) -> Iterator[str]:
    yield identity.service_account
    yield identity.namespace
    yield from (str(step) for step in identity.origin[1:2])
    for one in plan.served:
        if one.identity == identity:
            yield one.model
