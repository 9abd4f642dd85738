"""The engine of vLLM, in its own words, as version 0.8.0 has them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Spec, Text
from mlopsgen.spec.form import Form

Quantization = Literal[
    "awq",
    "awq_marlin",
    "bitsandbytes",
    "compressed-tensors",
    "experts_int8",
    "fp8",
    "gptq",
    "gptq_marlin",
]
"""How weights are kept in fewer bits; vLLM has more ways, for other hardware and formats."""

ToolCallParser = Literal[
    "granite",
    "granite-20b-fc",
    "hermes",
    "internlm",
    "jamba",
    "llama3_json",
    "mistral",
    "pythonic",
]
"""How a model writes down that it calls a tool."""

AdapterName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$", max_length=63),
    Form(
        "a name of letters, digits, `-`, `_` and `.`",
        ("support",),
        "Requests choose the adapter by this name, as they choose the model.",
    ),
]

AdapterSource = Annotated[
    str,
    StringConstraints(
        pattern=r"^(hf://[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+|/mnt/models/[A-Za-z0-9_./-]+)$"
    ),
    Form(
        "hf://ORG/NAME, or a folder of the model's own files below /mnt/models",
        ("hf://acme/support-lora", "/mnt/models/adapters/support"),
        "vLLM loads adapters itself, and has only these two ways to them.",
    ),
]


class Lora(Spec):
    """Adapters that are served beside the model, each under a name of its own."""

    adapters: Annotated[dict[AdapterName, AdapterSource], Field(min_length=1)]
    """Where each adapter lies, by the name that requests ask for."""

    max_loras: Annotated[int, Field(alias="maxLoras", ge=1, le=64)] = 1
    """Adapters in one batch at the most; each has its place in GPU memory."""

    max_lora_rank: Annotated[
        Literal[8, 16, 32, 64, 128, 256, 320, 512], Field(alias="maxLoraRank")
    ] = 16
    """Largest rank among the adapters."""


class VllmOptions(Spec):
    """The engine of vLLM, in its own words."""

    max_model_len: Annotated[int, Form("tokens", (4096,)), Field(alias="maxModelLen", gt=0)]
    """Longest prompt plus answer, in tokens."""

    gpu_memory_utilization: Annotated[
        float, Form("a share of one", (0.9,)), Field(alias="gpuMemoryUtilization", gt=0, lt=1)
    ] = 0.9
    """Share of the GPU's memory that weights and KV cache may take."""

    dtype: Literal["auto", "half", "float16", "bfloat16", "float"] = "auto"
    """`auto` takes the checkpoint's own; T4 and V100 have no bfloat16 and need `half`."""

    quantization: Quantization | None = None
    """How the weights are kept in fewer bits; without it, as the checkpoint says."""

    kv_cache_dtype: Annotated[
        Literal["auto", "fp8", "fp8_e4m3", "fp8_e5m2"], Field(alias="kvCacheDtype")
    ] = "auto"
    """What keys and values are kept in; `auto` takes the model's own type."""

    tensor_parallel_size: Annotated[int | None, Field(alias="tensorParallelSize", ge=1, le=16)] = (
        None
    )
    """GPUs that share each layer; without it, all that the pipeline leaves."""

    pipeline_parallel_size: Annotated[int, Field(alias="pipelineParallelSize", ge=1, le=16)] = 1
    """Groups of GPUs that share the layers, one after the other."""

    max_num_seqs: Annotated[int | None, Field(alias="maxNumSeqs", gt=0)] = None
    """Requests in one batch at the most."""

    max_num_batched_tokens: Annotated[int | None, Field(alias="maxNumBatchedTokens", gt=0)] = None
    """Tokens that are computed at once at the most."""

    enable_prefix_caching: Annotated[bool | None, Field(alias="enablePrefixCaching")] = None
    """Keep what prompts have in common; without it, as the engine does by itself."""

    enable_chunked_prefill: Annotated[bool | None, Field(alias="enableChunkedPrefill")] = None
    """Compute long prompts in parts; without it, as the engine does by itself."""

    enforce_eager: Annotated[bool, Field(alias="enforceEager")] = False
    """Record no CUDA graphs: answers are slower, and more memory is left."""

    swap_space: Annotated[float | None, Field(alias="swapSpace", ge=0, le=4096)] = None
    """GiB of the container's memory for each GPU that requests may be moved to; without it,
    1 where the older engine serves. The newer one has none."""

    cpu_offload_gb: Annotated[float, Field(alias="cpuOffloadGb", ge=0, le=4096)] = 0
    """GiB of each GPU's weights that are kept in the container's memory."""

    revision: Text | None = None
    """Commit of the model repository, so that the weights never change underneath."""

    tokenizer: Text | None = None
    """A model repository with another tokenizer than the model's own."""

    tokenizer_revision: Annotated[Text | None, Field(alias="tokenizerRevision")] = None
    """Commit of the tokenizer's repository."""

    trust_remote_code: Annotated[bool, Field(alias="trustRemoteCode")] = False
    """Run the Python files of the model repository; they may do whatever the server may."""

    chat_template: Annotated[Text | None, Field(alias="chatTemplate")] = None
    """A template for chats in Jinja, or a file with one; without it, that of the tokenizer."""

    enable_auto_tool_choice: Annotated[bool, Field(alias="enableAutoToolChoice")] = False
    """Let the model choose a tool by itself."""

    tool_call_parser: Annotated[ToolCallParser | None, Field(alias="toolCallParser")] = None
    """How the model writes down that it calls a tool."""

    reasoning_parser: Annotated[Literal["deepseek_r1"] | None, Field(alias="reasoningParser")] = (
        None
    )
    """How the model sets its reasoning apart; it then comes beside the answer."""

    lora: Lora | None = None
    """Adapters that are served beside the model."""


class Architecture(Spec):
    """The figures of a checkpoint, from its config.json; the catalogue knows some models' own."""

    parameters: Annotated[int, Form("a number of weights", (7241732096,)), Field(gt=0)]
    """All weights, those of experts that sit idle included."""

    layers: Annotated[int, Field(gt=0)]
    """num_hidden_layers."""

    attention_heads: Annotated[int, Field(alias="attentionHeads", gt=0)]
    """num_attention_heads."""

    kv_heads: Annotated[int, Field(alias="kvHeads", gt=0)]
    """num_key_value_heads, or num_attention_heads where there is none."""

    head_dim: Annotated[int, Field(alias="headDim", gt=0)]
    """head_dim, or hidden_size divided by num_attention_heads."""

    hidden_size: Annotated[int, Field(alias="hiddenSize", gt=0)]
    """hidden_size."""

    intermediate_size: Annotated[int, Field(alias="intermediateSize", gt=0)]
    """intermediate_size."""

    vocabulary_size: Annotated[int, Field(alias="vocabularySize", gt=0)]
    """vocab_size."""

    experts: Annotated[int, Field(gt=0)] = 1
    """num_local_experts."""

    max_context: Annotated[int, Field(alias="maxContext", gt=0)]
    """max_position_embeddings, in tokens."""

    dtype: Literal["bfloat16", "float16", "float32"]
    """torch_dtype."""

    weight_bits: Annotated[Literal[2, 3, 4, 8] | None, Field(alias="weightBits")] = None
    """Bits of a weight in a checkpoint that is quantised already."""
