"""A family is checked by itself and in its models, and the schema says the same."""

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.load.families import with_families
from mlopsgen.spec.families import shared
from mlopsgen.spec.schema import platform_schema
from tests.spec.platforms import VALUES, changed, errors_of, found_in, without_environments

SCHEMA = jsonschema_rs.Draft7Validator(platform_schema())
FAMILY = {
    "runtime": "sklearn",
    "source": "s3://acme-models/{model}/1",
    "canary": {"weight": 5},
    "scale": {"min": 1, "max": 3},
    "resources": {"cpu": 1, "memory": "2Gi"},
    "env": {"A": "x"},
    "secrets": {"TOKEN": "aws-sm:acme/churn#token"},
    "exposure": {"alb": "internal", "host": "{model}.example.com", "inboundCidrs": ["10.0.0.0/8"]},
}
CHURN = {
    "family": "tabular",
    "canary": {"source": "s3://acme-models/churn/2"},
    "scale": {"max": 5},
    "env": None,
}
DOCUMENT = {
    **without_environments(),
    "families": {"tabular": FAMILY},
    "models": {"churn": CHURN, "plain": {"runtime": "sklearn", "source": "s3://acme-models/p"}},
}
PATHS = [
    ("families",),
    ("families", "tabular"),
    *(("families", "tabular", key) for key in FAMILY),
    *(("families", "tabular", key, one) for key in ("scale", "exposure") for one in FAMILY[key]),
    ("families", "tabular", "canary", "source"),
    ("families", "tabular", "family"),
    ("models", "churn"),
    *(("models", "churn", key) for key in (*FAMILY, "family", "vllm")),
    ("models", "churn", "scale", "max"),
    ("models", "churn", "exposure", "host"),
    ("models", "plain", "scale"),
]


def _accepted(document):
    """Say whether the compiler takes *document*, but for what a model and its family both lack."""
    error = errors_of(with_families(document, document, {}))
    churn = document["models"]["churn"]
    leaning = isinstance(churn, dict) and isinstance(churn.get("family"), str)
    return all(
        leaning and one["loc"][:2] == ("models", "churn") and _nothing(one)
        for one in (error.errors() if error else ())
    )


def _nothing(error):
    """Say whether a value is what is wanting, which only the family could have given."""
    null = error["input"] is None and isinstance(error["loc"][-1], str)
    return error["type"] == "missing" or (null and error["type"] != "extra_forbidden")


RIGHT = (
    ("families", {}),
    ("families tabular", {"canary": {"weight": 5}}),
    ("families tabular source", None),
    ("families tabular scale", None),
    ("families tabular canary source", "models:/{model}@challenger"),
    ("families tabular exposure host", "api-{model}.models.example.com"),
    ("families tabular env", {"A": None, "B": "{model}"}),
    ("models churn", {"family": "tabular"}),
    ("models churn scale", None),
    ("models churn exposure", None),
    ("models churn exposure", {"host": None}),
    ("models churn env", {"A": None}),
    ("models plain family", None),
    ("models plain pool", None),
)
WRONG = (
    ("families", []),
    ("families Tabular", {}),
    ("families tabular", None),
    ("families tabular", "sklearn"),
    ("families tabular family", "other"),
    ("families tabular source", "{name}"),
    ("families tabular exposure host", "{name}.example.com"),
    ("families tabular exposure certificate", "{model}"),
    ("families tabular secrets", {"TOKEN": "aws-sm:acme/{model}#token"}),
    ("families tabular scale max", 0),
    ("families tabular replicas", 3),
    ("families tabular", {"canray": None}),
    ("models churn canray", None),
    ("models churn family", 3),
    ("models churn family", "Tabular"),
    ("models churn source", 3),
    ("models churn exposure host", "{model}.example.com"),
    ("models churn scale max", "5"),
    ("models plain scale", None),
    ("models plain exposure", {"alb": "internal", "host": "{model}.example.com"}),
)


def test_a_model_is_what_it_says_over_what_its_family_says():
    data = with_families(DOCUMENT, DOCUMENT, {})

    assert errors_of(data) is None
    assert data["models"]["churn"] == {
        **{key: FAMILY[key] for key in FAMILY if key != "env"},
        "family": "tabular",
        "source": "s3://acme-models/churn/1",
        "canary": {"weight": 5, "source": "s3://acme-models/churn/2"},
        "scale": {"min": 1, "max": 5},
        "exposure": {
            "alb": "internal",
            "host": "churn.example.com",
            "inboundCidrs": ["10.0.0.0/8"],
        },
    }


@pytest.mark.parametrize(("path", "value"), RIGHT)
def test_schema_and_compiler_accept_what_is_right(path, value):
    document = changed(path, value, DOCUMENT)

    assert _accepted(document)
    assert SCHEMA.is_valid(document)


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_schema_and_compiler_refuse_what_is_wrong(path, value):
    document = changed(path, value, DOCUMENT)

    assert not _accepted(document)
    assert not SCHEMA.is_valid(document)


@given(path=st.sampled_from(PATHS), value=VALUES)
@settings(max_examples=300, deadline=None)
def test_schema_and_compiler_agree_on_any_change(path, value):
    document = changed(path, value, DOCUMENT)

    assert SCHEMA.is_valid(document) == _accepted(document)


def test_what_a_family_leaves_out_is_no_mistake():
    assert found_in({**without_environments(), "families": {"empty": {"exposure": {}}}}) == []


def test_what_a_family_says_has_to_be_right_even_without_models():
    family = {"resources": {"memory": 2}, "scale": {"max": 0}, "replicas": 3}
    findings = found_in({**without_environments(), "families": {"tabular": family}})

    assert [(each.code, each.at[2:]) for each in findings] == [
        ("SPEC009", ("resources", "memory")),
        ("SPEC006", ("scale", "max")),
        ("SPEC001", ("replicas",)),
    ]
    assert findings[2].fix == "write it below `scale`: `scale: {min: 3}`"


@pytest.mark.parametrize("key", ["defaults", "modelDefaults", "templates"])
def test_other_words_for_families_are_known(key):
    [finding] = found_in({**without_environments(), key: {}})

    assert finding.fix == f"write `families` instead of `{key}`"


def test_the_placeholder_is_filled_in_where_values_are_each_models_own_and_nowhere_else():
    family = {"source": "s3://{model}/{model}", "env": {"A": "{model}"}, "exposure": {"host": 3}}

    assert shared(family, "iris") == {**family, "source": "s3://iris/iris"}
    assert family["source"] == "s3://{model}/{model}"
