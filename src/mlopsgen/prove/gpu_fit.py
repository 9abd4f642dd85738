"""Language models fit the GPUs they may get: memory, data types, splitting, context, batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlopsgen.diagnostics import Finding, Related, Rule, Severity
from mlopsgen.facts import families, hardware
from mlopsgen.facts.hardware import Instance
from mlopsgen.plan import Plan, Served
from mlopsgen.prove import gpu_engine, gpu_host, gpu_memory
from mlopsgen.prove.gpu_cases import (
    Case,
    Known,
    Seat,
    brought,
    called,
    cases,
    compared,
    known,
    longer_allowed,
    set_up,
    size,
    spelled,
)
from mlopsgen.prove.gpu_remedies import remedies, takes, without
from mlopsgen.spec.keys import closest

MEMORY = Rule(
    "GPU001",
    "a language model fits the memory of every GPU that it may get",
    "vLLM stops when it starts, and the pod restarts for ever, unless its share of the GPU holds"
    " the weights, one request of the longest context and what computing takes. A pod may land on"
    " any instance of its pool that has room for it, so every kind of GPU there has to do.",
)
DTYPE = Rule(
    "GPU002",
    "every GPU that a language model may get computes in its data type",
    "vLLM refuses bfloat16 on GPUs with a compute capability below 8.0, and `dtype: auto` takes"
    " the type of the checkpoint. The pod restarts for ever.",
)
SPLIT = Rule(
    "GPU003",
    "the GPUs of a replica divide the heads of the model",
    "On several GPUs vLLM gives each an equal part of every layer. It stops when it starts if the"
    " attention heads, the KV heads or the columns of a layer don't divide by the GPUs.",
)
CONTEXT = Rule(
    "GPU004",
    "the longest context is one that the model was made for",
    "vLLM stops when it starts if `maxModelLen` is above what the checkpoint's config.json states;"
    " beyond it the model would answer with nonsense.",
)
UNKNOWN = Rule(
    "GPU005",
    "the figures of a language model are known",
    "Layers, heads and the number of weights decide whether a model fits a GPU. Without them"
    " nothing is proved: it may fit, and it may stop when it starts.",
    Severity.WARNING,
)
BATCH = Rule(
    "GPU006",
    "a batch has a token for each of its requests",
    "vLLM stops when it starts if `maxNumSeqs` is above the tokens that it computes at once.",
)
GRAPHS = Rule(
    "GPU007",
    "a GPU has memory left for CUDA graphs",
    "vLLM records CUDA graphs after it has shared out the memory that `gpuMemoryUtilization`"
    " allows, so they have to fit in the rest. They take 0.2 GiB for a small model and up to 2 GiB"
    " for one with 8 billion weights; without room vLLM runs out of memory when it starts.",
    Severity.WARNING,
)
RULES = (MEMORY, DTYPE, SPLIT, CONTEXT, UNKNOWN, BATCH, GRAPHS, *gpu_engine.RULES, *gpu_host.RULES)


def gpu_fit(plan: Plan) -> Iterator[Finding]:
    """Yield what would keep language models from starting on the GPUs of their pools."""
    for case in cases(plan):
        if isinstance(case, Known):
            for look in _LOOKS:
                yield from look(plan, case)
        else:
            yield _unknown(case)
        yield from gpu_host.host_memory(case)


def arithmetic(served: Served, instance: Instance) -> str:
    """Return how *served* spends the memory of a GPU of *instance*, "" where that isn't known."""
    family = known(served)
    if served.spec.vllm is None or family is None or instance.gpu is None:
        return ""
    setting = set_up(served, served.spec.vllm, family)
    return spelled(setting, hardware.gpu(instance.gpu.name))


def _memory(plan: Plan, case: Known) -> Iterator[Finding]:
    setting = case.setting
    failing = [seat for seat in case.seats if not gpu_memory.fits(setting, seat[0])]
    if not failing or gpu_memory.undivided(case.family, setting.tensor):
        return
    gpu, instance = max(failing, key=lambda seat: gpu_memory.missing(setting, seat[0]))
    needed, given = compared(gpu_memory.need(setting, gpu), gpu_memory.room(setting, gpu))
    each = f"each {called(gpu)}" if setting.gpus > 1 else f"the {called(gpu)}"
    yield MEMORY.at(
        case.at,
        f"{case.name} needs {needed} of {each} of {instance.type}; vLLM may take {given}",
        fix=remedies(plan, case),
        why=f"{spelled(setting, gpu)}. {MEMORY.why}",
        related=_brought(case, failing),
    )


def _dtype(_plan: Plan, case: Known) -> Iterator[Finding]:
    failing = [seat for seat in case.seats if not takes(case, seat[0])]
    if not failing:
        return
    gpu, instance = failing[0]
    major, minor = gpu.compute.capability
    asked = case.options.dtype
    name = gpu_memory.dtype(case.family, case.options)
    chosen = f"{name}, the type of its checkpoint" if asked == "auto" else name
    others = without(case, [seat[0] for seat in failing])
    yield DTYPE.at(
        (*case.at, "dtype"),
        f"{case.name} is served in {chosen}; the {called(gpu)} of {instance.type} has compute"
        f" capability {major}.{minor}, and {name} takes 8.0",
        fix=f"write `dtype: half`, or {others}" if others else "write `dtype: half`",
        related=_brought(case, failing),
    )


def _split(_plan: Plan, case: Known) -> Iterator[Finding]:
    gpus = case.setting.tensor
    if undivided := gpu_memory.undivided(case.family, gpus):
        fewer = next(n for n in range(gpus - 1, 0, -1) if not gpu_memory.undivided(case.family, n))
        yield SPLIT.at(
            ("models", case.served.model, "gpus"),
            f"{case.name} is split over {gpus} GPUs; its {undivided} don't divide by {gpus}",
            fix=f"write `gpus: {fewer * case.setting.pipeline}`"
            f"{f' and `tensorParallelSize: {fewer}`' if case.options.tensor_parallel_size else ''}",
        )


def _context(_plan: Plan, case: Known) -> Iterator[Finding]:
    asked, most = case.options.max_model_len, case.family.max_context
    if asked > most and not longer_allowed(case.served):
        yield CONTEXT.at(
            (*case.at, "maxModelLen"),
            f"{case.name} takes contexts of {asked:,} tokens; `{case.family.id}` was made for"
            f" {most:,}",
            fix=f"write `maxModelLen: {most}`",
        )


def _batch(_plan: Plan, case: Known) -> Iterator[Finding]:
    asked = case.setting
    tokens = min(gpu_memory.batched_tokens(asked, gpu) for gpu, _ in case.seats)
    if asked.sequences and asked.sequences > tokens:
        yield BATCH.at(
            (*case.at, "maxNumSeqs"),
            f"{case.name} puts {asked.sequences:,} requests into a batch; vLLM computes"
            f" {tokens:,} tokens at once",
            fix=f"write `maxNumSeqs: {tokens}`",
        )


def _graphs(_plan: Plan, case: Known) -> Iterator[Finding]:
    gpu, instance = min(case.seats, key=lambda seat: seat[0].usable.memory_mib)
    memory = gpu.usable.memory_mib * gpu_memory.MIB
    left = memory - gpu_memory.room(case.setting, gpu)
    graphs = gpu_memory.graphs(case.options)
    if left < graphs:
        share = (memory - graphs) * 100 // memory / 100
        yield GRAPHS.at(
            (*case.at, "gpuMemoryUtilization"),
            f"{case.name} leaves {size(left)} of the {called(gpu)} of {instance.type} for CUDA"
            f" graphs; they may take {size(graphs)} and more",
            fix=f"write `gpuMemoryUtilization: {share:g}`",
        )


def _unknown(case: Case) -> Finding:
    source = case.served.source
    names = [f"hf://{name}" for name in families.models()]
    near = closest(source, names) if source.startswith("hf://") else ""
    declare = (
        f"add `architecture` to `models.{case.served.model}`, with the figures of its config.json"
    )
    place = ("canary", "source") if case.served.canary else ("source",)
    return UNKNOWN.at(
        ("models", case.served.model, *place),
        f"whether {case.name} fits its GPUs isn't proved: the figures of `{source}` are unknown",
        fix=f"write `source: {near}` if that is the model you mean, or {declare}"
        if near
        else declare,
    )


def _brought(case: Known, seats: list[Seat]) -> tuple[Related, ...]:
    """Return where the pool says that it may launch each of *seats*."""
    return tuple(
        Related(brought(case, gpu), f"may be {instance.type}, with {_gpus(instance)}")
        for gpu, instance in seats
    )


def _gpus(instance: Instance) -> str:
    gpu = instance.gpu
    return f"{gpu.count} x {gpu.name.upper()}" if gpu else "no GPU"


Look = Callable[[Plan, Known], Iterator[Finding]]

_LOOKS: tuple[Look, ...] = (
    _memory,
    _dtype,
    _split,
    _context,
    _batch,
    _graphs,
    gpu_engine.quantized,
    gpu_engine.whole,
)
