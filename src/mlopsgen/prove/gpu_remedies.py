"""The smallest changes that make a model fit its GPUs; each is tried before it is proposed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from mlopsgen.facts import hardware
from mlopsgen.facts.hardware import Gpu, Instance
from mlopsgen.plan import Plan
from mlopsgen.prove import gpu_memory
from mlopsgen.prove.gpu_cases import Known, Seat, called, seated
from mlopsgen.prove.gpu_memory import Setting
from mlopsgen.spec import KarpenterPool

_SHOWN = 2
"""Changes that are named at the most."""

_BATCHES = (512, 256, 128, 64, 32, 16)
"""Requests in a batch worth having."""

_STEP = 256
"""Tokens by which a context is shortened."""

_SHORTEST = 512
"""Tokens of a context that is still worth proposing."""


def remedies(plan: Plan, case: Known) -> str:
    """Return the first two changes that help, each on its own."""
    found = list(islice(_changes(plan, case), _SHOWN))
    return ", or ".join(found) or "serve a smaller model, or one with quantised weights"


def without(case: Known, failing: Iterable[Gpu]) -> str:
    """Return the change that leaves the instances with *failing* GPUs out, "" if none is left."""
    bad = {gpu.name for gpu in failing}
    left = [each for each in case.pool.instances if not each.gpu or each.gpu.name not in bad]
    if not seated(left, case.served, case.setting.gpus):
        return ""
    spec = case.pool.spec
    if isinstance(spec, KarpenterPool):
        families = {each.family for each in left}
        kept = [word for word in spec.instance_families if word in families]
        return f"write `instanceFamilies: [{', '.join(kept)}]`"
    types = {each.type for each in left}
    kept = [word for word in spec.instance_types if word in types]
    return f"write `instanceTypes: [{', '.join(kept)}]`"


def takes(case: Known, gpu: Gpu) -> bool:
    """Whether *gpu* computes in the model's data type; 32 bits all do."""
    served_in = gpu_memory.dtype(case.family, case.options)
    return served_in == "float32" or served_in in gpu.dtypes.native


def _changes(plan: Plan, case: Known) -> Iterator[str]:
    yield from _smaller_batches(case)
    failing = [gpu for gpu, _ in case.seats if not _good(case, case.setting, gpu)]
    if change := without(case, failing):
        yield change
    yield from _other_pools(plan, case)
    yield from _shorter_context(case)
    yield from _more_gpus(case)
    yield from _another_instance(case)


def _good(case: Known, setting: Setting, gpu: Gpu) -> bool:
    return takes(case, gpu) and gpu_memory.fits(setting, gpu)


def _smaller_batches(case: Known) -> Iterator[str]:
    now = max(gpu_memory.sequences(case.setting, gpu) for gpu, _ in case.seats)
    for count in _BATCHES:
        smaller = replace(case.setting, sequences=count)
        if count < now and all(gpu_memory.fits(smaller, gpu) for gpu, _ in case.seats):
            yield f"write `maxNumSeqs: {count}`"
            return


def _other_pools(plan: Plan, case: Known) -> Iterator[str]:
    for name, pool in plan.pools.items():
        seats = seated(pool.instances, case.served, case.setting.gpus)
        if name != case.pool.name and seats and _all_good(case, case.setting, seats):
            yield f"write `pool: {name}`"
            return


def _shorter_context(case: Known) -> Iterator[str]:
    gpus = tuple(gpu for gpu, _ in case.seats)
    longest = gpu_memory.longest_context(case.setting, gpus, _STEP)
    if longest >= _SHORTEST:
        yield f"write `maxModelLen: {longest}`"


def _more_gpus(case: Known) -> Iterator[str]:
    """Yield the next count that an instance of the pool has all of, so that none lies idle."""
    counts = {each.gpu.count for each in case.pool.instances if each.gpu}
    for count in sorted(counts):
        more = replace(case.setting, gpus=count)
        if count <= case.setting.gpus or count % more.pipeline or case.options.tensor_parallel_size:
            continue
        if gpu_memory.undivided(case.family, more.tensor):
            continue
        seats = seated(case.pool.instances, case.served, count)
        if seats and _all_good(case, more, seats):
            yield f"write `gpus: {count}`"
            return


def _all_good(case: Known, setting: Setting, seats: Iterable[Seat]) -> bool:
    return all(_good(case, setting, gpu) for gpu, _ in seats)


def _another_instance(case: Known) -> Iterator[str]:
    """Yield the smallest instance of the catalogue that would do."""
    everything = (each for name in hardware.families() for each in hardware.family(name))
    for gpu, instance in sorted(_seats(case, everything), key=_costs):
        if _good(case, case.setting, gpu):
            yield f"take a pool of {instance.type}, whose {called(gpu)} has room"
            return


def _seats(case: Known, instances: Iterable[Instance]) -> tuple[Seat, ...]:
    ordered = sorted(instances, key=lambda each: (each.vcpu, each.memory_mib, each.type))
    return seated(ordered, case.served, case.setting.gpus)


def _costs(seat: Seat) -> tuple[int, int, str]:
    """Order seats by what they cost, as far as the catalogue can tell."""
    gpu, instance = seat
    count = instance.gpu.count if instance.gpu else 0
    return count * gpu.usable.memory_mib, instance.vcpu, instance.type
