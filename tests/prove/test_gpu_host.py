"""What vLLM takes of the host's memory: locked for certain, or likely taken."""

import pytest

from mlopsgen.diagnostics import Severity
from mlopsgen.prove.gpu_fit import gpu_fit
from mlopsgen.prove.gpu_memory import GIB
from tests.prove.test_gpu_fit import (
    CODELLAMA,
    LARGE,
    MISTRAL,
    TINYLLAMA,
    a_model,
    codes,
    found,
    launching,
    planned,
)

XLARGE = {"sizes": ["xlarge"]}


def narrow(memory, cpu=1):
    return {"cpu": cpu, "memory": memory}


def only(pool, source=MISTRAL, **model):
    [finding] = found(pool, source, **model)
    return finding


@pytest.mark.parametrize(
    ("memory", "expected"), [("2Gi", ["GPU011"]), ("4095Mi", ["GPU011"]), ("4Gi", [])]
)
def test_a_server_takes_four_gib(memory, expected):
    assert codes(launching("g5"), MISTRAL, resources=narrow(memory)) == expected


def test_the_likely_is_a_warning_with_its_arithmetic():
    pool = launching("g5")

    finding = only(pool, CODELLAMA, gpus=4, resources=narrow("8Gi"))

    assert finding.severity is Severity.WARNING
    assert finding.at == ("models", "llm", "resources", "memory")
    assert finding.message == (
        "`models.llm` may take 16.5 GiB of its container's memory; that has 8.0 GiB"
    )
    assert finding.why.startswith("16.0 GiB processes + 0.5 GiB queues in /dev/shm = 16.5 GiB. ")
    assert finding.fix == "write `memory: 17Gi` in its `resources`"
    assert codes(pool, CODELLAMA, gpus=4, resources=narrow("17Gi")) == []


def test_swap_space_is_locked_where_the_older_engine_serves_and_nowhere_else():
    model = {"dtype": "half", "context": 2048, "swapSpace": 8, "resources": narrow("8Gi")}

    old = only(launching("g4dn"), TINYLLAMA, **model)

    assert (old.code, old.severity) == ("GPU010", Severity.ERROR)
    assert (
        old.message == "`models.llm` keeps 8.0 GiB outside of its GPUs; its container has 8.0 GiB"
    )
    assert old.at == ("models", "llm", "vllm", "swapSpace")
    assert codes(launching("g5"), TINYLLAMA, **model) == []


def test_without_a_word_the_older_engine_locks_one_gib_for_each_gpu():
    pool = launching("g4dn")
    model = {"dtype": "half", "context": 2048}

    assert codes(pool, TINYLLAMA, **model, resources=narrow("5Gi")) == []
    assert codes(pool, TINYLLAMA, **model, resources=narrow("4Gi")) == ["GPU011"]
    assert codes(pool, TINYLLAMA, **model, resources=narrow("4Gi"), swapSpace=0) == []


def test_no_more_is_kept_on_the_host_than_there_are_weights():
    model = {"cpuOffloadGb": 64, "resources": narrow("24Gi")}

    assert codes(launching("g5"), MISTRAL, **model) == []
    assert only(launching("g5"), MISTRAL, **{**model, "resources": narrow("13Gi")}).code == "GPU010"


def test_what_is_kept_outside_counts_for_each_gpu():
    finding = only(
        launching("g5"), CODELLAMA, gpus=4, cpuOffloadGb=2, swapSpace=1, resources=narrow("12Gi")
    )

    assert finding.code == "GPU010"
    assert finding.at[-1] == "cpuOffloadGb"
    assert "keeps 12.0 GiB outside of its GPUs" in finding.message
    assert finding.fix == "write `memory: 29Gi` in its `resources`"


def test_more_swap_space_than_a_node_can_give_is_refused_by_both_engines():
    # vLLM 0.8.0 compares with the whole node; 11.2 GiB are seven tenths of a g5.xlarge.
    pool = launching("g5", **XLARGE)

    finding = only(pool, swapSpace=12)

    assert finding.code == "GPU010"
    assert finding.message == (
        "`models.llm` asks for 12.0 GiB of swap space; vLLM takes 11.2 GiB of the 16.0 GiB of"
        " g5.xlarge at the most"
    )
    assert finding.fix == "write `swapSpace: 11`"
    assert codes(pool, MISTRAL, swapSpace=11) == []


def test_groups_of_gpus_are_compared_with_the_node_one_by_one():
    pool = launching("g5", sizes=["12xlarge"])
    model = {"gpus": 4, "swapSpace": 40, "resources": narrow("150Gi")}

    assert "160.0 GiB" in only(pool, CODELLAMA, **model).message
    found_ = only(pool, CODELLAMA, **model, pipelineParallelSize=2)
    assert found_.fix.startswith("write `swapSpace: 38` and `memory: 169Gi`, or ")
    mended = {"swapSpace": 38, "resources": narrow("169Gi"), "pipelineParallelSize": 2}
    assert codes(pool, CODELLAMA, **{**model, **mended}) == []


def test_memory_that_no_instance_of_the_pool_has_is_not_proposed():
    pool = launching("g5", **XLARGE)

    finding = only(pool, cpuOffloadGb=12, swapSpace=0, resources=narrow("12Gi"))

    assert finding.fix == (
        "take a pool of instances with 16 GiB for pods; those of `gpu` have 13.8 GiB at the most"
    )


def test_figures_that_are_unknown_leave_what_is_written():
    model = {**a_model("hf://acme/own", cpuOffloadGb=12), "resources": narrow("12Gi")}

    assert [each.code for each in gpu_fit(planned(launching("g5"), model))] == ["GPU005", "GPU010"]


@pytest.mark.parametrize("gpus", [1, 4, 8])
@pytest.mark.parametrize("offload", [0, 2])
@pytest.mark.parametrize("swap", [None, 0, 3])
def test_the_proposed_memory_is_the_smallest_that_does(gpus, offload, swap):
    pool = launching("g5")
    options = {} if swap is None else {"swapSpace": swap}
    asked = {"gpus": gpus, "cpuOffloadGb": offload, **options}

    finding = only(pool, CODELLAMA, **asked, resources=narrow("1Gi"))

    proposed = int(finding.fix.partition("memory: ")[2].partition("Gi")[0])
    assert codes(pool, CODELLAMA, **asked, resources=narrow(f"{proposed}Gi")) == []
    below = narrow(f"{proposed * GIB // 2**20 - 1024}Mi")
    assert codes(pool, CODELLAMA, **asked, resources=below) == ["GPU011"]


def test_much_memory_is_fine():
    assert codes(launching("g6e"), CODELLAMA, gpus=4, resources=LARGE) == []
