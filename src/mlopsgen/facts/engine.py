"""The engine of a language-model server: what decides the memory that it takes of a GPU."""

from __future__ import annotations

from collections.abc import Mapping

from mlopsgen.facts.hardware import Capability
from mlopsgen.facts.reading import Fact, Items, Sourced


class NewEngine(Fact):
    """The largest batch of the newer engine."""

    tokens: int
    large_tokens: int
    requests: int


class OldEngine(Fact):
    """The largest batch of the older engine."""

    tokens: int
    """In parts; a prompt that is computed at once counts with its own length, up to `whole`."""

    requests: int
    whole: int


class Measured(Sourced):
    """Figures from logs of real starts."""

    graphs_mib: int
    forward: int
    """Vectors of a token's states that live at once."""

    sampling_new: int
    """Bytes for each possible next token of each request."""

    sampling_old: int
    cuda_mib: int
    cuda_and_nccl_mib: int
    process_mib: int
    """Memory of the host that the server takes with one GPU, and that each further GPU adds."""


class Host(Sourced):
    """What vLLM takes of the memory of its container."""

    swap_share: float
    """Of the node's memory; vLLM refuses swap space above it."""

    queue_mib: int
    """A queue in /dev/shm; several GPUs share one, and each has one of its own."""


class Method(Fact):
    """A way to keep weights in fewer bits."""

    bits: int
    """Of a weight in the layers, where the checkpoint doesn't say."""

    capability: Capability
    """The least compute capability."""

    half: bool = False
    """Whether it computes in float16 alone."""

    old: bool = False
    """Whether only the older engine has it."""

    converts: bool = False
    """Whether it takes a checkpoint in 16 bits, which is loaded whole before it shrinks."""


class Quantization(Sourced):
    """The ways to keep weights in fewer bits."""

    methods: Mapping[str, Method]


class Engine(Sourced):
    """What vLLM takes of a GPU, and of the host."""

    block: int
    """Tokens that the KV cache is handed out in."""

    new_from: Capability
    """Compute capability from which the newer engine serves."""

    large: Items[str]
    """GPUs for which the newer engine batches more."""

    new: NewEngine
    old: OldEngine
    measured: Measured
    host: Host
    quantization: Quantization
