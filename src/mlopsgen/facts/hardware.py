"""Hardware: GPUs and EC2 instance types, and what of a node is left for pods.

`catalogue/instances/<family>.yaml` holds one EC2 family, smallest type first, and
`catalogue/gpus.yaml` the GPUs they carry. A family is read when it is first asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Strict

from mlopsgen.facts.reading import CATALOGUE, Fact, Items, Sourced, read
from mlopsgen.facts.unknown import UnknownFact

_GPUS = CATALOGUE / "gpus.yaml"
_INSTANCES = CATALOGUE / "instances"

Capability = Annotated[tuple[int, int], Strict(strict=False)]
"""A CUDA compute capability; 8.6 is `(8, 6)`, so that it compares as versions do."""

Dtype = Literal["float16", "bfloat16", "fp8"]


class Label(Sourced):
    """What Karpenter's `instance-gpu-name` and `instance-gpu-memory` say of the GPU.

    `name` can stand for GPUs of several sizes. `memory_mib` is what EC2 advertises, more than
    a program gets; it is right for node requirements and wrong for fitting a model.
    """

    name: str
    memory_mib: int


class Usable(Sourced):
    """MiB that CUDA reports as the total of an idle GPU, which is what vLLM takes its share of.

    The driver and ECC keep the rest. Drivers differ by about 1 %.
    """

    memory_mib: int


class Compute(Sourced):
    """The compute capability, which decides what kernels run."""

    capability: Capability


class Dtypes(Sourced):
    """Data types that the GPU computes in; others are refused or emulated."""

    native: Items[Dtype]


class Gpu(Fact):
    """A GPU model in one memory size; A100 and V100 come in two."""

    name: str
    label: Label
    usable: Usable
    compute: Compute
    dtypes: Dtypes


class Allocatable(Fact):
    """What the kubelet offers to pods, DaemonSets included.

    As Karpenter reckons it for AL2023: less its 7.5 % for the hypervisor and the kubelet's and
    the system's reserves. A running node offers a little more memory. `pods` is the limit of
    the VPC CNI without prefix delegation.
    """

    cpu_millis: int
    memory_mib: int
    pods: int


class InstanceGpus(Fact):
    """The GPUs of an instance; `name` is a `Gpu`'s, `memory_mib` the label's value for each."""

    name: str
    count: int
    memory_mib: int


class Instance(Fact):
    """An EC2 instance type; the local NVMe is the sum of its disks, in GB as AWS counts them."""

    type: str
    vcpu: int
    memory_mib: int
    arch: Literal["amd64", "arm64"]
    hypervisor: Literal["nitro", "xen", "none"]
    network_mbps: int
    local_nvme_gb: int = 0
    allocatable: Allocatable
    gpu: InstanceGpus | None = None

    @property
    def family(self) -> str:
        """The part of the type that Karpenter labels `instance-family`."""
        return self.type.partition(".")[0]

    @property
    def size(self) -> str:
        """The part of the type that Karpenter labels `instance-size`."""
        return self.type.partition(".")[2]

    @property
    def bare_metal(self) -> bool:
        """Whether the node runs without a hypervisor."""
        return self.hypervisor == "none"


class _Family(Sourced):
    family: str
    instances: Items[Instance]


class _Gpus(Fact):
    gpus: Items[Gpu]


@cache
def families() -> tuple[str, ...]:
    """Return the names of the EC2 families in the catalogue, sorted."""
    return tuple(sorted(file.stem for file in _INSTANCES.glob("*.yaml")))


@cache
def family(name: str) -> tuple[Instance, ...]:
    """Return the instance types of family *name*, smallest first, or raise UnknownFact."""
    if name not in families():
        kind = "instance family"
        raise UnknownFact(kind, name, families())
    return read(_INSTANCES / f"{name}.yaml", _Family).instances


@cache
def instance(type_: str) -> Instance:
    """Return the instance type *type_*, such as `g5.xlarge`, or raise UnknownFact.

    The fact that is missing is the family where the catalogue has none of that name.
    """
    siblings = {found.type: found for found in family(type_.partition(".")[0])}
    if type_ not in siblings:
        kind = "instance type"
        raise UnknownFact(kind, type_, siblings)
    return siblings[type_]


@cache
def gpus() -> tuple[Gpu, ...]:
    """Return every GPU in the catalogue."""
    return read(_GPUS, _Gpus).gpus


@cache
def gpu(name: str) -> Gpu:
    """Return GPU *name*, such as `l4` or `a100-80gb`, or raise UnknownFact."""
    named = {found.name: found for found in gpus()}
    if name not in named:
        kind = "GPU"
        raise UnknownFact(kind, name, named)
    return named[name]
