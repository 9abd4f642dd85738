"""Room: what one pod asks for is on one instance of its pool.

A first look at single pods. Daemons, limits and the pods of others are the schedule's concern.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlopsgen import units
from mlopsgen.check.checked import Checked, Workload
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.facts import hardware
from mlopsgen.facts.hardware import Instance
from mlopsgen.spec import ManagedPool, NodePool, Platform
from mlopsgen.spec.said import listed, named

_MIB = 2**20
_GIB = 2**10
"""In MiB."""

_TENTH = 100
"""Thousandths of a CPU."""


@rule("FIT001")
def gpus_are_on_one_instance(checked: Checked) -> Iterator[Finding]:
    """The GPUs of a pod are those of one instance of its pool.

    A pod never spans nodes. One that asks for more GPUs than any instance has stays Pending, and
    without a pool it is kept off GPU nodes by their taint.
    """
    rooms = _rooms(checked.platform)
    for at, workload in checked.workloads():
        if not workload.gpus:
            continue
        if workload.pool is None:
            yield _no_pool(at, workload.gpus, rooms)
        elif rooms.get(workload.pool):
            most = max(rooms[workload.pool], key=_gpus)
            if _gpus(most) < workload.gpus:
                yield _too_few(at, workload.gpus, workload.pool, most, rooms)


def _no_pool(at: SpecPath, gpus: int, rooms: Mapping[str, Sequence[Instance]]) -> Finding:
    enough = _with_gpus(gpus, rooms)
    fix = f"write `pool: {enough[0]}`" if enough else "name a pool whose instances have GPUs"
    return Finding(
        at=(*at, "gpus"),
        message=f"{named(at)} asks for {_counted(gpus)} and names no pool",
        fix=fix,
    )


def _too_few(
    at: SpecPath, gpus: int, pool: str, most: Instance, rooms: Mapping[str, Sequence[Instance]]
) -> Finding:
    there = f"the largest instance of `{pool}`, {most.type}, has {_gpus(most)}"
    if not _gpus(most):
        there = f"no instance of `{pool}` has one"
    enough = _with_gpus(gpus, rooms)
    fix = f"write `pool: {enough[0]}`" if enough else "add an instance with more GPUs to the pool"
    if _gpus(most):
        fix = f"write `gpus: {_gpus(most)}`, or {fix}"
    return Finding(
        at=(*at, "gpus"),
        message=f"{named(at)} asks for {_counted(gpus)}; {there}",
        fix=fix,
        related=(Related((*at, "pool"), "the pool is chosen here"),),
    )


def _with_gpus(gpus: int, rooms: Mapping[str, Sequence[Instance]]) -> list[str]:
    """Return the pools that have an instance with *gpus* or more."""
    return [name for name, room in rooms.items() if any(_gpus(each) >= gpus for each in room)]


def _gpus(instance: Instance) -> int:
    return instance.gpu.count if instance.gpu else 0


def _counted(gpus: int) -> str:
    return f"{gpus} GPU{'s' if gpus > 1 else ''}"


@rule("FIT002")
def requests_are_on_one_instance(checked: Checked) -> Iterator[Finding]:
    """The CPUs and memory of a pod are those of one instance of its pool.

    The kubelet and the system keep a part of each node. A pod that asks for more than what is
    left for pods on the largest instance stays Pending, whatever the pool may grow to.
    """
    rooms = _rooms(checked.platform)
    open_pools = [name for name, pool in checked.platform.node_pools.items() if not _closed(pool)]
    anywhere = [each for name in open_pools for each in rooms[name]]
    for at, workload in checked.workloads():
        room = rooms.get(workload.pool, []) if workload.pool else anywhere
        candidates = [each for each in room if _gpus(each) >= workload.gpus]
        if candidates and not any(_holds(each, workload) for each in candidates):
            where = [workload.pool] if workload.pool else open_pools
            yield _too_small(at, workload, where, candidates)


def _too_small(
    at: SpecPath, workload: Workload, pools: list[str], room: Sequence[Instance]
) -> Finding:
    cpu, memory = workload.resources.cpu, workload.resources.memory
    best = max(room, key=lambda each: (_share(each, cpu, memory), each.type))
    offered = best.allocatable
    fits = {
        "cpu": units.cpu(min(cpu, offered.cpu_millis // _TENTH * _TENTH)),
        "memory": units.memory(min(memory, _whole(offered.memory_mib) * _MIB)),
    }
    place = (*at, "resources", "memory" if offered.memory_mib * _MIB < memory else "cpu")
    return Finding(
        at=place,
        message=f"{named(at)} asks for {units.cpu(cpu)} CPUs and {units.memory(memory)}; of"
        f" {listed(pools)} the best instance, {best.type}, has {units.cpu(offered.cpu_millis)} and"
        f" {offered.memory_mib}Mi for pods",
        fix=f"write `resources: {{cpu: {fits['cpu']}, memory: {fits['memory']}}}`, or add a larger"
        " instance to the pool",
        related=(Related((*at, "pool"), "the pool is chosen here"),) if workload.pool else (),
    )


def _whole(mib: int) -> int:
    """Return *mib* rounded down to whole GiB, where there are any."""
    return mib // _GIB * _GIB or mib


def _share(instance: Instance, cpu: int, memory: int) -> float:
    """Return how much of what is asked for *instance* has: 1 is all of both."""
    offered = instance.allocatable
    return min(1.0, offered.cpu_millis / cpu) * min(1.0, offered.memory_mib * _MIB / memory)


def _holds(instance: Instance, workload: Workload) -> bool:
    offered, asked = instance.allocatable, workload.resources
    return offered.cpu_millis >= asked.cpu and offered.memory_mib * _MIB >= asked.memory


@rule("FIT003")
def pods_have_a_pool(checked: Checked) -> Iterator[Finding]:
    """A pod that names no pool has one without taints.

    A taint keeps every pod off that doesn't tolerate it, and only the pods that name the pool do.
    Without a pool for the others they would stay Pending.
    """
    pools = checked.platform.node_pools
    if any(not _closed(pool) for pool in pools.values()):
        return
    homeless = [at for at, each in checked.workloads() if each.pool is None and each.gpus == 0]
    if homeless:
        first, *others = homeless
        more = f", and so do {len(others)} others" if others else ""
        closed = f"every pool has a taint: {listed(list(pools))}" if pools else "there is none"
        yield Finding(
            at=first,
            message=f"{named(first)} names no pool{more}; {closed}",
            fix="add `general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}` under"
            " `nodePools`",
            related=(Related(("nodePools",), "they are declared here"),) if pools else (),
        )


def _closed(pool: NodePool) -> bool:
    """Whether a taint keeps pods off; PreferNoSchedule doesn't."""
    return any(not text.endswith(":PreferNoSchedule") for text in pool.taints)


def _rooms(platform: Platform) -> dict[str, list[Instance]]:
    """Return the instances of each pool, those that the catalogue knows."""
    return {name: list(instances(pool)) for name, pool in platform.node_pools.items()}


def instances(pool: NodePool) -> Iterator[Instance]:
    """Yield the instances that *pool* may have, those that the catalogue knows."""
    known = hardware.families()
    if isinstance(pool, ManagedPool):
        for type_ in pool.instance_types:
            family = type_.partition(".")[0]
            if family in known:
                yield from (each for each in hardware.family(family) if each.type == type_)
        return
    for family in pool.instance_families:
        if family in known:
            for each in hardware.family(family):
                if not pool.sizes or each.size in pool.sizes:
                    yield each


RULES = (gpus_are_on_one_instance, requests_are_on_one_instance, pods_have_a_pool)
