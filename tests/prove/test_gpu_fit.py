"""Language models on GPUs: what fits, what doesn't, and what the numbers are.

Real starts of vLLM, from its issues and pull requests, hold the figures in place.
"""

import sys
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.diagnostics import Severity
from mlopsgen.facts import families, hardware
from mlopsgen.prove import gpu_memory
from mlopsgen.prove.gpu_fit import RULES, arithmetic, gpu_fit
from mlopsgen.prove.gpu_memory import GIB, Setting
from tests.build import a_plan, reference_plan

MISTRAL = "hf://mistralai/Mistral-7B-Instruct-v0.2"
TINYLLAMA = "hf://TinyLlama/TinyLlama-1.1B-Chat-v1.0"
CODELLAMA = "hf://codellama/CodeLlama-7b-Instruct-hf"
LLAMA_8B = "hf://meta-llama/Llama-3.1-8B-Instruct"
LLAMA_70B = "hf://meta-llama/Llama-3.1-70B-Instruct"
QWEN = "hf://Qwen/Qwen2.5-7B-Instruct"
MIXTRAL = "hf://mistralai/Mixtral-8x7B-Instruct-v0.1"

SMALL = {"cpu": 3, "memory": "12Gi"}
LARGE = {"cpu": 14, "memory": "150Gi"}


def launching(*families, **more):
    return {"kind": "karpenter", "instanceFamilies": list(families), **more}


def a_model(source, *, context=4096, gpus=1, resources=SMALL, **options):
    return {
        "runtime": "vllm",
        "source": source,
        "gpus": gpus,
        "pool": "gpu",
        "resources": resources,
        "vllm": {"maxModelLen": context, **options},
    }


def planned(pool, model, **pools):
    return a_plan(
        components={"kserve": {}, "vllm": {}},
        nodePools={"gpu": pool, **pools},
        models={"llm": model},
    )


def found(pool, source, **model):
    return list(gpu_fit(planned(pool, a_model(source, **model))))


def codes(pool, source, **model):
    return [finding.code for finding in found(pool, source, **model)]


def spent(pool, source, type_, **model):
    [served] = planned(pool, a_model(source, **model)).served
    return arithmetic(served, hardware.instance(type_))


def test_mistral_in_16_bits_is_refused_on_a_t4_with_the_arithmetic():
    [finding] = found(launching("g4dn"), MISTRAL, dtype="half")

    assert finding.code == "GPU001"
    assert finding.severity is Severity.ERROR
    assert finding.at == ("models", "llm", "vllm")
    assert finding.message == (
        "`models.llm` needs 15.2 GiB of the T4 of g4dn.xlarge; vLLM may take 13.1 GiB"
    )
    assert finding.why.startswith(
        "13.5 GiB weights (16 bits) + 0.5 GiB KV cache (4,096 tokens x 128 KiB) + 0.4 GiB working"
        " memory (a batch of 4,096 tokens) + 0.8 GiB CUDA = 15.2 GiB; the T4 gives 14.6 GiB x 0.9"
        " = 13.1 GiB."
    )
    assert [(each.at, each.message) for each in finding.related] == [
        (("nodePools", "gpu", "instanceFamilies", 0), "may be g4dn.xlarge, with 1 x T4")
    ]


@pytest.mark.parametrize("family", ["g5", "g6"])
def test_mistral_is_accepted_on_24_gb(family):
    assert codes(launching(family), MISTRAL) == []


def test_every_gpu_of_the_pool_has_to_do():
    [memory, dtype] = found(launching("g5", "g4dn"), MISTRAL)

    assert (memory.code, dtype.code) == ("GPU001", "GPU002")
    assert [each.at[-1] for each in memory.related] == [1]
    assert memory.fix.startswith("write `instanceFamilies: [g5]`, or ")


def test_an_instance_without_room_for_the_pod_is_not_chosen():
    pool = launching("g4dn", "g5", sizes=["xlarge", "2xlarge"])
    narrow = {"cpu": 3, "memory": "29400Mi"}

    assert codes(pool, MISTRAL) == ["GPU001", "GPU002"]
    assert codes(launching("g5", "g6"), MISTRAL, resources=narrow) == []
    assert spent(pool, MISTRAL, "g4dn.2xlarge", resources=narrow)
    assert codes(pool, MISTRAL, resources={"cpu": 3, "memory": "40Gi"}) == []


def test_tinyllama_on_a_t4_takes_half():
    pool = launching("g4dn")

    assert codes(pool, TINYLLAMA, context=2048, dtype="half") == []
    assert codes(pool, TINYLLAMA, context=2048, dtype="float16") == []
    assert codes(pool, TINYLLAMA, context=2048, dtype="float") == []
    assert codes(pool, TINYLLAMA, context=2048, dtype="bfloat16") == ["GPU002"]


def test_auto_takes_the_type_of_the_checkpoint_which_a_t4_refuses():
    [finding] = found(launching("g4dn"), TINYLLAMA, context=2048)

    assert finding.code == "GPU002"
    assert finding.at == ("models", "llm", "vllm", "dtype")
    assert finding.message == (
        "`models.llm` is served in bfloat16, the type of its checkpoint; the T4 of g4dn.xlarge has"
        " compute capability 7.5, and bfloat16 takes 8.0"
    )
    assert finding.fix == "write `dtype: half`"


def test_codellama_has_no_shared_heads_so_that_its_context_is_dear():
    pool = launching("g5", "g6")

    assert codes(pool, CODELLAMA, context=4096) == []
    [finding] = found(pool, CODELLAMA, context=16384)
    assert "8.00 GiB KV cache (16,384 tokens x 512 KiB)" in finding.why
    assert finding.fix == "write `maxModelLen: 11776`, or write `gpus: 4`"
    assert len(finding.related) == 2


def test_the_proposed_context_is_the_longest_that_fits():
    pool = launching("g5", "g6")

    assert codes(pool, CODELLAMA, context=11776) == []
    assert codes(pool, CODELLAMA, context=11776 + 256) == ["GPU001"]
    assert codes(pool, CODELLAMA, context=16384, gpus=4, resources=LARGE) == []


def test_70b_on_four_gpus_of_24_gb_is_refused():
    pool = {"kind": "managed", "instanceTypes": ["g5.12xlarge"], "min": 0, "max": 1}

    [finding] = found(pool, LLAMA_70B, gpus=4, resources=LARGE)

    assert finding.message == (
        "`models.llm` needs 37.1 GiB of each A10G of g5.12xlarge; vLLM may take 19.8 GiB"
    )
    assert "32.9 GiB weights (16 bits, 4 GPUs share 131.4 GiB)" in finding.why
    assert "1.5 GiB CUDA and NCCL" in finding.why
    assert finding.fix == "take a pool of g6e.12xlarge, whose L40S has room"
    assert codes(launching("g6e"), LLAMA_70B, gpus=4, resources=LARGE) == []


def test_70b_on_four_gpus_of_40_gb_fits_with_smaller_batches_or_on_eight():
    pool = launching("p4d")

    [finding] = found(pool, LLAMA_70B, gpus=4, resources=LARGE)

    assert finding.fix == "write `maxNumSeqs: 256`, or write `gpus: 8`"
    assert codes(pool, LLAMA_70B, gpus=4, resources=LARGE, maxNumSeqs=256) == []
    assert codes(pool, LLAMA_70B, gpus=8, resources=LARGE) == []


@pytest.mark.parametrize("gpus", [4, 8])
def test_70b_is_accepted_on_80_gb(gpus):
    assert codes(launching("p4de", "p5"), LLAMA_70B, gpus=gpus, resources=LARGE) == []


def test_heads_divide_by_the_gpus():
    [finding] = found(launching("g5"), QWEN, gpus=8, resources=LARGE)

    assert finding.code == "GPU003"
    assert finding.at == ("models", "llm", "gpus")
    assert finding.message == (
        "`models.llm` is split over 8 GPUs; its 28 attention heads don't divide by 8"
    )
    assert finding.fix == "write `gpus: 4`"
    assert codes(launching("g5"), QWEN, gpus=4, resources=LARGE) == []


@pytest.mark.parametrize(
    ("source", "gpus", "what"),
    [
        (QWEN, 7, "4 KV heads"),
        (QWEN, 8, "28 attention heads"),
        (QWEN, 1, ""),
        (LLAMA_70B, 8, ""),
        (LLAMA_70B, 16, ""),
        (TINYLLAMA, 8, ""),
    ],
)
def test_what_gpus_cannot_share_is_named(source, gpus, what):
    found = gpu_memory.undivided(families.model(source.removeprefix("hf://")), gpus)

    assert found == what


def test_columns_divide_by_the_gpus():
    narrow = families.model("codellama/CodeLlama-7b-Instruct-hf").model_copy(
        update={"intermediate_size": 11010}
    )

    assert gpu_memory.undivided(narrow, 4) == "11010 columns of a layer"
    assert gpu_memory.undivided(narrow, 2) == ""


def test_a_context_beyond_the_model_is_refused():
    [finding] = found(launching("g5"), TINYLLAMA, context=4096)

    assert finding.code == "GPU004"
    assert finding.at == ("models", "llm", "vllm", "maxModelLen")
    assert finding.message == (
        "`models.llm` takes contexts of 4,096 tokens; `TinyLlama/TinyLlama-1.1B-Chat-v1.0` was"
        " made for 2,048"
    )
    assert finding.fix == "write `maxModelLen: 2048`"


def test_vllm_can_be_told_to_take_longer_contexts():
    model = a_model(TINYLLAMA, context=4096)
    told = {**model, "env": {"VLLM_ALLOW_LONG_MAX_MODEL_LEN": "1"}}
    [served] = planned(launching("g5"), told).served

    assert list(gpu_fit(planned(launching("g5"), told))) == []
    assert "(4,096 tokens" in arithmetic(served, hardware.instance("g5.xlarge"))


@pytest.mark.parametrize("source", ["s3://acme-models/llm/1", "hf://acme/unheard-of"])
def test_a_model_without_figures_is_said_to_be_unproved(source):
    [finding] = found(launching("g4dn"), source)

    assert (finding.code, finding.severity) == ("GPU005", Severity.WARNING)
    assert finding.at == ("models", "llm", "source")
    assert f"`{source}`" in finding.message
    assert finding.fix == (
        "add `architecture` to `models.llm`, with the figures of its config.json"
    )


def test_a_slip_in_the_name_of_a_known_model_is_found():
    [finding] = found(launching("g5"), "hf://mistralai/Mistral-7b-Instruct-v02")

    assert finding.fix.startswith(f"write `source: {MISTRAL}` if that is the model you mean")


def test_a_revision_does_not_hide_the_figures():
    assert codes(launching("g4dn"), f"{MISTRAL}@main", dtype="half") == ["GPU001"]


def test_a_batch_has_a_token_for_each_request():
    [finding] = found(launching("g5"), TINYLLAMA, context=2048, maxNumSeqs=2049)

    assert finding.code == "GPU006"
    assert finding.at == ("models", "llm", "vllm", "maxNumSeqs")
    assert finding.fix == "write `maxNumSeqs: 2048`"
    assert codes(launching("g5"), TINYLLAMA, context=2048, maxNumSeqs=2048) == []
    assert codes(launching("p5"), MISTRAL, maxNumSeqs=8192) == []


def test_cuda_graphs_need_what_the_share_leaves():
    [finding] = found(launching("g5"), TINYLLAMA, context=2048, gpuMemoryUtilization=0.97)

    assert (finding.code, finding.severity) == ("GPU007", Severity.WARNING)
    assert "leaves 0.7 GiB of the A10G" in finding.message
    assert finding.fix == "write `gpuMemoryUtilization: 0.95`"
    assert codes(launching("g5"), TINYLLAMA, context=2048, gpuMemoryUtilization=0.95) == []
    assert codes(launching("p5"), TINYLLAMA, context=2048, gpuMemoryUtilization=0.97) == []


def test_another_pool_that_fits_is_proposed():
    small, large = launching("g5", sizes=["xlarge"]), launching("g6e")
    model = a_model(CODELLAMA, context=16384)

    [finding] = gpu_fit(planned(small, model, roomy=large))

    assert finding.fix == "write `pool: roomy`, or write `maxModelLen: 12032`"


def test_a_managed_pool_is_told_which_types_to_keep():
    types = ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"]
    pool = {"kind": "managed", "instanceTypes": types, "min": 0, "max": 1}

    [finding] = found(pool, MISTRAL, dtype="half")

    assert finding.related[0].at == ("nodePools", "gpu", "instanceTypes", 0)
    assert finding.fix.startswith("write `instanceTypes: [g5.xlarge, g6.xlarge]`, or ")


def test_what_nothing_holds_is_said_to_be_too_large():
    finding = found(launching("g5"), MIXTRAL, dtype="float", resources=SMALL)[0]

    assert finding.fix == "serve a smaller model, or one with quantised weights"


def test_a_canary_speaks_for_itself_when_its_figures_differ():
    exposed = {"exposure": {"alb": "internal", "host": "llm.example.com"}}
    model = a_model(TINYLLAMA, context=2048, dtype="half")
    same = {**model, **exposed, "canary": {"source": f"{TINYLLAMA}@main", "weight": 10}}
    larger = {**model, **exposed, "canary": {"source": MISTRAL, "weight": 10}}

    assert list(gpu_fit(planned(launching("g4dn"), same))) == []
    [finding] = gpu_fit(planned(launching("g4dn"), larger))
    assert finding.message.startswith("the canary of `models.llm` needs ")


def test_a_language_model_without_gpus_is_left_to_the_rules():
    assert codes(launching("g5"), MISTRAL, gpus=0) == []


def test_models_of_other_runtimes_are_left_alone():
    models = {"iris": {"runtime": "sklearn", "source": "s3://acme-models/iris"}}
    plan = a_plan(components={"kserve": {}}, models=models)

    assert list(gpu_fit(plan)) == []
    assert arithmetic(plan.served[0], hardware.instance("g5.xlarge")) == ""


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_reference_platform_fits(environment):
    plan = reference_plan(environment)
    language = [served.model for served in plan.served if served.spec.vllm]

    assert len(language) == 3
    assert list(gpu_fit(plan)) == []


def test_the_arithmetic_can_be_shown_for_what_fits():
    assert spent(launching("g5"), LLAMA_8B, "g5.xlarge") == (
        "15.0 GiB weights (16 bits) + 0.5 GiB KV cache (4,096 tokens x 128 KiB) + 2.4 GiB working"
        " memory (the next tokens of 1,024 requests) + 0.8 GiB CUDA = 18.7 GiB; the A10G gives"
        " 22.0 GiB x 0.9 = 19.8 GiB"
    )


@pytest.mark.parametrize(
    ("source", "gpu", "context", "requests", "gib"),
    [
        # vllm issue 10517: Llama 3.1 8B, 17.06 and 17.98 GiB at the peak, 14.99 of them weights.
        (LLAMA_8B, "v100-32gb", 20000, 16, 2.07),
        (LLAMA_8B, "v100-32gb", 29000, 16, 2.99),
        # vllm pull 10511: Llama 3 8B, 256 requests; the same on one GPU and on two.
        (LLAMA_8B, "v100-32gb", 8192, 256, 1.26),
        # vllm issue 13882: Qwen 2.5 7B, 256 requests.
        (QWEN, "t4", 4096, 256, 1.42),
    ],
)
def test_working_memory_is_that_of_real_starts_or_a_little_more(
    source, gpu, context, requests, gib
):
    asked = a_setting(source, context=context, sequences=requests)

    estimate = gpu_memory.need(asked, hardware.gpu(gpu)).working / GIB

    assert gib * 0.99 <= estimate <= gib * 1.08


def a_setting(source=MISTRAL, *, context=4096, sequences=None, share=0.9, gpus=1):
    family = families.model(source.removeprefix("hf://"))
    return Setting(family, context, sequences, 2, share, gpus)


def test_gpus_share_weights_and_cache_but_not_sampling():
    one, eight = a_setting(LLAMA_70B), a_setting(LLAMA_70B, gpus=8)
    gpu = hardware.gpu("h100")
    alone, shared = gpu_memory.need(one, gpu), gpu_memory.need(eight, gpu)

    assert shared.weights == alone.weights / 8
    assert shared.cache == alone.cache / 8
    assert shared.working == alone.working


def test_a_kv_head_is_copied_where_gpus_outnumber_them():
    gpu = hardware.gpu("l4")
    four, eight = (gpu_memory.need(a_setting(TINYLLAMA, gpus=n), gpu) for n in (4, 8))

    assert four.cache == eight.cache
    assert eight.weights > four.weights / 2


SETTINGS = st.builds(
    a_setting,
    st.sampled_from([MISTRAL, TINYLLAMA, CODELLAMA, LLAMA_8B, LLAMA_70B, QWEN, MIXTRAL]),
    context=st.integers(1, 140_000),
    sequences=st.none() | st.integers(1, 4096),
    share=st.floats(0.01, 0.99),
    gpus=st.sampled_from([1, 2, 4]),
)
GPUS = st.sampled_from(hardware.gpus())


@settings(max_examples=150)
@given(asked=SETTINGS, gpu=GPUS, shorter=st.floats(0, 1), more=st.integers(0, 200_000))
def test_fit_never_ends_with_more_memory_or_less_to_hold(asked, gpu, shorter, more):
    larger = gpu.model_copy(
        update={"usable": gpu.usable.model_copy(update={"memory_mib": 1000 + more})}
    )
    easier = [
        (replace(asked, context=max(1, int(asked.context * shorter))), gpu),
        (replace(asked, share=asked.share + (1 - asked.share) * shorter), gpu),
        (replace(asked, sequences=1), gpu),
        (asked, max(gpu, larger, key=lambda each: each.usable.memory_mib)),
    ]

    if gpu_memory.fits(asked, gpu):
        assert [gpu_memory.fits(*each) for each in easier] == [True] * len(easier)


@settings(max_examples=60)
@given(asked=SETTINGS, gpu=GPUS)
def test_the_longest_context_fits_and_the_next_does_not(asked, gpu):
    longest = gpu_memory.longest_context(asked, (gpu,), 256)
    beyond = longest + 256

    assert longest <= asked.context
    if longest:
        assert gpu_memory.fits(replace(asked, context=longest), gpu)
    if beyond <= asked.context:
        assert not gpu_memory.fits(replace(asked, context=beyond), gpu)


@settings(max_examples=40, deadline=None)
@given(
    pool=st.lists(
        st.sampled_from(["g4dn", "g5", "g6", "g6e", "p3", "p4d"]), min_size=1, unique=True
    ),
    source=st.sampled_from([MISTRAL, TINYLLAMA, CODELLAMA, LLAMA_8B, MIXTRAL]),
    context=st.sampled_from([512, 2048, 8192, 16384, 32768]),
    share=st.sampled_from([0.3, 0.6, 0.9]),
)
def test_a_proposed_change_of_options_mends_the_finding(pool, source, context, share):
    options = {"context": context, "dtype": "half", "gpuMemoryUtilization": share}
    wording = {"maxModelLen": "context", "maxNumSeqs": "maxNumSeqs"}
    for finding in found(launching(*pool), source, **options):
        key, _, value = finding.fix.partition(",")[0].removeprefix("write `").partition(": ")
        if finding.code == "GPU001" and key in wording:
            mended = {**options, wording[key]: int(value.rstrip("`"))}
            assert "GPU001" not in codes(launching(*pool), source, **mended)


def test_codes_are_of_one_series():
    assert [rule.code for rule in RULES] == [f"GPU{n:03}" for n in range(1, 12)]


def test_four_times_the_models_take_four_times_the_work():
    def calls(count):
        plan = a_plan(
            components={"kserve": {}, "vllm": {}},
            nodePools={"gpu": launching("g5", "g6")},
            models={f"m{n}": a_model(MISTRAL, context=2048 + n) for n in range(count)},
        )
        seen = Counter()
        sys.setprofile(lambda _frame, event, _argument: seen.update([event]))
        try:
            assert list(gpu_fit(plan)) == []
        finally:
            sys.setprofile(None)
        return seen["call"]

    calls(1)  # what is read once
    assert calls(200) <= 4 * calls(50)
