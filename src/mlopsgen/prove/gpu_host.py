"""What vLLM takes of the memory of its container, beside the GPUs.

Some of it is locked when it starts: the swap space of the older engine, and weights that are kept
outside of the GPUs. The rest are its processes and their queues in /dev/shm, a volume in memory
that counts as the container's. Files of weights are mapped, and the kernel gives their pages up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlopsgen.diagnostics import Finding, Related, Rule, Severity, SpecPath
from mlopsgen.plan import Served
from mlopsgen.plan.engines import older, swap_space
from mlopsgen.prove import gpu_memory
from mlopsgen.prove.gpu_cases import Case, Known, seated, size
from mlopsgen.prove.gpu_memory import GIB, MIB

LOCKED = Rule(
    "GPU010",
    "what vLLM locks of the host's memory is there",
    "vLLM locks swap space, which the older engine has, and the weights that it keeps outside of"
    " the GPUs, for each GPU, when it starts. The kernel ends a container that takes more than its"
    " memory, and vLLM refuses swap space above seven tenths of the node's. The pod restarts for"
    " ever.",
)
ROOM = Rule(
    "GPU011",
    "a language model has memory for its processes",
    "The memory of a container holds the processes of the server and their queues in /dev/shm"
    " beside what vLLM locks. Weights pass through the page cache, which the kernel gives up; it"
    " ends a container whose own memory doesn't fit.",
    Severity.WARNING,
)
RULES = (LOCKED, ROOM)


@dataclass(frozen=True, slots=True)
class _Host:
    """What a replica takes of the host's memory, in bytes."""

    swap: int
    offload: int
    processes: int
    queues: int

    @property
    def locked(self) -> int:
        return self.swap + self.offload

    @property
    def total(self) -> int:
        return self.locked + self.processes + self.queues


def host_memory(case: Case) -> Iterator[Finding]:
    """Yield what a container has too little memory for, the certain before the likely."""
    needed, asked = _host(case), case.served.spec.resources.memory
    if refused := _refused(case):
        yield refused
    elif needed.locked >= asked:
        yield LOCKED.at(
            (*case.at, _largest(needed)),
            f"{case.name} keeps {size(needed.locked)} outside of its GPUs; its container has"
            f" {size(asked)}",
            fix=_fix(case, needed),
            related=_given(case),
        )
    elif needed.total > asked:
        yield ROOM.at(
            ("models", case.served.model, "resources", "memory"),
            f"{case.name} may take {size(needed.total)} of its container's memory; that has"
            f" {size(asked)}",
            fix=_fix(case, needed),
            why=f"{_spelled(needed)}. {ROOM.why}",
        )


def _host(case: Case) -> _Host:
    engine, options, gpus = gpu_memory.engine(), case.options, case.served.spec.gpus
    old = older(options, engine) or any(
        gpu.compute.capability < engine.new_from for gpu, _ in case.seats
    )
    swap = swap_space(options, engine, case.pool.instances) if old else None
    offload = int(options.cpu_offload_gb * GIB)
    if isinstance(case, Known):
        offload = min(offload, gpu_memory.weights(case.setting))
    return _Host(
        swap=int((swap or 0) * GIB) * gpus,
        offload=offload * gpus,
        processes=engine.measured.process_mib * MIB * gpus,
        queues=engine.host.queue_mib * MIB * (gpus + 1) if gpus > 1 else 0,
    )


def _refused(case: Case) -> Finding | None:
    """Return that vLLM has no swap space of that size on a node, whichever engine serves."""
    options, gpus = case.options, case.served.spec.gpus
    sharing = options.tensor_parallel_size or gpus // options.pipeline_parallel_size
    asked = int((options.swap_space or 0) * GIB) * sharing
    share = gpu_memory.engine().host.swap_share
    smallest = min((each for _, each in case.seats), key=lambda each: each.memory_mib)
    most = int(smallest.memory_mib * MIB * share)
    if asked <= most:
        return None
    return LOCKED.at(
        (*case.at, "swapSpace"),
        f"{case.name} asks for {size(asked)} of swap space; vLLM takes {size(most)} of the"
        f" {size(smallest.memory_mib * MIB)} of {smallest.type} at the most",
        fix=f"write `swapSpace: {most // sharing // GIB}`",
    )


def _largest(needed: _Host) -> str:
    return "cpuOffloadGb" if needed.offload > needed.swap else "swapSpace"


def _given(case: Case) -> tuple[Related, ...]:
    place: SpecPath = ("models", case.served.model, "resources")
    return (Related(place, "its memory is given here"),)


def _fix(case: Case, needed: _Host) -> str:
    """Return the smallest memory that does, where an instance of the pool has it."""
    memory, gpus = -(-needed.total // GIB), case.served.spec.gpus
    if seated(case.pool.instances, _with_memory(case.served, memory), gpus):
        return f"write `memory: {memory}Gi` in its `resources`"
    room = max(each.allocatable.memory_mib for _, each in case.seats) * MIB
    larger = f"take a pool of instances with {memory} GiB for pods"
    swap = (room - needed.total + needed.swap) // gpus // GIB
    if not needed.swap or swap < 0:
        return f"{larger}; those of `{case.pool.name}` have {size(room)} at the most"
    memory = -(-(needed.total - needed.swap) // GIB) + swap * gpus
    return f"write `swapSpace: {swap}` and `memory: {memory}Gi`, or {larger}"


def _with_memory(served: Served, memory: int) -> Served:
    """Return *served* as it would be with *memory* GiB."""
    resources = served.spec.resources.model_copy(update={"memory": memory * GIB})
    return replace(served, spec=served.spec.model_copy(update={"resources": resources}))


def _spelled(needed: _Host) -> str:
    parts = (
        (needed.processes, "processes"),
        (needed.queues, "queues in /dev/shm"),
        (needed.swap, "swap space"),
        (needed.offload, "weights outside of the GPUs"),
    )
    summed = [f"{size(count)} {word}" for count, word in parts if count]
    total = f" = {size(needed.total)}" if len(summed) > 1 else ""
    return f"{' + '.join(summed)}{total}"
