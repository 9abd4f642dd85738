import pytest

from tests.check.platforms import a_llm, codes, found, only, serving

COMMIT = "784a191000000000000000000000000000000000"


def _llm(source="hf://acme/llama", gpus=1, **options):
    options = {"maxModelLen": 4096, **options}
    pool = {"kind": "managed", "instanceTypes": ["g5.48xlarge"], "min": 1, "max": 1}
    document = serving(llama=a_llm(source=source, gpus=gpus, vllm=options))
    document["nodePools"]["gpu"] = {**pool, "taints": ["nvidia.com/gpu=true:NoSchedule"]}
    return document


@pytest.mark.parametrize(
    ("gpus", "options", "right"),
    [
        (1, {}, True),
        (4, {}, True),
        (4, {"pipelineParallelSize": 2}, True),
        (3, {"pipelineParallelSize": 2}, False),
        (4, {"tensorParallelSize": 4}, True),
        (4, {"tensorParallelSize": 2}, False),
        (4, {"tensorParallelSize": 2, "pipelineParallelSize": 2}, True),
        (8, {"tensorParallelSize": 2, "pipelineParallelSize": 2}, False),
    ],
)
def test_tensor_times_pipeline_makes_up_the_gpus(gpus, options, right):
    assert codes(_llm(gpus=gpus, **options)) == [] if right else ["VLLM001"]


def test_gpus_that_are_not_made_up_are_counted():
    finding = only(_llm(gpus=3, pipelineParallelSize=2))

    assert finding.at == ("models", "llama", "vllm", "pipelineParallelSize")
    assert finding.message == "`models.llama` has 3 GPUs; they don't make up 2 equal groups"
    assert finding.fix.startswith("write `gpus: 4`")


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("hf://acme/llama", {}, "VLLM002"),
        ("hf://acme/llama@main", {}, "VLLM002"),
        (f"hf://acme/llama@{COMMIT}", {}, "VLLM003"),
        ("hf://acme/llama", {"revision": COMMIT}, "VLLM003"),
        ("s3://acme-models/llama", {}, "VLLM003"),
    ],
)
def test_code_of_a_repository_runs_at_a_commit_only(source, options, code):
    assert codes(_llm(source, trustRemoteCode=True, **options)) == [code]


def test_code_of_a_canary_is_pinned_too():
    document = _llm(f"hf://acme/llama@{COMMIT}", trustRemoteCode=True)
    document["models"]["llama"]["canary"] = {"source": "hf://acme/other", "weight": 10}

    assert [one.at for one in found(document) if one.code == "VLLM002"] == [
        ("models", "llama", "canary", "source")
    ]


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"enableAutoToolChoice": True}, "enableAutoToolChoice"),
        (
            {
                "enableAutoToolChoice": True,
                "toolCallParser": "hermes",
                "reasoningParser": "deepseek_r1",
            },
            "reasoningParser",
        ),
        ({"lora": {"adapters": {"a": "hf://acme/a"}}, "cpuOffloadGb": 1}, "lora"),
    ],
)
def test_options_that_vllm_refuses_together_are_found(options, key):
    finding = only(_llm(**options))

    assert (finding.code, finding.at[-1]) == ("VLLM004", key)


def test_options_that_go_together_are_fine():
    assert found(_llm(enableAutoToolChoice=True, toolCallParser="hermes")) == []
    assert found(_llm(reasoningParser="deepseek_r1")) == []
