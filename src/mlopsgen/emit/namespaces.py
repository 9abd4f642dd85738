"""Namespaces: Pod Security, default requests, quotas; priorities of models, disks for claims."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen import units
from mlopsgen.artifact import Artifact, manifest
from mlopsgen.names import STORAGE_CLASS
from mlopsgen.plan import Plan, PlannedNamespace
from mlopsgen.plan.applications import NAMESPACES
from mlopsgen.plan.priorities import priorities
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Quota


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield every Namespace; those with users' workloads get a LimitRange and their quota.

    Priorities and the class of disks are here because they have to be there before the first pod
    that names one and the first claim.
    """
    yield _disks(plan, shapes)
    for priority in priorities(plan):
        labels = plan.labels(priority.name)
        document = shapes.one("namespaces/priority-class.yaml", priority=priority, labels=labels)
        yield manifest(NAMESPACES, document, emitter=__name__, origin=priority.origin)
    for namespace in plan.namespaces.values():
        yield _namespace(plan, shapes, namespace)
        if namespace.workloads:
            yield _inside(plan, shapes, namespace, "limit-range", {})
        if namespace.quota and (hard := _hard(namespace.quota)):
            yield _inside(plan, shapes, namespace, "resource-quota", hard)


def _disks(plan: Plan, shapes: Shapes) -> Artifact:
    """Return the class of every claim that names none: the add-on's own doesn't encrypt.

    aws-ebs-csi-driver v1.53.0 docs/parameters.md, charts/.../templates/ebs-csi-default-sc.yaml.
    """
    document = shapes.one(
        "namespaces/storage-class.yaml", name=STORAGE_CLASS, labels=plan.labels(STORAGE_CLASS)
    )
    return manifest(NAMESPACES, document, emitter=__name__, origin=("cluster",))


def _namespace(plan: Plan, shapes: Shapes, namespace: PlannedNamespace) -> Artifact:
    # With the cluster's own version an upgrade changes what is enforced only when we say so.
    version = f"v{plan.platform.cluster.version}"
    labels = plan.labels(namespace.name)
    for mode in ("audit", "enforce", "warn"):
        labels[f"pod-security.kubernetes.io/{mode}"] = namespace.pod_security
        labels[f"pod-security.kubernetes.io/{mode}-version"] = version
    document = shapes.one("namespaces/namespace.yaml", namespace=namespace, labels=labels)
    return manifest(NAMESPACES, document, emitter=__name__, origin=namespace.origin)


def _inside(
    plan: Plan, shapes: Shapes, namespace: PlannedNamespace, shape: str, hard: dict[str, str]
) -> Artifact:
    document = shapes.one(
        f"namespaces/{shape}.yaml",
        namespace=namespace,
        labels=plan.labels(namespace.name),
        hard=hard,
    )
    return manifest(NAMESPACES, document, emitter=__name__, origin=namespace.origin, qualified=True)


def _hard(quota: Quota) -> dict[str, str]:
    """Return what the quota counts.

    GPUs have `requests.` in front: without it the name is accepted and never counted
    (kubernetes v1.33.0 pkg/quota/v1/evaluator/core/pods.go).
    """
    found = {}
    if quota.cpu is not None:
        found["requests.cpu"] = units.cpu(quota.cpu)
    if quota.memory is not None:
        found["requests.memory"] = units.memory(quota.memory)
    if quota.gpus is not None:
        found["requests.nvidia.com/gpu"] = str(quota.gpus)
    if quota.pods is not None:
        found["pods"] = str(quota.pods)
    return found
