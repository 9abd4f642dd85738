"""vLLM: the flags and the environment of its container."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.plan import Served
from mlopsgen.plan.engines import swap_space
from mlopsgen.plan.model import HUB
from mlopsgen.spec import VllmOptions

_MODEL_FOLDER = "/mnt/models"
"""Where KServe's storage initializer puts what STORAGE_URI names."""

ENVIRONMENT = {
    # Caches and settings go to the one folder that is writable; the default is root's home.
    "HOME": "/cache",
    "HF_HOME": "/cache/huggingface",
    "TORCHINDUCTOR_CACHE_DIR": "/cache/torchinductor",
    "TRITON_CACHE_DIR": "/cache/triton",
    "VLLM_CACHE_ROOT": "/cache/vllm",
    "VLLM_CONFIG_ROOT": "/cache/vllm-config",
    # PyTorch asks for the user's name, which user 1000 doesn't have in the image.
    "USER": "vllm",
    "DO_NOT_TRACK": "1",
    "VLLM_NO_USAGE_STATS": "1",
}


def flags(served: Served) -> Iterator[str]:
    """Yield the flags but for the model's name."""
    yield from _weights(served)
    yield f"--port={served.runtime.http_port}"
    # It would write what users ask into the log.
    yield "--disable-log-requests"
    if options := served.spec.vllm:
        yield from _split(options, served.spec.gpus)
        yield from _valued(options, _swapped(served, options))
        yield from _switched(options)
        yield from _adapted(options)


def _split(options: VllmOptions, gpus: int) -> Iterator[str]:
    """Yield how many GPUs share a layer, and how many groups of them share the layers."""
    groups = options.pipeline_parallel_size
    sharing = options.tensor_parallel_size or gpus // groups
    if sharing > 1:
        yield f"--tensor-parallel-size={sharing}"
    if groups > 1:
        yield f"--pipeline-parallel-size={groups}"


def _swapped(served: Served, options: VllmOptions) -> float | None:
    """Return the swap space of each GPU, as far as the engine is known."""
    engine = served.runtime.engine
    if engine is None:
        return options.swap_space
    return swap_space(options, engine, served.pool.instances if served.pool else ())


def _valued(options: VllmOptions, swap: float | None) -> Iterator[str]:
    """Yield the flags that take a value, as far as there is one."""
    kv_cache = options.kv_cache_dtype
    chunked = options.enable_chunked_prefill
    values = {
        "dtype": options.dtype,
        "gpu-memory-utilization": options.gpu_memory_utilization,
        "max-model-len": options.max_model_len,
        "max-num-seqs": options.max_num_seqs,
        "max-num-batched-tokens": options.max_num_batched_tokens,
        "quantization": options.quantization,
        # Weights that are quantised while they are loaded have a loader of their own.
        "load-format": "bitsandbytes" if options.quantization == "bitsandbytes" else None,
        "kv-cache-dtype": kv_cache if kv_cache != "auto" else None,
        "enable-chunked-prefill": str(chunked).lower() if chunked is not None else None,
        "swap-space": swap,
        "cpu-offload-gb": options.cpu_offload_gb or None,
        "tokenizer": options.tokenizer,
        "tokenizer-revision": options.tokenizer_revision,
        "chat-template": options.chat_template,
        "tool-call-parser": options.tool_call_parser,
        "reasoning-parser": options.reasoning_parser,
    }
    for name, value in values.items():
        if value is not None:
            yield f"--{name}={value}"


def _switched(options: VllmOptions) -> Iterator[str]:
    """Yield the flags that take nothing."""
    prefixes = options.enable_prefix_caching
    switches = {
        "enable-prefix-caching": prefixes is True,
        "no-enable-prefix-caching": prefixes is False,
        "enforce-eager": options.enforce_eager,
        "trust-remote-code": options.trust_remote_code,
        "enable-auto-tool-choice": options.enable_auto_tool_choice,
        "enable-reasoning": options.reasoning_parser is not None,
    }
    yield from (f"--{name}" for name, on in switches.items() if on)


def _adapted(options: VllmOptions) -> Iterator[str]:
    """Yield the adapters; each is an argument of its own behind one flag."""
    if lora := options.lora:
        yield "--enable-lora"
        yield f"--max-loras={lora.max_loras}"
        yield f"--max-lora-rank={lora.max_lora_rank}"
        yield "--lora-modules"
        for name, source in sorted(lora.adapters.items()):
            yield f"{name}={source.removeprefix(HUB)}"


def _weights(served: Served) -> Iterator[str]:
    """Yield where the weights are: on the model hub, or where KServe has put them."""
    if not served.source.startswith(HUB):
        yield f"--model={_MODEL_FOLDER}"
        return
    repository, _, revision = served.source.removeprefix(HUB).partition("@")
    pinned = (served.spec.vllm and served.spec.vllm.revision) or revision
    yield f"--model={repository}"
    if pinned:
        yield f"--revision={pinned}"
