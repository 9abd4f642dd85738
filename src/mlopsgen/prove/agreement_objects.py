"""What objects say of namespaces, secrets and pools, as platform.yaml does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlopsgen.names import POOL_LABEL, STORAGE_CLASS
from mlopsgen.plan.priorities import priorities
from mlopsgen.prove.emitted import Emitted, Named
from mlopsgen.spec import KarpenterPool, Quota

Row = tuple[Named, str, Any, Any, str]
"""An object, what of it, what it says, what it has to say, and why."""

_CLAIM = "PersistentVolumeClaim"
_SECURITY = "pod-security.kubernetes.io/"
_FAMILY, _SIZE = "karpenter.k8s.aws/instance-family", "karpenter.k8s.aws/instance-size"


def told(emitted: Emitted) -> Iterator[Row]:
    """Yield everything that objects and platform.yaml both say."""
    yield from _namespaces(emitted)
    yield from _quotas(emitted)
    yield from _secrets(emitted)
    yield from _pools(emitted)
    yield from _disks(emitted)
    yield from _orphans(emitted)
    yield from _boards(emitted)
    levels = {each.name: each for each in priorities(emitted.plan)}
    for found in emitted.objects.of("PriorityClass"):
        if level := levels.get(found.name):
            is_ = found.body.get("value"), found.body.get("preemptionPolicy")
            why = "other pods make room than those that were to"
            yield found, "its value and policy", is_, (level.value, level.preemption), why
    for found in emitted.objects.of("RoleBinding"):
        space = emitted.plan.namespaces.get(found.namespace)
        groups = [each["name"] for each in found.body["subjects"] if each["kind"] == "Group"]
        if groups:
            owners = list(space.owners) if space else []
            yield found, "its groups", groups, owners, "platform.yaml says who owns the namespace"


def _namespaces(emitted: Emitted) -> Iterator[Row]:
    version = f"v{emitted.plan.platform.cluster.version}"
    for found in emitted.objects.of("Namespace"):
        planned = emitted.plan.namespaces.get(found.name)
        for mode in ("audit", "enforce", "warn") if planned else ():
            labels = found.body["metadata"]["labels"]
            is_ = labels.get(_SECURITY + mode), labels.get(f"{_SECURITY}{mode}-version")
            wanted = (planned.pod_security if planned else "", version)
            why = "pods are let in, or refused, that were proved otherwise"
            yield found, f"its label `{_SECURITY}{mode}`", is_, wanted, why


def _quotas(emitted: Emitted) -> Iterator[Row]:
    spaces = emitted.plan.namespaces
    for found in emitted.objects.of("ResourceQuota"):
        planned = spaces[found.namespace].quota if found.namespace in spaces else None
        counted = _counted(planned) if planned else set()
        why = "what isn't counted has no end"
        yield found, "what it counts", {*found.spec.get("hard", {})}, counted, why
    for found in emitted.objects.of("LimitRange"):
        for row in found.spec.get("limits", ()):
            given = {
                (key, name) for key in ("default", "defaultRequest") for name in row.get(key, ())
            }
            wanted = {
                ("default", "memory"),
                ("defaultRequest", "cpu"),
                ("defaultRequest", "memory"),
            }
            why = "a quota refuses pods that say nothing of what it counts"
            yield found, "what it gives", given, wanted, why
            yield found, "whom it gives it", row.get("type"), "Container", why


def _counted(quota: Quota) -> set[str]:
    found = {
        "requests.cpu": quota.cpu,
        "requests.memory": quota.memory,
        "requests.nvidia.com/gpu": quota.gpus,
        "pods": quota.pods,
    }
    return {name for name, value in found.items() if value is not None}


def _secrets(emitted: Emitted) -> Iterator[Row]:
    planned = {(each.namespace, each.name): each for each in emitted.plan.secrets}
    for found in emitted.objects.of("ExternalSecret"):
        bundle = planned.get((found.namespace, found.name))
        if bundle:
            is_ = {
                (row["secretKey"], row["remoteRef"]["key"], row["remoteRef"].get("property"))
                for row in found.spec["data"]
            }
            wanted = {(each.key, each.remote, each.property or None) for each in bundle.keys}
            yield found, "what it reads", is_, wanted, "the Secret would never be there"


def _pools(emitted: Emitted) -> Iterator[Row]:
    for found in emitted.objects.of("NodePool"):
        pool = emitted.plan.pools.get(found.name)
        if pool is None or not isinstance(pool.spec, KarpenterPool):
            continue
        template = found.spec["template"]
        node = template["spec"]["nodeClassRef"]["name"]
        yield found, "its EC2NodeClass", node, found.name, "its nodes have that disk and image"
        asked = {
            each["key"]: each.get("values") for each in template["spec"].get("requirements", ())
        }
        for key, wanted in ((_FAMILY, pool.spec.instance_families), (_SIZE, pool.spec.sizes)):
            is_ = sorted(asked.get(key) or ())
            yield found, f"`{key}`", is_, sorted(wanted), "models were fitted to those machines"
        label = (template.get("metadata") or {}).get("labels", {}).get(POOL_LABEL, found.name)
        yield found, f"its label `{POOL_LABEL}`", label, found.name, "pods ask for it"
        moved = (found.spec.get("disruption") or {}).get("consolidationPolicy")
        if stays := pool.spec.consolidation or ("WhenEmpty" if pool.gpu else None):
            why = "a model is away while its weights load on another node"
            yield found, "its `consolidationPolicy`", moved, stays, why


def _disks(emitted: Emitted) -> Iterator[Row]:
    """Yield that there is one default, ours or one of users' own in its place."""
    classes = tuple(emitted.objects.of("StorageClass"))
    defaults = [each.name for each in classes if _is_default(each)]
    for found in classes:
        if found.name == STORAGE_CLASS or _is_default(found):
            why = "a claim without a class waits for ever for one, and of two takes the newer"
            yield found, "the number of default classes beside and with it", len(defaults), 1, why


def _is_default(found: Named) -> bool:
    annotations = found.body["metadata"].get("annotations", {})
    return bool(annotations.get("storageclass.kubernetes.io/is-default-class") == "true")


def _orphans(emitted: Emitted) -> Iterator[Row]:
    """Yield what a project ignores of what nobody applies: kinds that there are, and claims."""
    known = {
        (each.group, each.kind)
        for part in emitted.plan.parts.values()
        for each in (part.facts.crds.kinds if part.facts.crds else ())
    } | {("argoproj.io", "Workflow"), ("", _CLAIM)}
    for found in emitted.objects.of("AppProject"):
        rows = (found.spec.get("orphanedResources") or {}).get("ignore", ())
        kinds = {(each.get("group", ""), each.get("kind")) for each in rows}
        why = "Argo CD would warn for ever of what is there as it should be"
        yield found, "what it ignores and nobody knows", kinds - known, set(), why
        claims = {each.get("name") for each in rows if each.get("kind") == _CLAIM}
        spaces = {each.get("namespace") for each in found.spec.get("destinations", ())}
        own = {
            claim
            for name, each in emitted.plan.platform.namespaces.items()
            if name in spaces and rows
            for claim in each.claims
        }
        yield found, "the claims that it ignores", claims, own, why


def _boards(emitted: Emitted) -> Iterator[Row]:
    """Yield where dashboards lie and how they are marked, as Grafana's sidecar looks for them.

    It looks in its own namespace, and elsewhere only where it is told to (grafana 10.3.0
    charts/grafana/values.yaml).
    """
    grafana, path = emitted.plan.parts.get("grafana"), "sidecar.dashboards"
    label, value = (emitted.value("grafana", f"{path}.{key}") for key in ("label", "labelValue"))
    if grafana is None or emitted.value("grafana", f"{path}.searchNamespace"):
        return
    for found in emitted.objects.of("ConfigMap"):
        if any(str(name).endswith(".json") for name in found.body.get("data") or {}):
            marked = (found.body["metadata"].get("labels") or {}).get(label)
            is_, wanted = (found.namespace, marked), (grafana.namespace, value)
            yield found, "its namespace and mark", is_, wanted, "Grafana doesn't show it"
