"""Labels of nodes: those that others give them, and what a NodePool's requirements leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlopsgen.facts import hardware
from mlopsgen.facts.hardware import Instance
from mlopsgen.prove.schedule_terms import Requirement

CAPACITY = "karpenter.sh/capacity-type"
HOSTNAME = "kubernetes.io/hostname"
TYPE = "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"


@dataclass(frozen=True, slots=True)
class Region:
    """What is the same for all nodes."""

    name: str
    zones: tuple[str, ...]


def well_known(instance: Instance, region: Region) -> dict[str, frozenset[str]]:
    """Return the labels that the kubelet and the cloud controller give to every node."""
    found = {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": instance.arch,
        TYPE: instance.type,
        "topology.kubernetes.io/region": region.name,
    }
    labels = {key: frozenset({value}) for key, value in found.items()}
    return {**labels, ZONE: frozenset(region.zones), HOSTNAME: frozenset()}


def of_karpenter(instance: Instance) -> dict[str, frozenset[str]]:
    """Return the labels by which Karpenter tells instances apart (1.8.0, instance-types.md)."""
    found = {
        "family": instance.family,
        "size": instance.size,
        "cpu": str(instance.vcpu),
        "memory": str(instance.memory_mib),
        "hypervisor": "" if instance.bare_metal else instance.hypervisor,
        "network-bandwidth": str(instance.network_mbps),
    }
    if instance.local_nvme_gb:
        found["local-nvme"] = str(instance.local_nvme_gb)
    if gpu := instance.gpu:
        label = hardware.gpu(gpu.name).label
        found |= {
            "gpu-manufacturer": "nvidia",
            "gpu-name": label.name,
            "gpu-count": str(gpu.count),
            "gpu-memory": str(gpu.memory_mib),
        }
    own = {f"karpenter.k8s.aws/instance-{key}": frozenset({each}) for key, each in found.items()}
    return {**own, CAPACITY: frozenset({"spot", "on-demand"})}


def narrowed(
    labels: dict[str, frozenset[str]], asked: Iterable[Requirement]
) -> dict[str, frozenset[str]] | None:
    """Return *labels* with the values that *asked* leaves them, None where one has none left."""
    for each in asked:
        if values := labels.get(each.key):
            labels[each.key] = frozenset(value for value in values if each.takes(value))
            if not labels[each.key]:
                return None
        elif each.operator in {"In", "Exists"}:
            # A label that nothing else gives the node: Karpenter picks one of the values.
            if each.key.partition("/")[0] == "karpenter.k8s.aws":
                return None
            labels[each.key] = frozenset(each.values)
        elif each.operator in {"Gt", "Lt"}:
            return None
    return labels
