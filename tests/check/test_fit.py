import pytest

from tests.check.platforms import (
    GENERAL,
    GPU,
    a_llm,
    a_model,
    a_platform,
    a_step,
    codes,
    found,
    only,
    running,
    serving,
)

CLOSED = GENERAL | {"taints": ["workload=training:NoSchedule"]}


def test_gpus_without_a_pool_are_sent_to_the_pool_that_has_them():
    finding = only(serving(llama=a_llm(pool=None)))

    assert finding.at == ("models", "llama", "gpus")
    assert finding.fix == "write `pool: gpu`"


def test_gpus_without_any_pool_that_has_them():
    document = serving(llama=a_llm(pool=None)) | {"nodePools": {"general": GENERAL}}

    assert only(document).fix == "name a pool whose instances have GPUs"


def test_a_pool_without_gpus_is_not_for_those_who_ask_for_them():
    finding = only(serving(llama=a_llm(pool="general", resources={"cpu": 1, "memory": "1Gi"})))

    assert finding.code == "FIT001"
    assert "no instance of `general` has one" in finding.message
    assert finding.fix == "write `pool: gpu`"


def test_more_gpus_than_any_instance_has():
    finding = only(running({"fit": a_step(gpus=4, pool="gpu")}))

    assert finding.message.endswith(
        "asks for 4 GPUs; the largest instance of `gpu`, g5.xlarge, has 1"
    )
    wide = {"general": GENERAL, "gpu": GPU, "wide": GPU | {"sizes": ["12xlarge"]}}
    document = running({"fit": a_step(gpus=4, pool="gpu")}) | {"nodePools": wide}
    assert only(document).fix == "write `gpus: 1`, or write `pool: wide`"


def test_what_a_node_keeps_for_itself_is_counted():
    """A g5.xlarge has 16Gi, of which 14162Mi are for pods."""
    assert found(serving(llama=a_llm(resources={"cpu": 3, "memory": "14162Mi"}))) == []
    finding = only(serving(llama=a_llm(resources={"cpu": 3, "memory": "14163Mi"})))

    assert finding.code == "FIT002"
    assert finding.at == ("models", "llama", "resources", "memory")
    assert "g5.xlarge, has 3920m and 14162Mi for pods" in finding.message
    assert finding.fix.startswith("write `resources: {cpu: 3, memory: 13Gi}`")


def test_cpus_are_counted_too():
    finding = only(serving(llama=a_llm(resources={"cpu": 4, "memory": "8Gi"})))

    assert finding.at == ("models", "llama", "resources", "cpu")
    assert finding.fix.startswith("write `resources: {cpu: 3900m, memory: 8Gi}`")


def test_cpus_and_memory_are_of_the_same_instance():
    """A c5.4xlarge has the CPUs, an r5.large the memory, and neither has both."""
    mixed = GENERAL | {"instanceTypes": ["c5.4xlarge", "r5.large"]}
    document = a_platform(
        models={"iris": a_model(resources={"cpu": 15, "memory": "14Gi"})},
        nodePools={"general": mixed, "gpu": GPU},
    )

    assert found(document) == []
    asked = a_model(resources={"cpu": 15, "memory": "40Gi"})
    assert codes(document | {"models": {"iris": asked}}) == ["FIT002"]


@pytest.mark.parametrize("pool", [None, "general"])
def test_a_pod_without_a_pool_is_held_against_those_without_taints(pool):
    step = a_step(resources={"cpu": 1, "memory": "32Gi"})
    finding = only(running({"fit": step | ({"pool": pool} if pool else {})}))

    assert "of `general` the best instance, m5.large" in finding.message
    assert len(finding.related) == (1 if pool else 0)


def test_pools_that_are_not_known_are_said_once():
    assert codes(serving(llama=a_llm(pool="gqu"))) == ["REF001"]
    unknown = {"general": GENERAL, "gpu": GPU | {"instanceFamilies": ["q5"]}}
    assert codes(serving(llama=a_llm()) | {"nodePools": unknown}) == ["POOL004"]


def test_pods_without_a_pool_need_one_without_taints():
    document = serving(iris=a_model(), wine=a_model()) | {"nodePools": {"closed": CLOSED}}
    finding = only(document)

    assert finding.code == "FIT003"
    assert finding.at == ("models", "iris")
    assert "every pool has a taint: `closed`" in finding.message


def test_a_taint_that_only_prefers_keeps_nobody_out():
    soft = GENERAL | {"taints": ["a=b:PreferNoSchedule"]}

    assert found(serving(iris=a_model()) | {"nodePools": {"soft": soft}}) == []


def test_without_pools_there_is_nowhere_to_run():
    finding = only(serving(iris=a_model()) | {"nodePools": {}})

    assert finding.message.endswith("there is none")


def test_platforms_where_nothing_runs_need_no_pool():
    assert found(a_platform(nodePools={})) == []
