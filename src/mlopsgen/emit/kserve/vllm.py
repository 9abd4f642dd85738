"""vLLM: the flags and the environment of its container."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.plan import Served
from mlopsgen.plan.model import HUB

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
    if served.spec.gpus > 1:
        yield f"--tensor-parallel-size={served.spec.gpus}"
    if options := served.spec.vllm:
        yield f"--dtype={options.dtype}"
        yield f"--gpu-memory-utilization={options.gpu_memory_utilization}"
        yield f"--max-model-len={options.max_model_len}"
        if options.max_num_seqs:
            yield f"--max-num-seqs={options.max_num_seqs}"


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
