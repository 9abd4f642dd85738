"""What vLLM takes of a GPU when it starts, in bytes.

vLLM 0.8.0 measures itself before it serves: it runs the largest batch once, and what weights,
that run and CUDA leave of its share of the GPU becomes KV cache. It stops unless one request of
the full context fits there (v1/worker/gpu_worker.py, v1/core/kv_cache_utils.py; worker/worker.py
for the older engine). The figures below come from logs of real starts, which are named next to
them, or from the source where no log states them. All err upwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlopsgen.facts.families import ModelFamily
from mlopsgen.facts.hardware import Dtype, Gpu
from mlopsgen.spec import VllmOptions

MIB = 2**20
GIB = 2**30

BLOCK = 16
"""Tokens that the KV cache is handed out in (engine/arg_utils.py, the default on CUDA)."""

GRAPHS = GIB
"""CUDA graphs are captured after the KV cache was sized, outside of the share. An 8B model took
2.0 GiB of them (vllm issue 14286), one of 1B 0.2 GiB (vllm pull 11349)."""

_NEW_ENGINE = (8, 0)
"""Compute capability from which the engine is V1; V0 serves below, and any GPU in 32 bits."""

_LARGE = frozenset({"h100", "h200"})
"""GPUs for which the new engine batches more, by the name of the device."""

_HALF = 2
"""Bytes of a number with 16 bits."""

_OLD_LIMIT = 32768
"""Tokens up to which V0 runs a prompt at once. Longer ones it cuts, so this is the safe side."""

_FORWARD = 3
"""Of a token's hidden state and of its feed-forward state, vectors that live at once. A start with
20,000 tokens took 2.07 GiB for them and one with 29,000 took 2.99 GiB (vllm issue 10517, Llama 3.1
8B); this gives 2.06 and 2.99 GiB."""

_SAMPLING_NEW = 20
"""Bytes for each possible next token of each request: five sets of 32 bits (logits of the model
and their copy, probabilities, what is left after top-k and after top-p; v1/sample). The image has
FlashInfer 0.2.1, so that nothing is sorted: that would take twice as much."""

_SAMPLING_OLD = 42
"""The same on V0, which sorts: 41.2 in vllm pull 10511 (1.26 GiB), 39.2 in vllm issue 13882."""

_CUDA = (3 * GIB) // 4
"""The CUDA context, kernels and small buffers: 0.35 GiB in vllm issue 10517, 0.33 in 14452, more
on GPUs with more processors."""

_CUDA_AND_NCCL = (3 * GIB) // 2
"""The same with the buffers through which GPUs exchange results; an allowance, no log states it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A model as vLLM is told to serve it: what decides how much memory it takes."""

    family: ModelFamily
    context: int
    """Tokens of the longest request."""

    sequences: int | None
    """Requests in a batch; None leaves it to the engine."""

    width: int
    """Bytes of a weight."""

    share: float
    """Of the GPU's memory, 0 to 1."""

    gpus: int


@dataclass(frozen=True, slots=True)
class Need:
    """What one GPU has to hold, in bytes."""

    weights: int
    cache: int
    """Of one request with the full context."""

    working: int
    """Peak of running the largest batch: its states, or the choice of its next tokens."""

    cuda: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.working + self.cuda


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


def setting(family: ModelFamily, options: VllmOptions, gpus: int) -> Setting:
    """Return how *family* is served on *gpus* GPUs."""
    return Setting(
        family=family,
        context=options.max_model_len,
        sequences=options.max_num_seqs,
        width=2 * _HALF if dtype(family, options) == "float32" else _HALF,
        share=options.gpu_memory_utilization,
        gpus=gpus,
    )


def new_engine(asked: Setting, gpu: Gpu) -> bool:
    """Whether vLLM serves with its engine V1."""
    return gpu.compute.capability >= _NEW_ENGINE and asked.width == _HALF


def batched_tokens(asked: Setting, gpu: Gpu) -> int:
    """Return the tokens of the largest batch (engine/arg_utils.py, config.py SchedulerConfig)."""
    if new_engine(asked, gpu):
        return 8192 if gpu.name in _LARGE else 2048
    return max(2048, min(asked.context, _OLD_LIMIT))


def sequences(asked: Setting, gpu: Gpu) -> int:
    """Return the requests of the largest batch."""
    return asked.sequences or (1024 if new_engine(asked, gpu) else 256)


def need(asked: Setting, gpu: Gpu) -> Need:
    """Return what each GPU of kind *gpu* has to hold."""
    return Need(
        weights=_weights(asked),
        cache=-(-asked.context // BLOCK) * BLOCK * kv_bytes(asked),
        working=max(forward(asked, gpu), sampling(asked, gpu)),
        cuda=_CUDA if asked.gpus == 1 else _CUDA_AND_NCCL,
    )


def room(asked: Setting, gpu: Gpu) -> int:
    """Return what vLLM may take of a GPU."""
    return int(gpu.usable.memory_mib * MIB * asked.share)


def missing(asked: Setting, gpu: Gpu) -> int:
    """Return the bytes that a GPU lacks; zero or less when the model fits."""
    return need(asked, gpu).total - room(asked, gpu)


def fits(asked: Setting, gpu: Gpu) -> bool:
    """Whether vLLM starts."""
    return missing(asked, gpu) <= 0


def kv_bytes(asked: Setting) -> int:
    """Return what one token takes of the KV cache of one GPU."""
    family = asked.family
    return family.kv_values_per_token // family.kv_heads * _kv_heads(asked) * asked.width


def _kv_heads(asked: Setting) -> int:
    """Return the KV heads of one GPU; each has one at least, copied where there are fewer."""
    return max(1, asked.family.kv_heads // asked.gpus)


def _weights(asked: Setting) -> int:
    family, gpus = asked.family, asked.gpus
    keys = family.kv_values_per_token * family.hidden_size
    here = keys * _kv_heads(asked) // family.kv_heads
    return (-(-(family.parameters - keys) // gpus) + here) * asked.width


def forward(asked: Setting, gpu: Gpu) -> int:
    """Return what the states of the largest batch take. A token may pass through all experts."""
    family = asked.family
    state = family.hidden_size + -(-family.intermediate_size * family.experts // asked.gpus)
    return batched_tokens(asked, gpu) * _FORWARD * state * asked.width


def sampling(asked: Setting, gpu: Gpu) -> int:
    """Return what choosing the next tokens takes; GPUs don't share that work."""
    each = _SAMPLING_NEW if new_engine(asked, gpu) else _SAMPLING_OLD
    return sequences(asked, gpu) * asked.family.vocabulary_size * each


def longest_context(asked: Setting, gpus: tuple[Gpu, ...], step: int) -> int:
    """Return the longest context that fits on all *gpus*, in multiples of *step*; 0 if none."""
    low, high = 0, asked.context // step
    while low < high:
        middle = (low + high + 1) // 2
        shorter = replace(asked, context=middle * step)
        if all(fits(shorter, gpu) for gpu in gpus):
            low = middle
        else:
            high = middle - 1
    return low * step


def undivided(family: ModelFamily, gpus: int) -> str:
    """Return what can't be shared by *gpus* GPUs (config.py, layers/linear.py), "" if all can."""
    if family.attention_heads % gpus:
        return f"{family.attention_heads} attention heads"
    # More GPUs than KV heads are fine where each head goes to as many GPUs.
    if family.kv_heads % gpus and gpus % family.kv_heads:
        return f"{family.kv_heads} KV heads"
    if family.intermediate_size % gpus:
        return f"{family.intermediate_size} columns of a layer"
    return ""
