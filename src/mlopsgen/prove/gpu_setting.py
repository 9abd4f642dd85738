"""How vLLM is told to serve a model: what decides how much memory it takes of a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from mlopsgen.facts import runtime
from mlopsgen.facts.engine import Engine
from mlopsgen.facts.families import ModelFamily
from mlopsgen.facts.hardware import Dtype
from mlopsgen.plan.engines import older
from mlopsgen.spec import Lora, Model, VllmOptions

MIB = 2**20
GIB = 2**30

HALF = 2
"""Bytes of a number with 16 bits."""


@cache
def engine() -> Engine:
    """Return the facts of vLLM's engine."""
    found = runtime("vllm").engine
    if found is None:
        msg = "the catalogue's vLLM has no engine"
        raise LookupError(msg)
    return found


@dataclass(frozen=True, slots=True)
class Setting:
    """A model as vLLM is told to serve it: what decides how much memory it takes."""

    family: ModelFamily
    context: int
    """Tokens of the longest request."""

    sequences: int | None
    """Requests in a batch; None leaves it to the engine."""

    width: int
    """Bytes of a weight that isn't quantised."""

    share: float
    """Of the GPU's memory, 0 to 1."""

    gpus: int
    pipeline: int = 1
    """Groups that the GPUs form; each has a part of the layers."""

    bits: int | None = None
    """Of a quantised weight; None when none is."""

    kv_width: int = 0
    """Bytes of a number in the KV cache; 0 for those of a weight."""

    batched: int | None = None
    """Tokens in a batch; None leaves it to the engine."""

    chunked: bool | None = None
    """Whether prompts are computed in parts; None leaves it to the engine."""

    old: bool = False
    """Whether an option is there that only the older engine has."""

    offload: int = 0
    """Bytes of each GPU's weights that stay outside of it."""

    adapters: int = 0
    """Bytes that LoRA adapters have their place in."""

    @property
    def tensor(self) -> int:
        """GPUs that share each layer."""
        return max(1, self.gpus // self.pipeline)


def dtype(family: ModelFamily, options: VllmOptions) -> Dtype | str:
    """Return the data type the weights are served in; `auto` halves 32 bits and keeps others."""
    match options.dtype:
        case "auto":
            return "float16" if family.dtype == "float32" else family.dtype
        case "half":
            return "float16"
        case "float":
            return "float32"
        case named:
            return named


def setting(family: ModelFamily, options: VllmOptions, model: Model) -> Setting:
    """Return how *family* is served for *model*, whose engine has *options*."""
    width = 2 * HALF if dtype(family, options) == "float32" else HALF
    method = engine().quantization.methods[options.quantization] if options.quantization else None
    stored = model.architecture.weight_bits if model.architecture else None
    shrinks = method and not method.converts
    return Setting(
        family=family,
        context=options.max_model_len,
        sequences=options.max_num_seqs,
        width=width,
        share=options.gpu_memory_utilization,
        gpus=model.gpus,
        pipeline=options.pipeline_parallel_size,
        bits=stored or (method.bits if method and shrinks else None),
        kv_width=width if options.kv_cache_dtype == "auto" else 1,
        batched=options.max_num_batched_tokens,
        chunked=options.enable_chunked_prefill,
        old=older(options, engine()),
        offload=int(options.cpu_offload_gb * GIB),
        adapters=_adapters(family, options.lora) if options.lora else 0,
    )


def _adapters(family: ModelFamily, lora: Lora) -> int:
    """Return the places of adapters: two matrices beside each of a layer's seven, on every GPU."""
    attention = family.attention_heads * family.head_dim
    keys = family.kv_heads * family.head_dim
    hidden, inner = family.hidden_size, family.intermediate_size
    sides = 2 * (hidden + attention) + 2 * (hidden + keys) + 3 * (hidden + inner)
    return family.layers * sides * lora.max_lora_rank * lora.max_loras * HALF
