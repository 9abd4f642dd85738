"""RBAC: what the owners of a namespace may do in it, and who writes the memoization caches."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact, manifest
from mlopsgen.plan import Part, Plan, PlannedNamespace
from mlopsgen.plan.applications import NAMESPACES
from mlopsgen.shapes import Shapes


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield a Role and its RoleBinding for each namespace with owners, and for the caches."""
    for namespace in plan.namespaces.values():
        if namespace.owners:
            yield from _owners(plan, shapes, namespace)
    if argo := plan.parts.get("argo-workflows"):
        yield from _caches(plan, shapes, argo)


def _owners(plan: Plan, shapes: Shapes, namespace: PlannedNamespace) -> Iterator[Artifact]:
    for name in ("owners-role", "owners-binding"):
        document = shapes.one(
            f"rbac/{name}.yaml",
            namespace=namespace,
            labels=plan.labels("owners"),
            models="kserve" in plan.parts,
            pipelines="argo-workflows" in plan.parts,
        )
        origin = (*namespace.origin, "owners")
        yield manifest(NAMESPACES, document, emitter=__name__, origin=origin, qualified=True)


def _caches(plan: Plan, shapes: Shapes, argo: Part) -> Iterator[Artifact]:
    """Yield what lets the controller write the caches of memoized steps, and nothing else.

    They lie in the controller's own namespace, whatever the pipeline's (argo-workflows 3.7.4
    workflow/controller/controller.go, NewCacheFactory). The chart's own switch for it lets the
    controller write every ConfigMap of the cluster. The controller makes the ConfigMaps: each
    time it writes one it replaces all labels, and those of Argo CD with them.
    """
    caches = sorted(workflow.memo_cache for workflow in plan.workflows if workflow.memo_cache)
    if not caches:
        return
    for name in ("memo-role", "memo-binding"):
        document = shapes.one(
            f"rbac/{name}.yaml",
            namespace=argo.namespace,
            labels=plan.labels("memo-caches"),
            caches=caches,
            controller=argo.facts.workloads["controller"].service_account,
        )
        yield manifest(
            NAMESPACES, document, emitter=__name__, origin=("pipelines",), qualified=True
        )
