from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen import names
from mlopsgen.plan.shares import share
from tests.build import a_plan

MODEL = {"runtime": "sklearn", "source": "s3://acme-models/iris/1"}
LABELS = st.from_regex(r"[a-z][-a-z0-9]{0,20}", fullmatch=True)


def _applications(*models, **namespace):
    spaces = {"mlops": namespace}
    plan = a_plan(namespaces=spaces, models=dict.fromkeys(models, MODEL))
    return {served.model: served.application for served in plan.served}, plan


def test_the_models_of_a_namespace_are_one_application_until_it_says_otherwise():
    found, plan = _applications("iris", "wine", "fraud")

    assert {*found.values()} == {"models-mlops"}
    assert [each.name for each in plan.applications if "models" in each.name] == ["models-mlops"]


def test_one_more_model_moves_none():
    many = [f"model-{number}" for number in range(60)]

    before, _ = _applications(*many, applications=7)
    after, _ = _applications("a-new-one", *reversed(many), applications=7)

    assert before.items() <= after.items()
    assert len({*before.values()}) == 7


def test_every_share_that_has_a_model_has_an_application_and_no_other():
    found, plan = _applications("iris", "wine", applications=64)

    made = {each.name for each in plan.applications if each.name.startswith("models-")}
    assert made == {*found.values()}
    assert {each.namespace for each in plan.applications if each.name in made} == {"mlops"}


def test_a_canary_and_the_secrets_of_a_model_are_where_the_model_is():
    model = {
        **MODEL,
        "canary": {"source": "s3://acme-models/iris/2", "weight": 10},
        "secrets": {"TOKEN": "aws-sm:acme/token#value"},
    }
    plan = a_plan(
        namespaces={"mlops": {"applications": 50}},
        models={"iris": model},
        components={"kserve": {}, "external-secrets": {}},
    )

    [bundle] = [each for each in plan.secrets if each.name.startswith("model-iris")]
    assert {served.application for served in plan.served} == {bundle.application}


def test_shares_are_of_about_one_size():
    sizes = Counter(share(f"model-{number}", 8) for number in range(4000))

    assert sorted(sizes) == [*range(8)]
    assert max(sizes.values()) < 1.2 * min(sizes.values())


@pytest.mark.parametrize(
    ("name", "shares", "expected"),
    [("iris", 1, 0), ("iris", 4, 3), ("wine", 4, 3), ("mistral-7b", 4, 0), ("iris", 16, 11)],
)
def test_shares_are_those_of_every_version(name, shares, expected):
    assert share(name, shares) == expected


@given(LABELS, st.integers(1, 63))
@settings(max_examples=60)
def test_one_share_more_takes_models_and_moves_none_between_the_others(name, shares):
    assert share(name, shares + 1) in {share(name, shares), shares}


@given(LABELS, LABELS, st.integers(0, 63), st.integers(0, 63))
@settings(max_examples=60)
def test_no_share_has_the_name_of_another_namespaces(one, other, first, second):
    same = names.models_application(one, first) == names.models_application(other, second)

    assert same is ((one, first) == (other, second))
