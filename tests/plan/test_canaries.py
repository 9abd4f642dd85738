"""Canaries inside of their model's service: which, how many pods, and what KServe makes of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.plan.canaries import canaries, fixed, largest, replicas, within
from mlopsgen.plan.scaling import scaling
from tests.build import a_plan, a_platform

NEW = {"kserve": {"chart": "0.20.0"}}
S3 = {"runtime": "sklearn", "source": "s3://acme-models/m/1"}
CHAT = {"runtime": "vllm", "source": "s3://acme-models/m/1", "vllm": {"maxModelLen": 4096}}
OWN = {"runtime": "custom", "container": {"image": "ghcr.io/acme/serve:1.0.0"}}
HUB = "hf://acme/m"
FRONT = {"image": "ghcr.io/acme/front:1.0.0"}


def _model(components=NEW, canary="s3://acme-models/m/2", weight=10, **keys):
    split = {"source": canary, "weight": weight} if canary else None
    platform = a_platform(components=components, models={"m": {**S3, **keys, "canary": split}})
    return canaries(platform.components), platform.models["m"]


def _served(weight=10, **keys):
    canary = {"source": "s3://acme-models/m/2", "weight": weight}
    components = {**NEW, "prometheus": {}, "keda": {}}
    return a_plan(components=components, models={"m": {**S3, **keys, "canary": canary}})


@pytest.mark.parametrize(
    ("components", "inside"),
    [
        (NEW, True),
        ({"kserve": {"chart": "v0.20.0"}}, True),
        ({"kserve": {"chart": "0.16.0"}}, False),
        ({"kserve": {}}, False),
        ({}, False),
    ],
)
def test_the_version_of_kserve_decides(components, inside):
    assert within(*_model(components)) is inside


@pytest.mark.parametrize(
    ("keys", "inside"),
    [
        (CHAT, True),
        ({**OWN, "source": HUB, "canary": HUB}, True),
        ({"runtime": "huggingface", "source": HUB, "canary": HUB}, True),
        # KServe's webhook wants STORAGE_URI of the model's container.
        ({**CHAT, "source": HUB, "canary": HUB}, False),
        # KServe would lay the canary over the model, and give it the model's files.
        ({"runtime": "huggingface", "canary": HUB}, False),
        ({"runtime": "huggingface", "source": HUB}, False),
        # A transformer asks the model's Service only.
        ({"transformer": FRONT}, False),
        ({"canary": None}, False),
    ],
)
def test_a_canary_that_kserve_takes_is_in_the_models_service(keys, inside):
    assert within(*_model(**keys)) is inside


@pytest.mark.parametrize(
    ("scale", "weight", "pods"),
    [
        ({"min": 3, "max": 3}, 1, 3),
        ({"min": 1, "max": 1}, 0, 1),
        ({"min": 1, "max": 10}, 0, 1),
        ({"min": 1, "max": 10}, 11, 2),
        ({"min": 1, "max": 10}, 100, 10),
        ({"min": 2, "max": 10}, 10, 2),
        ({"min": 4, "max": 5}, 10, 1),
    ],
)
def test_a_canary_has_the_share_of_the_most_that_its_weight_is(scale, weight, pods):
    _, model = _model(scale=scale, weight=weight)

    assert fixed(model) == pods


@given(low=st.integers(1, 50), more=st.integers(0, 50), weight=st.integers(0, 100))
def test_what_kserve_makes_of_the_numbers_is_what_was_asked_for(low, more, weight):
    """The arithmetic and the refusals of 0.20.0, from components/predictor.go and its webhook."""
    plan = _served(weight, scale={"min": low, "max": low + more})
    stable, canary = (replicas(each) for each in plan.served)

    assert canary.high is None
    assert stable.low <= stable.high
    assert 1 <= canary.low <= stable.low
    assert max(stable.low - canary.low, 1) == low
    assert canary.low >= math.ceil((low + more) * weight / 100)
    assert stable.high == max(low + more, low + canary.low)
    most = stable.high + canary.low if more else low + canary.low
    assert largest(canaries(plan.platform.components), plan.platform.models["m"]) == most


def test_of_two_versions_in_one_service_only_the_first_is_scaled():
    plan = _served(scale={"max": 3, "metric": "request_predict_seconds_count", "target": 5})

    assert [scaling(one, plan.parts).autoscaler for one in plan.served] == ["keda", "none"]


def test_pods_of_two_versions_in_one_service_are_told_apart():
    together = _served()

    assert [one.pods for one in together.served] == [
        {"app": "isvc.m-predictor"},
        {"app": "isvc.m-canary-predictor"},
    ]
    assert [one.service for one in together.served] == ["m-predictor", "m-canary-predictor"]


@pytest.mark.parametrize(
    ("components", "keys", "label"),
    [
        ({}, {}, "serving.kserve.io/inferenceservice"),
        (NEW, {}, "app"),
        # Requests come to the pods of a transformer too, whose label is another.
        (NEW, {"transformer": FRONT}, "serving.kserve.io/inferenceservice"),
    ],
)
def test_a_model_without_a_canary_is_told_apart_as_if_it_had_one(components, keys, label):
    [alone] = a_plan(components=components, models={"m": {**S3, **keys}}).served

    assert list(alone.pods) == [label]
