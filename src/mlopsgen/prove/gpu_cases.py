"""What the GPU proof looks at: a model, its figures, and every GPU that it may be started on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import families, hardware
from mlopsgen.facts.families import ModelFamily
from mlopsgen.facts.hardware import Gpu, Instance
from mlopsgen.plan import Plan, Pool, Served
from mlopsgen.plan.model import HUB
from mlopsgen.prove import gpu_memory
from mlopsgen.prove.gpu_memory import GIB, MIB, Need, Setting
from mlopsgen.spec import KarpenterPool, VllmOptions

_ALLOWS_LONGER = "VLLM_ALLOW_LONG_MAX_MODEL_LEN"
"""With it vLLM only warns of a context that the model wasn't made for (0.8.0, config.py)."""

_MOST_DIGITS = 3
"""Decimals of a GiB at the most: about a MiB."""

Seat = tuple[Gpu, Instance]
"""A kind of GPU, and the smallest instance that brings it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A language model in its pool; `seats` has each kind of GPU once, smallest instance first."""

    served: Served
    options: VllmOptions
    pool: Pool
    seats: tuple[Seat, ...]

    @property
    def at(self) -> SpecPath:
        """The place of its options."""
        return ("models", self.served.model, "vllm")

    @property
    def name(self) -> str:
        """What messages call it."""
        model = f"`models.{self.served.model}`"
        return f"the canary of {model}" if self.served.canary else model


@dataclass(frozen=True, slots=True)
class Known(Case):
    """A case whose figures are in the catalogue, or in platform.yaml."""

    family: ModelFamily
    setting: Setting


def cases(plan: Plan) -> Iterator[Case]:
    """Yield every language model that has a GPU to start on.

    A canary has the options of its model, so that it says something new only with other figures.
    Models without a GPU, and those no instance has room for, are left to the rules of `check`.
    """
    seats: dict[tuple[str, int, int, int], tuple[Seat, ...]] = {}
    figures: dict[str, ModelFamily | None] = {}
    for served in plan.served:
        options, pool, asked = served.spec.vllm, served.pool, served.spec.resources
        if options is None or pool is None or not served.spec.gpus:
            continue
        key = (pool.name, served.spec.gpus, asked.cpu, asked.memory)
        if key not in seats:
            seats[key] = seated(pool.instances, served, served.spec.gpus)
        family = known(served)
        repeated = served.canary and (served.spec.architecture or family is figures[served.model])
        if not seats[key] or repeated:
            continue
        figures[served.model] = family
        if family is None:
            yield Case(served, options, pool, seats[key])
        else:
            setting = set_up(served, options, family)
            yield Known(served, options, pool, seats[key], family, setting)


def set_up(served: Served, options: VllmOptions, family: ModelFamily) -> Setting:
    """Return how *served* is served; a context that vLLM refuses counts as the longest it takes."""
    setting = gpu_memory.setting(family, options, served.spec)
    if setting.context <= family.max_context or longer_allowed(served):
        return setting
    return replace(setting, context=family.max_context)


def longer_allowed(served: Served) -> bool:
    """Whether vLLM takes contexts that the model wasn't made for."""
    return served.spec.env.get(_ALLOWS_LONGER, "").strip().lower() in {"1", "true"}


def known(served: Served) -> ModelFamily | None:
    """Return the figures of *served*: those its model declares, else those of the catalogue."""
    if declared := served.spec.architecture:
        figures = declared.model_dump(by_alias=True, exclude={"weight_bits"})
        origin = {"source": "mlopsgen convention platform.yaml"}
        access = {"gated": False, **origin}
        return ModelFamily.model_validate(
            {**figures, "id": served.source, "access": access} | origin
        )
    if not served.source.startswith(HUB):
        return None
    return families.model(served.source.removeprefix(HUB).partition("@")[0])


def seated(instances: Iterable[Instance], served: Served, gpus: int) -> tuple[Seat, ...]:
    """Return the GPUs of the instances that hold a pod of *served* with *gpus* GPUs.

    Karpenter takes the cheapest of them that there is, and the pod doesn't say which GPU it
    wants: any of them may be the one.
    """
    found: dict[str, Seat] = {}
    for each in instances:
        if each.gpu and holds(each, served, gpus):
            found.setdefault(each.gpu.name, (hardware.gpu(each.gpu.name), each))
    return tuple(found.values())


def holds(instance: Instance, served: Served, gpus: int) -> bool:
    """Whether a pod of *served* with *gpus* GPUs fits on an empty *instance*."""
    asked, offered = served.spec.resources, instance.allocatable
    enough = offered.cpu_millis >= asked.cpu and offered.memory_mib * MIB >= asked.memory
    return enough and (instance.gpu.count if instance.gpu else 0) >= gpus


def brought(case: Case, gpu: Gpu) -> SpecPath:
    """Return where the pool names the family or type that brings *gpu*, or the pool."""
    spec = case.pool.spec
    karpenter = isinstance(spec, KarpenterPool)
    words = spec.instance_families if isinstance(spec, KarpenterPool) else spec.instance_types
    bringing = {
        each.family if karpenter else each.type
        for each in case.pool.instances
        if each.gpu and each.gpu.name == gpu.name
    }
    key = "instanceFamilies" if karpenter else "instanceTypes"
    found = (index for index, word in enumerate(words) if word in bringing)
    return (*case.pool.origin, key, next(found, 0))


def called(gpu: Gpu) -> str:
    """Return the name of a GPU as its maker writes it: T4, A100-40GB."""
    return gpu.name.upper()


def size(count: int, digits: int = 1) -> str:
    """Return bytes as GiB with *digits* decimals, small ones as whole MiB."""
    return f"{count / GIB:.{digits}f} GiB" if count >= GIB // 10 else f"{-(-count // MIB)} MiB"


def spelled(setting: Setting, gpu: Gpu) -> str:
    """Return how the memory of *gpu* is spent, as half a sentence."""
    need, room = gpu_memory.need(setting, gpu), gpu_memory.room(setting, gpu)
    several = setting.gpus > 1
    split = f", {setting.gpus} GPUs share {size(_whole(setting))}" if several else ""
    kept = f" - {size(setting.offload)} kept outside" if setting.offload else ""
    bits = setting.bits or 8 * setting.width
    token = f"{setting.context:,} tokens x {gpu_memory.kv_bytes(setting) / 2**10:g} KiB"
    digits = _digits(need, room)
    return (
        f"{size(need.weights, digits)} weights ({bits} bits{split}{kept})"
        f"{f' + {size(need.adapters, digits)} adapters' if need.adapters else ''}"
        f" + {size(need.cache, digits)} KV cache ({token})"
        f" + {size(need.working, digits)} working memory ({_batch(setting, gpu)})"
        f" + {size(need.cuda, digits)} CUDA{' and NCCL' if several else ''}"
        f" = {size(need.total, digits)}; the {called(gpu)} gives"
        f" {size(gpu.usable.memory_mib * MIB, digits)} x {setting.share:g} = {size(room, digits)}"
    )


def compared(need: Need, room: int) -> tuple[str, str]:
    """Return what is needed and what there is, with decimals enough to tell them apart."""
    digits = next((n for n in (1, 2) if size(need.total, n) != size(room, n)), _MOST_DIGITS)
    return size(need.total, digits), size(room, digits)


def _digits(need: Need, room: int) -> int:
    """Return the fewest decimals with which the shown sum adds up and differs from *room*."""
    parts = (need.weights, need.adapters, need.cache, need.working, need.cuda)
    for digits in (1, 2):
        unit = GIB / 10**digits
        adds_up = sum(round(part / unit) for part in parts) == round(need.total / unit)
        if adds_up and size(need.total, digits) != size(room, digits):
            return digits
    return _MOST_DIGITS


def _batch(setting: Setting, gpu: Gpu) -> str:
    if gpu_memory.sampling(setting, gpu) > gpu_memory.forward(setting, gpu):
        requests = gpu_memory.sequences(setting, gpu)
        return f"the next tokens of {requests:,} requests"
    return f"a batch of {gpu_memory.batched_tokens(setting, gpu):,} tokens"


def _whole(setting: Setting) -> int:
    """Return what the weights take of one GPU that had them all."""
    return gpu_memory.weights(replace(setting, gpus=1, pipeline=1))
