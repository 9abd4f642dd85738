"""Which of vLLM's two engines serves a model: V1 where it can, V0 elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from mlopsgen.facts import hardware
from mlopsgen.facts.engine import Engine
from mlopsgen.facts.hardware import Instance
from mlopsgen.spec import VllmOptions

_SWAP = 1
"""GiB of the node's memory that V0 locks for each GPU when it starts, to move requests out to. Its
default, 4, is half of the memory that a model on one T4 has for itself; V1 has none."""


def older(options: VllmOptions, engine: Engine) -> bool:
    """Whether V1 leaves *options* to V0 (0.8.0, arg_utils.py, _is_v1_supported_oracle)."""
    quantised = options.quantization
    return (
        options.dtype == "float"
        or options.kv_cache_dtype != "auto"
        or options.cpu_offload_gb > 0
        or options.pipeline_parallel_size > 1
        or options.lora is not None
        or (quantised is not None and engine.quantization.methods[quantised].old)
    )


def on_older_gpus(instances: Iterable[Instance], engine: Engine) -> bool:
    """Whether V1 leaves a GPU of *instances* to V0."""
    kinds = {each.gpu.name for each in instances if each.gpu}
    return any(hardware.gpu(kind).compute.capability < engine.new_from for kind in kinds)


def swap_space(options: VllmOptions, engine: Engine, instances: Iterable[Instance]) -> float | None:
    """Return the swap space of each GPU in GiB: as given, else ours where V0 may serve.

    None leaves it to vLLM, where only V1 serves and takes none.
    """
    if options.swap_space is not None:
        return options.swap_space
    return _SWAP if older(options, engine) or on_older_gpus(instances, engine) else None
