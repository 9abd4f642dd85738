"""Nodes as pods find them: what is emitted for Karpenter and for EKS, made into labels and room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import hardware
from mlopsgen.facts.hardware import Instance
from mlopsgen.prove.schedule_labels import (
    CAPACITY,
    TYPE,
    Region,
    narrowed,
    of_karpenter,
    well_known,
)
from mlopsgen.prove.schedule_terms import (
    Amounts,
    Json,
    Labels,
    Requirement,
    Taint,
    amounts,
    quantity,
    requirements,
)

GPU = "nvidia.com/gpu"
EKS_CAPACITY = "eks.amazonaws.com/capacityType"
TFVARS = "terraform/platform.tfvars.json"
GROUPS = "eks_managed_node_groups"
"""The variable with the managed node groups."""

MIB = 2**20
_GIB = 2**30

_FAMILY = "karpenter.k8s.aws/instance-family"
_EFFECTS = {
    "NO_EXECUTE": "NoExecute",
    "NO_SCHEDULE": "NoSchedule",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
}


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An instance type as one pool starts it."""

    instance: Instance
    labels: Labels
    room: Amounts
    """What the kubelet offers to pods, DaemonSets included."""

    capacity: Amounts
    """What Karpenter counts against the limits of a pool."""


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """A pool: the nodes it may have."""

    name: str
    kinds: tuple[Node, ...]
    taints: tuple[Taint, ...]
    limits: Amounts
    least: int
    """How many nodes there are from the start; nothing makes a node group larger."""

    most: int | None
    """How many nodes there may be; None where only `limits` say."""

    missing: str
    """Why it has no nodes at all, where that isn't for its requirements."""

    own_plugin: bool
    """Whether its image registers GPUs by itself."""

    origin: SpecPath

    @property
    def gpu(self) -> bool:
        """Whether any of its nodes has GPUs."""
        return any(GPU in kind.room for kind in self.kinds)

    @property
    def spot(self) -> bool:
        """Whether all of its nodes may be taken away within two minutes."""
        key = CAPACITY if self.most is None else EKS_CAPACITY
        return bool(self.kinds) and all(kind.labels[key] <= {"spot", "SPOT"} for kind in self.kinds)


def grounds(artifacts: Iterable[Artifact]) -> tuple[Nodes, ...]:
    """Return the pools that are in *artifacts*, those of EKS first."""
    found: list[Nodes] = []
    pools: list[tuple[Artifact, Json]] = []
    classes: dict[str, Json] = {}
    region = Region("", ())
    for artifact in artifacts:
        if artifact.path == TFVARS and isinstance(artifact.body, Mapping):
            region = _region(artifact.body)
            groups = artifact.body.get(GROUPS) or {}
            found += [_group(name, group, region) for name, group in groups.items()]
            continue
        for body in artifact.objects:
            if body["kind"] == "NodePool":
                pools.append((artifact, body))
            elif body["kind"] == "EC2NodeClass":
                classes[body["metadata"]["name"]] = body["spec"]
    found += [_karpenter(artifact, body, classes, region) for artifact, body in pools]
    return tuple(found)


def addons(artifacts: Iterable[Artifact]) -> tuple[str, ...]:
    """Return the add-ons that EKS installs."""
    bodies = (each.body for each in artifacts if each.path == TFVARS)
    found = next((body for body in bodies if isinstance(body, Mapping)), {})
    return tuple(found.get("cluster_addons") or ())


def _region(variables: Json) -> Region:
    name = str(variables.get("region", ""))
    zones = "abcdef"[: int(variables.get("zones", 0))]
    return Region(name, tuple(f"{name}{letter}" for letter in zones))


def _group(name: str, group: Json, region: Region) -> Nodes:
    """Return the nodes of an EKS node group, as terraform-aws-modules makes it."""
    driver = "NVIDIA" in group["ami_type"]
    own: dict[str, frozenset[str]] = {
        EKS_CAPACITY: frozenset({group["capacity_type"]}),
        # Terraform adds to the name, and AWS picks the image.
        "eks.amazonaws.com/nodegroup": frozenset(),
        "eks.amazonaws.com/nodegroup-image": frozenset(),
        **{key: frozenset({value}) for key, value in group["labels"].items()},
    }
    disks = (each.get("ebs", {}) for each in group["block_device_mappings"].values())
    disk = max((int(each.get("volume_size", 0)) for each in disks), default=0) * _GIB
    kinds = []
    for type_ in group["instance_types"]:
        instance = hardware.instance(type_)
        labels = {**well_known(instance, region), **own}
        kinds.append(_node(instance, labels, disk, driver=driver))
    return Nodes(
        name=name,
        kinds=tuple(kinds),
        taints=tuple(
            Taint(each["key"], each.get("value") or "", _EFFECTS.get(each["effect"], ""))
            for each in group["taints"].values()
        ),
        limits={},
        least=int(group.get("desired_size", group.get("min_size", 0)) or 0),
        most=group["max_size"],
        missing="",
        own_plugin=False,
        origin=("nodePools", name),
    )


def _karpenter(
    artifact: Artifact, pool: Json, classes: Mapping[str, Json], region: Region
) -> Nodes:
    """Return the nodes that Karpenter may make for *pool*."""
    template = pool["spec"]["template"]
    spec = template["spec"]
    name, class_ = pool["metadata"]["name"], spec["nodeClassRef"]["name"]
    own = {
        "karpenter.sh/nodepool": frozenset({name}),
        "karpenter.k8s.aws/ec2nodeclass": frozenset({class_}),
        **{
            key: frozenset({str(value)})
            for key, value in (template["metadata"].get("labels") or {}).items()
        },
    }
    made_of = classes.get(class_, {})
    aliases = [each.get("alias", "") for each in made_of.get("amiSelectorTerms", ())]
    disks = [each.get("ebs", {}) for each in made_of.get("blockDeviceMappings", ())]
    disk = max((quantity(str(each.get("volumeSize", 0))) for each in disks), default=0)
    asked = tuple(requirements(spec.get("requirements")))
    return Nodes(
        name=name,
        kinds=tuple(_made(asked, own, region, disk)),
        taints=tuple(
            Taint(each["key"], each.get("value") or "", each["effect"])
            for each in spec.get("taints") or ()
        ),
        limits=amounts(pool["spec"].get("limits")),
        least=0,
        most=None,
        missing="" if class_ in classes else f"there is no EC2NodeClass `{class_}`",
        own_plugin=any(alias.startswith("bottlerocket@") for alias in aliases),
        origin=artifact.origin[0] if artifact.origin else ("nodePools", name),
    )


def _made(
    asked: tuple[Requirement, ...], own: Mapping[str, frozenset[str]], region: Region, disk: int
) -> Iterator[Node]:
    """Yield the instance types that meet what a NodePool asks for."""
    wanted = [each for each in asked if each.key in {_FAMILY, TYPE} and each.operator == "In"]
    families = set(hardware.families())
    for each in wanted:
        families &= {value.partition(".")[0] for value in each.values}
    for family in sorted(families):
        for instance in hardware.family(family):
            known = {
                **well_known(instance, region),
                **of_karpenter(instance),
                **own,
            }
            labels = narrowed(known, asked)
            if labels is not None:
                yield _node(instance, labels, disk, driver=True)


def _node(instance: Instance, labels: Labels, disk: int, *, driver: bool) -> Node:
    """Return a node of *instance*; without the *driver* in its image nothing sees its GPUs."""
    offered = instance.allocatable
    gpus = {GPU: instance.gpu.count} if instance.gpu and driver else {}
    return Node(
        instance=instance,
        labels=labels,
        room={
            "cpu": offered.cpu_millis,
            "memory": offered.memory_mib * MIB,
            "pods": offered.pods,
            # All of the disk; the kubelet offers a little less.
            "ephemeral-storage": disk,
            **gpus,
        },
        capacity={"cpu": instance.vcpu * 1000, "memory": instance.memory_mib * MIB, **gpus},
    )
