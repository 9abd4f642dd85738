from __future__ import annotations

import pytest

from mlopsgen.plan.costs import costs, nodes
from tests.build import a_plan, reference_plan

GENERAL = {"kind": "managed", "instanceTypes": ["t3.large"], "min": 2, "max": 4}
GPU = {"kind": "karpenter", "instanceFamilies": ["g5"], "sizes": ["xlarge", "12xlarge"]}
LLM = {
    "runtime": "vllm",
    "source": "hf://mistralai/Mistral-7B-Instruct-v0.2",
    "vllm": {"maxModelLen": 4096},
    "gpus": 1,
    "pool": "gpu",
    "resources": {"cpu": 3, "memory": "12Gi"},
    "scale": {"min": 3, "max": 6},
}
T3_LARGE = 0.0912 * 730 + 50 * 0.088
G5_XLARGE = 1.123 * 730 + 100 * 0.088
G5_12XLARGE = 6.33167 * 730 + 100 * 0.088


def line(plan, name):
    [found] = [one for one in costs(plan).lines if one.what == f"nodes of {name}"]
    return found


def gpu_plan(*, model=None, region="eu-west-1", **changed):
    return a_plan(
        aws={"region": region, "accountId": "111122223333"},
        nodePools={"gpu": {**GPU, **changed}},
        models={"llm": {**LLM, **(model or {})}},
    )


def test_a_managed_pool_costs_its_least_and_its_most_nodes():
    found = line(a_plan(nodePools={"general": GENERAL}), "general")

    assert found.low == pytest.approx(2 * T3_LARGE)
    assert found.high == pytest.approx(4 * T3_LARGE)
    assert found.origin == ("nodePools", "general")
    assert found.how == "2 to 4 nodes of t3.large"


def test_of_several_types_the_cheapest_and_the_dearest_count():
    pool = {**GENERAL, "instanceTypes": ["m5.large", "t3.large"]}
    found = line(a_plan(nodePools={"general": pool}), "general")

    assert found.low == pytest.approx(2 * T3_LARGE)
    assert found.high == pytest.approx(4 * (0.107 * 730 + 50 * 0.088))


def test_a_karpenter_pool_costs_what_its_models_take_at_the_least():
    # 3 GPUs: a quarter of a g5.12xlarge is dearer than a g5.xlarge.
    assert line(gpu_plan(), "gpu").low == pytest.approx(3 * G5_XLARGE)


@pytest.mark.parametrize("model", [{"stopped": True}, {"pool": None}])
def test_models_that_run_elsewhere_or_not_at_all_cost_a_pool_nothing(model):
    found = line(gpu_plan(model=model), "gpu")

    assert found.low == 0
    assert found.how.startswith("no replicas of models at the least")


def test_a_canary_has_replicas_too():
    canary = {"source": LLM["source"], "weight": 10}

    assert line(gpu_plan(model={"canary": canary}), "gpu").low == pytest.approx(6 * G5_XLARGE)


def test_a_karpenter_pool_costs_at_most_what_its_limits_hold():
    found = line(gpu_plan(limits={"gpus": 5}), "gpu")

    assert found.high == pytest.approx(5 * G5_12XLARGE / 4)
    assert found.how == "3 replicas of models at the least, 5 GPUs at the most"


def test_a_node_beyond_the_limits_is_never_made():
    assert line(gpu_plan(limits={"gpus": 3}), "gpu").high == pytest.approx(3 * G5_XLARGE)


def test_the_tightest_of_several_limits_counts():
    found = line(gpu_plan(limits={"gpus": 64, "cpu": 8}), "gpu")

    assert found.high == pytest.approx(2 * G5_XLARGE)


def test_no_node_fits_limits_of_nothing():
    assert line(gpu_plan(limits={"gpus": 0}), "gpu").high == 0


def test_without_limits_nothing_can_be_said_of_the_most():
    plan = gpu_plan()

    assert line(plan, "gpu").high is None
    assert costs(plan).high is None
    assert costs(plan).low > 0


def test_types_without_a_price_are_named_and_not_counted():
    found = line(gpu_plan(instanceFamilies=["g5", "g6"], sizes=["xlarge"]), "gpu")

    assert found.unpriced == ("g6.xlarge",)
    assert found.low == pytest.approx(3 * G5_XLARGE)


def test_a_region_without_prices_has_no_figures_for_nodes():
    plan = gpu_plan(region="xx-north-9")
    found = line(plan, "gpu")

    assert (found.low, found.high) == (None, None)
    assert found.how == "no price of its instance types is known in xx-north-9"
    assert costs(plan).high is None
    assert "root volumes of nodes: no price is known in xx-north-9" in costs(plan).left_out


def test_bottlerocket_has_a_second_volume():
    pools = {ami: gpu_plan(ami=f"{ami}@latest").pools["gpu"] for ami in ("al2023", "bottlerocket")}
    [plain, second] = [nodes(pool, "eu-west-1")[0].usd for pool in pools.values()]

    assert second - plain == pytest.approx(4 * 0.088)


def test_spot_is_counted_at_the_on_demand_price_and_says_so():
    told = "what spot is cheaper: it is counted at the on-demand price"
    spot = gpu_plan(capacity="spot")

    assert line(spot, "gpu").low == line(gpu_plan(), "gpu").low
    assert told in costs(spot).left_out
    assert told not in costs(gpu_plan()).left_out


def test_the_reference_has_a_price_for_every_pool_and_says_when_it_was_read():
    found = costs(reference_plan())

    assert found.region == "eu-west-1"
    assert all(one.low is not None and one.high is not None for one in found.lines)
    assert 0 < found.low < found.high
    assert found.as_of == tuple(sorted(found.as_of))
    assert "the database" in found.left_out
