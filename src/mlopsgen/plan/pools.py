"""Node pools: labels, taints and the instance types they may launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import hardware
from mlopsgen.facts.hardware import Instance
from mlopsgen.names import GPU_LABEL, POOL_LABEL
from mlopsgen.spec import KarpenterPool, ManagedPool, NodePool


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods off a node unless they tolerate it; the effect in Kubernetes' spelling."""

    key: str
    value: str
    effect: str

    @property
    def toleration(self) -> dict[str, str]:
        """The toleration that lets a pod pass."""
        return {"key": self.key, "operator": "Equal", "value": self.value, "effect": self.effect}


@dataclass(frozen=True, slots=True)
class Pool:
    """A node pool with every instance type it may launch, smallest first."""

    name: str
    spec: ManagedPool | KarpenterPool
    labels: Mapping[str, str]
    """Labels that its nodes get from us, POOL_LABEL among them."""

    taints: tuple[Taint, ...]
    instances: tuple[Instance, ...]
    origin: SpecPath

    @property
    def gpu(self) -> bool:
        """Whether its nodes have GPUs."""
        return any(instance.gpu for instance in self.instances)

    @property
    def selector(self) -> dict[str, str]:
        """The nodeSelector of a pod that is bound to the pool."""
        return {POOL_LABEL: self.name}

    @property
    def tolerations(self) -> list[dict[str, str]]:
        """The tolerations of a pod that is bound to the pool."""
        return [taint.toleration for taint in self.taints]


def pools(specs: Mapping[str, NodePool]) -> dict[str, Pool]:
    """Return the pools by name."""
    return {name: _pool(name, spec) for name, spec in specs.items()}


def _pool(name: str, spec: NodePool) -> Pool:
    instances = _instances(spec)
    gpu = {GPU_LABEL: "true"} if any(instance.gpu for instance in instances) else {}
    return Pool(
        name=name,
        spec=spec,
        labels={POOL_LABEL: name, **gpu, **spec.labels},
        taints=tuple(_taint(text) for text in spec.taints),
        instances=instances,
        origin=("nodePools", name),
    )


def _taint(text: str) -> Taint:
    """Return the taint written as key=value:Effect or key:Effect; the rules checked the form."""
    rest, _, effect = text.rpartition(":")
    key, _, value = rest.partition("=")
    return Taint(key, value, effect)


def _instances(spec: NodePool) -> tuple[Instance, ...]:
    if isinstance(spec, ManagedPool):
        found = [hardware.instance(type_) for type_ in spec.instance_types]
    else:
        found = [
            instance
            for family in spec.instance_families
            for instance in hardware.family(family)
            if not spec.sizes or instance.size in spec.sizes
        ]
    return tuple(sorted(found, key=lambda each: (each.vcpu, each.memory_mib, each.type)))
