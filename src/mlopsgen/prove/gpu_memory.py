"""What vLLM takes of a GPU when it starts, in bytes.

vLLM 0.8.0 measures itself before it serves: it runs the largest batch once, and what weights,
that run and CUDA leave of its share of the GPU becomes KV cache. It stops unless one request of
the full context fits there (v1/worker/gpu_worker.py, v1/core/kv_cache_utils.py; worker/worker.py
for the older engine). The figures are facts of the catalogue (`engine:` of the runtime), most of
them from logs of real starts. All err upwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mlopsgen.facts.families import ModelFamily
from mlopsgen.facts.hardware import Gpu
from mlopsgen.prove.gpu_setting import GIB, HALF, MIB, Setting, dtype, engine, setting
from mlopsgen.spec import VllmOptions

__all__ = [
    "GIB", "MIB", "Need", "Setting", "batched_tokens", "dtype", "engine", "fits", "forward",
    "graphs", "kv_bytes", "longest_context", "missing", "need", "new_engine", "room", "sampling",
    "sequences", "setting", "undivided", "weights",
]  # fmt: skip

_BYTE = 8

_SCALED = 8
"""Bits from which on a whole row or tensor shares a scale; below, a small group of weights does."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one GPU has to hold, in bytes."""

    weights: int
    cache: int
    """Of one request with the full context."""

    working: int
    """Peak of running the largest batch: its states, or the choice of its next tokens."""

    cuda: int
    adapters: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.adapters + self.cache + self.working + self.cuda


def new_engine(asked: Setting, gpu: Gpu) -> bool:
    """Whether vLLM serves with its engine V1."""
    capable = gpu.compute.capability >= engine().new_from
    return capable and asked.width == HALF and not asked.old


def batched_tokens(asked: Setting, gpu: Gpu) -> int:
    """Return the tokens of the largest batch."""
    new, old = engine().new, engine().old
    if asked.batched:
        return asked.batched
    if new_engine(asked, gpu):
        return new.large_tokens if gpu.name in engine().large else new.tokens
    return old.tokens if asked.chunked else max(old.tokens, min(asked.context, old.whole))


def sequences(asked: Setting, gpu: Gpu) -> int:
    """Return the requests of the largest batch."""
    own = engine().new.requests if new_engine(asked, gpu) else engine().old.requests
    return asked.sequences or own


def need(asked: Setting, gpu: Gpu) -> Need:
    """Return what each GPU of kind *gpu* has to hold."""
    measured, block = engine().measured, engine().block
    cuda = measured.cuda_mib if asked.gpus == 1 else measured.cuda_and_nccl_mib
    return Need(
        weights=max(0, weights(asked) - asked.offload),
        cache=-(-asked.context // block) * block * kv_bytes(asked),
        working=max(forward(asked, gpu), sampling(asked, gpu)),
        cuda=cuda * MIB,
        adapters=asked.adapters,
    )


def graphs(options: VllmOptions) -> int:
    """Return what CUDA graphs take outside of the share."""
    return 0 if options.enforce_eager else engine().measured.graphs_mib * MIB


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
    values = family.kv_values_per_token // family.layers * _layers(asked)
    return values // family.kv_heads * _kv_heads(asked) * (asked.kv_width or asked.width)


def _kv_heads(asked: Setting) -> int:
    """Return the KV heads of one GPU; each has one at least, copied where there are fewer."""
    return max(1, asked.family.kv_heads // asked.tensor)


def _layers(asked: Setting) -> int:
    """Return the layers of the group that has the most."""
    return -(-asked.family.layers // asked.pipeline)


def weights(asked: Setting) -> int:
    """Return what the weights take of each GPU.

    Embeddings, in and out, aren't quantised. Of several groups one has those for tokens that come
    in, and one those for tokens that go out.
    """
    family, gpus = asked.family, asked.tensor
    embedded = min(2 * family.vocabulary_size * family.hidden_size, family.parameters)
    keys = family.kv_values_per_token * family.hidden_size
    own_keys = keys * _kv_heads(asked) // family.kv_heads
    part = _layers(asked) / family.layers
    layers = -(-(family.parameters - embedded - keys) // gpus) + own_keys
    ends = -(-embedded // gpus) // (1 if asked.pipeline == 1 else 2)
    return int(layers * part * _per_weight(asked)) + ends * asked.width


def _per_weight(asked: Setting) -> float:
    """Return the bytes of a weight in the layers, with its part of a scale and a zero point."""
    if asked.bits is None:
        return asked.width
    return (asked.bits + (0.5 if asked.bits < _SCALED else 0)) / _BYTE


def forward(asked: Setting, gpu: Gpu) -> int:
    """Return what the states of the largest batch take. A token may pass through all experts."""
    family = asked.family
    state = family.hidden_size + -(-family.intermediate_size * family.experts // asked.tensor)
    return batched_tokens(asked, gpu) * engine().measured.forward * state * asked.width


def sampling(asked: Setting, gpu: Gpu) -> int:
    """Return what choosing the next tokens takes; GPUs don't share that work."""
    measured = engine().measured
    each = measured.sampling_new if new_engine(asked, gpu) else measured.sampling_old
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
