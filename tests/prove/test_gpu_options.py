"""What the options of vLLM, and figures that users declare, change about the GPU proof."""

from dataclasses import replace

import pytest

from mlopsgen.facts import families, hardware
from mlopsgen.prove import gpu_memory
from mlopsgen.prove.gpu_fit import gpu_fit
from mlopsgen.prove.gpu_memory import GIB, Setting
from tests.prove.test_gpu_fit import (
    LARGE,
    LLAMA_70B,
    MISTRAL,
    TINYLLAMA,
    a_model,
    codes,
    found,
    launching,
    planned,
    spent,
)

ARCHITECTURE = {
    "parameters": 7241732096,
    "layers": 32,
    "attentionHeads": 32,
    "kvHeads": 8,
    "headDim": 128,
    "hiddenSize": 4096,
    "intermediateSize": 14336,
    "vocabularySize": 32000,
    "maxContext": 32768,
    "dtype": "bfloat16",
}
PLAIN = Setting(families.model(MISTRAL.removeprefix("hf://")), 4096, None, 2, 0.9, 1)
T4, A10G = hardware.gpu("t4"), hardware.gpu("a10g")


def _quantised(bits, **figures):
    source = "hf://acme/mistral-awq"
    model = a_model(source, dtype="half", quantization="awq")
    return {**model, "architecture": {**ARCHITECTURE, "weightBits": bits, **figures}}


def _codes(pool, model):
    return [finding.code for finding in gpu_fit(planned(pool, model))]


def test_a_declared_architecture_is_proved_like_one_of_the_catalogue():
    declared = {**a_model("s3://acme-models/mistral"), "architecture": ARCHITECTURE}
    known = a_model(MISTRAL)

    for pool in (launching("g4dn"), launching("g5")):
        assert _codes(pool, declared) == _codes(pool, known)


def test_a_declared_architecture_stands_above_the_catalogue():
    halved = {**ARCHITECTURE, "parameters": ARCHITECTURE["parameters"] // 4}
    model = a_model(MISTRAL, dtype="half", maxNumSeqs=16)

    assert _codes(launching("g4dn"), model) == ["GPU001"]
    assert _codes(launching("g4dn"), {**model, "architecture": halved}) == []


def test_a_canary_with_the_declared_figures_is_said_once():
    canary = {"source": "s3://acme-models/mistral/2", "weight": 10}
    model = a_model("s3://acme-models/mistral", dtype="half")
    declared = {**model, "architecture": ARCHITECTURE, "canary": canary}

    assert _codes(launching("g4dn"), declared) == ["GPU001"]


def test_four_bits_bring_seven_billion_weights_onto_a_t4():
    assert _codes(launching("g4dn"), _quantised(4)) == []


@pytest.mark.parametrize(("bits", "low", "high"), [(8, 6.9, 7.2), (4, 4.0, 4.3)])
def test_weights_shrink_but_for_the_embeddings(bits, low, high):
    assert low < gpu_memory.weights(replace(PLAIN, bits=bits)) / GIB < high
    assert gpu_memory.weights(PLAIN) == 2 * PLAIN.family.parameters


def test_weights_that_shrink_after_they_are_loaded_count_whole():
    plain = spent(launching("g5"), MISTRAL, "g5.xlarge")

    assert spent(launching("g5"), MISTRAL, "g5.xlarge", quantization="fp8") == plain
    assert "(4 bits)" in spent(launching("g5"), MISTRAL, "g5.xlarge", quantization="bitsandbytes")


def test_a_kv_cache_in_8_bits_takes_half():
    assert 2 * gpu_memory.kv_bytes(replace(PLAIN, kv_width=1)) == gpu_memory.kv_bytes(PLAIN)


def test_a_pipeline_shares_layers_and_their_cache():
    family = families.model(LLAMA_70B.removeprefix("hf://"))
    whole = replace(PLAIN, family=family, gpus=1)
    four = replace(whole, gpus=4, pipeline=4)

    assert 4 * gpu_memory.kv_bytes(four) == gpu_memory.kv_bytes(whole)
    assert gpu_memory.weights(whole) / 4 < gpu_memory.weights(four)
    assert gpu_memory.weights(four) < gpu_memory.weights(whole) / 4 * 1.03


def test_heads_are_divided_by_the_gpus_of_a_layer_only():
    pool = {"kind": "managed", "instanceTypes": ["g5.48xlarge"], "min": 1, "max": 1}

    assert codes(pool, TINYLLAMA, context=2048, gpus=6, resources=LARGE) == ["GPU003"]
    split = {"pipelineParallelSize": 3, "tensorParallelSize": 2}
    assert codes(pool, TINYLLAMA, context=2048, gpus=6, resources=LARGE, **split) == []


def test_tokens_of_a_batch_are_taken_as_given():
    for gpu in (T4, A10G):
        assert gpu_memory.batched_tokens(replace(PLAIN, batched=512), gpu) == 512
    assert gpu_memory.batched_tokens(replace(PLAIN, context=8192, chunked=True), T4) == 2048
    assert gpu_memory.batched_tokens(replace(PLAIN, context=8192), T4) == 8192


@pytest.mark.parametrize(
    "options",
    [
        {"kvCacheDtype": "fp8"},
        {"cpuOffloadGb": 1},
        {"quantization": "bitsandbytes"},
        {"lora": {"adapters": {"a": "hf://acme/a"}}},
    ],
)
def test_options_that_the_new_engine_lacks_bring_the_old_one(options):
    [finding] = found(launching("g5"), MISTRAL, maxNumBatchedTokens=2048, maxNumSeqs=8, **options)

    assert finding.code == "GPU009"
    assert codes(launching("g5"), MISTRAL, maxNumBatchedTokens=2048, maxNumSeqs=8) == []


def test_a_prompt_may_be_cut_or_fit_into_a_batch():
    options = {"dtype": "half", "context": 2048}
    pool = launching("g4dn")

    assert codes(pool, TINYLLAMA, maxNumBatchedTokens=1024, **options) == ["GPU009"]
    assert codes(pool, TINYLLAMA, maxNumBatchedTokens=2048, **options) == []
    cut = {**options, "enableChunkedPrefill": True}
    assert codes(pool, TINYLLAMA, maxNumBatchedTokens=1024, **cut) == []


def test_offloaded_weights_and_adapters_are_in_the_arithmetic():
    text = spent(launching("g5"), MISTRAL, "g5.xlarge", cpuOffloadGb=2)
    assert "2.0 GiB kept outside" in text

    lora = {"adapters": {"a": "hf://acme/a"}, "maxLoraRank": 64, "maxLoras": 4}
    assert "GiB adapters" in spent(launching("g5"), MISTRAL, "g5.xlarge", lora=lora)


@pytest.mark.parametrize(
    ("pool", "options", "at"),
    [
        ("g4dn", {"dtype": "half", "quantization": "fp8"}, "quantization"),
        ("p3", {"dtype": "half", "quantization": "awq"}, "quantization"),
        ("g5", {"quantization": "gptq"}, "dtype"),
    ],
)
def test_a_quantisation_has_kernels_for_the_gpu_and_the_type(pool, options, at):
    [finding] = found(launching(pool), TINYLLAMA, context=2048, **options)

    assert (finding.code, finding.at[-1]) == ("GPU008", at)


def test_eager_mode_records_no_graphs():
    tight = {"context": 2048, "gpuMemoryUtilization": 0.98}

    assert codes(launching("g5"), TINYLLAMA, **tight) == ["GPU007"]
    assert codes(launching("g5"), TINYLLAMA, enforceEager=True, **tight) == []
