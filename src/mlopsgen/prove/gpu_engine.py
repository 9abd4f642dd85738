"""What vLLM's engine can't do on some GPUs: ways to keep weights, and prompts in one piece."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.plan import Plan
from mlopsgen.prove import gpu_memory
from mlopsgen.prove.gpu_cases import Known, called

QUANTIZED = Rule(
    "GPU008",
    "every GPU that a language model may get computes with its quantised weights",
    "Each way to keep weights in fewer bits has kernels for some GPUs and types only. vLLM stops"
    " when it starts on any other, and the pod restarts for ever.",
)
WHOLE = Rule(
    "GPU009",
    "a prompt that isn't cut fits into a batch",
    "The older engine of vLLM computes a prompt at once unless chunked prefill is on. It stops"
    " when it starts if a batch has fewer tokens than the longest context.",
)
RULES = (QUANTIZED, WHOLE)


def quantized(_plan: Plan, case: Known) -> Iterator[Finding]:
    """Yield GPUs and data types that the model's quantisation has no kernels for."""
    name = case.options.quantization
    if name is None:
        return
    method = gpu_memory.engine().quantization.methods[name]
    for gpu, instance in case.seats:
        if gpu.compute.capability < method.capability:
            has, takes = (
                ".".join(map(str, one)) for one in (gpu.compute.capability, method.capability)
            )
            yield QUANTIZED.at(
                (*case.at, "quantization"),
                f"{case.name} is quantised with {name}, which takes compute capability {takes};"
                f" the {called(gpu)} of {instance.type} has {has}",
                fix="take a pool of newer GPUs, or a model that is quantised in another way",
            )
            return
    served_in = gpu_memory.dtype(case.family, case.options)
    if method.half and served_in != "float16":
        yield QUANTIZED.at(
            (*case.at, "dtype"),
            f"{case.name} is quantised with {name} and served in {served_in}; {name} computes in"
            " float16 alone",
            fix="write `dtype: half`",
        )


def _dotted(capability: tuple[int, int]) -> str:
    return ".".join(map(str, capability))


def whole(_plan: Plan, case: Known) -> Iterator[Finding]:
    """Yield a batch that is too small for the longest prompt, where the older engine serves."""
    asked = case.setting
    older = [gpu for gpu, _ in case.seats if not gpu_memory.new_engine(asked, gpu)]
    cut = asked.chunked or (asked.chunked is None and asked.context > gpu_memory.engine().old.whole)
    if older and not cut and asked.batched and asked.batched < asked.context:
        yield WHOLE.at(
            (*case.at, "maxNumBatchedTokens"),
            f"{case.name} takes contexts of {asked.context:,} tokens at once and batches of"
            f" {asked.batched:,}",
            fix=f"write `enableChunkedPrefill: true`, or `maxNumBatchedTokens: {asked.context}`",
        )
