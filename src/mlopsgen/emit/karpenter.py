"""Karpenter: a NodePool and an EC2NodeClass for each pool whose nodes Karpenter makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlopsgen import units
from mlopsgen.artifact import Artifact, manifest
from mlopsgen.names import DISCOVERY_TAG
from mlopsgen.plan import Plan, Pool
from mlopsgen.plan.applications import NODE_POOLS
from mlopsgen.shapes import Shapes
from mlopsgen.spec import KarpenterPool

_CAPACITY = {
    "on-demand": ("on-demand",),
    "spot": ("spot",),
    # Karpenter takes spot first and falls back within the same pool (1.8.0, nodepools.md).
    "spot-preferred": ("spot", "on-demand"),
}


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield both objects of every Karpenter pool, which have the pool's name."""
    for pool in plan.pools.values():
        if isinstance(pool.spec, KarpenterPool):
            yield _node_class(plan, shapes, pool, pool.spec)
            yield _node_pool(plan, shapes, pool, pool.spec)


def _node_class(plan: Plan, shapes: Shapes, pool: Pool, spec: KarpenterPool) -> Artifact:
    document = shapes.one(
        "karpenter/ec2-node-class.yaml",
        pool=pool,
        labels=plan.labels(pool.name),
        role=plan.scope.node_role(),
        discovery={DISCOVERY_TAG: plan.scope.cluster},
        bottlerocket=spec.ami.startswith("bottlerocket@"),
        disk=f"{units.gibibytes(spec.disk)}Gi",
        tags={"environment": plan.environment, "platform": plan.platform.name},
    )
    return manifest(NODE_POOLS, document, emitter=__name__, origin=pool.origin)


def _node_pool(plan: Plan, shapes: Shapes, pool: Pool, spec: KarpenterPool) -> Artifact:
    longest = _longest_run(plan, pool)
    document = shapes.one(
        "karpenter/node-pool.yaml",
        pool=pool,
        labels=plan.labels(pool.name),
        requirements=_requirements(spec),
        taints=_taints(pool),
        expire_after=_span(spec.expire_after),
        grace=_span(longest) if longest else None,
        consolidation=spec.consolidation or _consolidation(pool),
        consolidate_after=_span(spec.consolidate_after),
        limits=_limits(spec),
    )
    return manifest(NODE_POOLS, document, emitter=__name__, origin=pool.origin)


def _consolidation(pool: Pool) -> str:
    """Return what may be taken away to save: of GPUs nothing that is in use.

    Else a cheaper node is worth it at any time, such as a spot instance after an hour without one,
    and a model is away while its weights load anew: its new pod isn't waited for before the old
    one is evicted (karpenter v1.8.0 website/content/en/docs/concepts/disruption.md).
    """
    return "WhenEmpty" if pool.gpu else "WhenEmptyOrUnderutilized"


def _requirements(spec: KarpenterPool) -> list[dict[str, object]]:
    found = [
        _one_of("karpenter.k8s.aws/instance-family", spec.instance_families),
        _one_of("karpenter.sh/capacity-type", _CAPACITY[spec.capacity]),
        _one_of("kubernetes.io/arch", ("amd64",)),
        _one_of("kubernetes.io/os", ("linux",)),
    ]
    if spec.sizes:
        found.insert(1, _one_of("karpenter.k8s.aws/instance-size", spec.sizes))
    return found


def _one_of(key: str, values: Sequence[str]) -> dict[str, object]:
    return {"key": key, "operator": "In", "values": list(values)}


def _taints(pool: Pool) -> list[dict[str, str]]:
    """Return the taints; an empty value is left out, because the CRD refuses one."""
    return [
        {
            "key": taint.key,
            **({"value": taint.value} if taint.value else {}),
            "effect": taint.effect,
        }
        for taint in pool.taints
    ]


def _limits(spec: KarpenterPool) -> dict[str, str]:
    found = {}
    if spec.limits.cpu is not None:
        found["cpu"] = units.cpu(spec.limits.cpu)
    if spec.limits.memory is not None:
        found["memory"] = units.memory(spec.limits.memory)
    if spec.limits.gpus is not None:
        found["nvidia.com/gpu"] = str(spec.limits.gpus)
    return found


def _longest_run(plan: Plan, pool: Pool) -> int:
    """Return how long a run may take that has steps on *pool*, 0 when none has."""
    return max(
        (
            workflow.spec.deadline
            for workflow in plan.workflows
            for step in (*workflow.spec.steps.values(), *workflow.spec.on_exit.values())
            if step.pool == pool.name or (step.pool is None and not pool.taints)
        ),
        default=0,
    )


def _span(millis: int) -> str:
    """Return a duration in whole seconds: Karpenter knows nothing shorter."""
    return units.duration(units.seconds(millis) * 1000)
