import pytest

from tests.check.platforms import (
    EVERYTHING,
    GENERAL,
    GPU,
    a_balancer,
    a_llm,
    a_model,
    a_platform,
    a_step,
    codes,
    found,
    only,
    running,
)

LARGE = {"general": GENERAL | {"max": 40}, "gpu": GPU}
MANAGED_GPU = {
    "kind": "managed",
    "instanceTypes": ["g5.xlarge", "g5.12xlarge"],
    "min": 1,
    "max": 2,
    "taints": ["nvidia.com/gpu=true:NoSchedule"],
}
CANARY = {"canary": {"source": "s3://acme-models/new", "weight": 5}, "exposure": a_balancer()}


def _quota(quota, **models):
    return a_platform(namespaces={"mlops": {"quota": quota}}, models=models, nodePools=LARGE)


def _pools(gpu, **models):
    return a_platform(models=models, nodePools={"general": GENERAL, "gpu": gpu})


def test_the_gpus_of_a_quota_hold_all_models_at_their_largest():
    models = {"big": a_llm(scale={"max": 3}), "small": a_llm()}
    finding = only(_quota({"gpus": 3}, **models))

    assert finding.code == "QUOTA001"
    assert finding.at == ("namespaces", "mlops", "quota", "gpus")
    assert finding.message.endswith("holds 3 GPUs; its models ask for 4 GPUs at their largest")
    assert finding.fix == "write `gpus: 4`, or lower `scale.max`"
    assert [(each.at, each.message) for each in finding.related] == [
        (("models", "big", "scale", "max"), "3 GPUs: 3 replicas of 1 GPU"),
        (("models", "small"), "1 GPU: 1 replica of 1 GPU"),
    ]
    assert found(_quota({"gpus": 4}, **models)) == []


@pytest.mark.parametrize(
    ("quota", "replicas", "wanted"),
    [
        ({"cpu": 3}, 3, "4 CPUs"),
        ({"cpu": 3}, 4, "4 CPUs"),
        ({"memory": "7Gi"}, 3, "8Gi of memory"),
        ({"pods": 1}, 1, "2 pods"),
    ],
)
def test_few_replicas_are_one_more_in_an_update(quota, replicas, wanted):
    finding = only(_quota(quota, iris=a_model(scale={"max": replicas})))

    assert f"ask for {wanted}" in finding.message
    assert ("1 more in an update" in finding.related[0].message) == (replicas < 4)
    [(resource, _)] = quota.items()
    enough = {"cpu": 4, "memory": "8Gi", "pods": 2}[resource]
    assert found(_quota({resource: enough}, iris=a_model(scale={"max": replicas}))) == []


def test_an_update_on_gpus_needs_no_more_of_them():
    assert found(_quota({"gpus": 1, "pods": 1}, llama=a_llm())) == []


def test_a_canary_has_as_many_replicas_as_its_model():
    finding = only(_quota({"cpu": 8}, iris=a_model(scale={"max": 5}, **CANARY)))

    assert "ask for 10 CPUs" in finding.message
    assert finding.related[0].message == "10 CPUs: 5 replicas of 1 CPU, as many of its canary"


def test_stopped_models_and_those_of_other_namespaces_ask_for_nothing():
    document = _quota(
        {"cpu": 2}, iris=a_model(), wine=a_model(stopped=True), rose=a_model(namespace="lab")
    )
    document["namespaces"]["lab"] = {}

    assert found(document) == []


def test_every_resource_that_is_short_is_told():
    finding, other = found(_quota({"cpu": 1, "memory": "1Gi"}, iris=a_model()))

    assert finding.at[-1] == "cpu"
    assert other.at[-1] == "memory"


def test_a_step_that_is_larger_than_the_quota_never_runs():
    document = running({"fit": a_step(resources={"cpu": 1, "memory": "4Gi"})})
    document["namespaces"] = {"mlops": {"quota": {"memory": "3Gi"}}}
    finding = only(document)

    assert finding.code == "QUOTA001"
    assert finding.at == ("pipelines", "train", "steps", "fit", "resources", "memory")
    assert finding.fix == "write `memory: 3Gi`, or raise the quota"
    document["namespaces"]["mlops"]["quota"]["memory"] = "4Gi"
    assert found(document) == []


def test_the_limits_of_a_pool_hold_the_models_on_it():
    models = {"llama": a_llm(scale={"max": 3})}
    finding = only(_pools(GPU | {"limits": {"gpus": 2}}, **models))

    assert finding.code == "QUOTA002"
    assert finding.at == ("nodePools", "gpu", "limits", "gpus")
    assert found(_pools(GPU | {"limits": {"gpus": 3, "cpu": 9, "memory": "36Gi"}}, **models)) == []
    assert codes(_pools(GPU | {"limits": {"cpu": 8}}, **models)) == ["QUOTA002"]


def test_the_nodes_of_a_managed_pool_hold_the_models_on_it():
    """Of its instance types the largest counts: 2 nodes with 4 GPUs each."""
    assert found(_pools(MANAGED_GPU, llama=a_llm(scale={"max": 8}))) == []
    finding = only(_pools(MANAGED_GPU, llama=a_llm(scale={"max": 9})))

    assert finding.code == "QUOTA003"
    assert finding.at == ("nodePools", "gpu", "max")
    assert finding.message.startswith("`nodePools.gpu` has 8 GPUs on 2 nodes; the models on it")
    assert finding.fix == "write `max: 3`, or lower `scale.max`"


def test_cpus_of_a_managed_pool_count_too():
    """An m5.large has 1930m for pods."""
    document = a_platform(models={"iris": a_model(pool="general", scale={"max": 8})})
    finding = only(document)

    assert "has 7720m CPUs on 4 nodes; the models on it ask for 8 CPUs" in finding.message
    assert finding.fix == "write `max: 5`, or lower `scale.max`"


def test_a_transformer_has_as_many_replicas_as_its_model():
    front = {"image": "ghcr.io/acme/front:1.0.0", "resources": {"cpu": "500m", "memory": "1Gi"}}
    model = a_model(scale={"max": 4}, transformer=front)
    finding = only(_quota({"cpu": 5}, iris=model))

    assert "ask for 6 CPUs" in finding.message
    assert [(each.at, each.message) for each in finding.related] == [
        (("models", "iris", "scale", "max"), "4 CPUs: 4 replicas of 1 CPU"),
        (("models", "iris", "transformer"), "2 CPUs: 4 replicas of its transformer of 500m CPUs"),
    ]
    assert found(_quota({"cpu": 6, "pods": 8}, iris=model)) == []


def test_a_transformer_takes_no_room_in_the_pool_of_its_model():
    front = {"image": "ghcr.io/acme/front:1.0.0", "resources": {"cpu": 1, "memory": "1Gi"}}
    limits = {"limits": {"cpu": 4, "gpus": 1}}

    assert found(_pools(GPU | limits, llama=a_llm(transformer=front))) == []


def test_a_transformer_is_one_more_in_an_update_even_before_a_model_on_gpus():
    front = {"image": "ghcr.io/acme/front:1.0.0"}

    finding = only(_quota({"pods": 2}, llama=a_llm(transformer=front)))

    assert "ask for 3 pods" in finding.message


def test_models_of_a_family_are_told_apart():
    model = a_model(family="tabular", scale={"max": 4})
    document = _quota({"cpu": 7}, one=model, two=model)
    document["families"] = {"tabular": {"scale": {"max": 4}}}

    assert [each.message for each in only(document).related] == [
        "4 CPUs: `one`, 4 replicas of 1 CPU",
        "4 CPUs: `two`, 4 replicas of 1 CPU",
    ]


def test_a_canary_in_its_models_service_has_its_share_and_no_more():
    components = {name: {} for name in EVERYTHING} | {"kserve": {"chart": "0.20.0"}}
    model = a_model(**CANARY, scale={"min": 1, "max": 5})
    finding = only(_quota({"cpu": 5}, iris=model) | {"components": components})

    assert finding.message.endswith("ask for 6 CPUs at their largest")
    assert finding.related[0].message == "6 CPUs: 5 replicas of 1 CPU, 1 more for its canary"


@pytest.mark.parametrize("chart", ["0.16.0", "0.20.0"])
def test_a_canary_of_a_fixed_size_has_the_size_of_its_model(chart):
    components = {name: {} for name in EVERYTHING} | {"kserve": {"chart": chart}}
    model = a_model(**CANARY, scale={"min": 5, "max": 5})
    finding = only(_quota({"cpu": 5}, iris=model) | {"components": components})

    assert finding.related[0].message == "10 CPUs: 5 replicas of 1 CPU, as many of its canary"
