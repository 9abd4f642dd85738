"""The schema that editors use says the same as the compiler."""

import json

import jsonschema
import jsonschema_rs
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.spec.schema import platform_schema
from tests.spec.corpus import RIGHT, WRONG
from tests.spec.platforms import (
    PATHS,
    REFERENCE,
    ROOT,
    VALUES,
    changed,
    errors_of,
    without_environments,
)

SCHEMA = platform_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
FAST = jsonschema_rs.Draft7Validator(SCHEMA)


def _definitions():
    yield from SCHEMA["definitions"].items()
    yield "Platform", SCHEMA


def test_the_file_is_fresh():
    written = (ROOT / "schemas" / "platform.schema.json").read_text(encoding="utf-8")

    assert written == json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"


def test_it_is_a_schema_of_draft_7():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_the_reference_platform_is_valid_with_its_environments():
    assert list(VALIDATOR.iter_errors(REFERENCE)) == []


@pytest.mark.parametrize(("path", "value"), RIGHT)
def test_schema_and_compiler_accept_what_is_right(path, value):
    document = changed(path, value)

    assert errors_of(document) is None
    assert list(VALIDATOR.iter_errors(document)) == []
    assert FAST.is_valid(document)


@pytest.mark.parametrize(("path", "value"), [one for one in WRONG if one[1] != "\ud800"])
def test_schema_and_compiler_refuse_what_is_wrong(path, value):
    document = changed(path, value)

    assert errors_of(document) is not None
    assert not VALIDATOR.is_valid(document)
    assert not FAST.is_valid(document)


@given(path=st.sampled_from(PATHS), value=VALUES)
@settings(max_examples=400, deadline=None)
def test_schema_and_compiler_agree_on_any_change(path, value):
    document = changed(path, value)

    assert FAST.is_valid(document) == (errors_of(document) is None)


@given(path=st.sampled_from(PATHS), value=VALUES)
@settings(max_examples=100, deadline=None)
def test_an_environment_may_change_whatever_the_platform_may_say(path, value):
    document = changed(path, value)
    overlay = {key: document[key] for key in document if key not in {"apiVersion", "name"}}
    whole = {**without_environments(), "environments": {"prod": overlay}}

    assert FAST.is_valid(whole) or errors_of(document) is not None


@pytest.mark.parametrize(
    "overlay",
    [
        None,
        {"models": {"iris": {"scale": {"max": 20}}}},
        {"models": {"iris": None}},
        {"models": {"iris": {"runtime": None, "canary": None}}},
        {"nodePools": {"general": {"max": 9}, "gpu-workloads": {"limits": {"gpus": 2}}}},
        {"nodePools": {"general": {"disk": "80Gi"}}},
        {"storage": {"database": {"multiAz": True}}},
        {"alerts": {"builtin": "none", "tune": {"MLflowDown": {"for": "1m"}}}},
        {"pipelines": {"iris-training": {"steps": {}}}},
    ],
)
def test_an_environment_says_only_what_differs(overlay):
    document = {**without_environments(), "environments": {"prod": overlay}}

    assert list(VALIDATOR.iter_errors(document)) == []


@pytest.mark.parametrize(
    "overlay",
    [
        [],
        {"name": "other"},
        {"apiVersion": "mlopsgen/v1beta1"},
        {"include": ["x.yaml"]},
        {"environments": {}},
        {"models": {"iris": {"replicas": 2}}},
        {"models": {"Iris": {}}},
        {"nodePools": {"general": {"max": 9, "limits": {}}}},
        {"aws": {"zones": 9}},
        {"storage": {"database": {"multiAz": "yes"}}},
    ],
)
def test_an_environment_is_refused_like_the_platform(overlay):
    document = {**without_environments(), "environments": {"prod": overlay}}

    assert not VALIDATOR.is_valid(document)
    assert not FAST.is_valid(document)


@pytest.mark.parametrize("include", ["teams/*.yaml", [1], [""], None])
def test_include_is_a_list_of_text(include):
    assert not VALIDATOR.is_valid({**without_environments(), "include": include})
    assert VALIDATOR.is_valid({**without_environments(), "include": ["teams/*.yaml"]})


def test_every_key_is_described():
    silent = [
        f"{name}.{key}"
        for name, definition in _definitions()
        for key, value in definition["properties"].items()
        if not value.get("description")
    ]

    assert silent == []


def test_every_map_of_known_keys_is_closed():
    opened = [name for name, one in _definitions() if one["additionalProperties"] is not False]

    assert opened == []


def test_defaults_are_in_the_words_of_users():
    definitions = SCHEMA["definitions"]

    def default(name, key):
        return definitions[name]["properties"][key]["default"]

    assert default("Resources", "memory") == "2Gi"
    assert default("Resources", "cpu") == 1
    assert default("StepResources", "cpu") == "500m"
    assert default("Pipeline", "deadline") == "24h"
    assert default("KarpenterPool", "consolidateAfter") == "5m"
    assert default("Cluster", "logs") == ["api", "audit", "authenticator"]


def test_every_default_is_valid_where_it_stands():
    wrong = []
    for name, definition in _definitions():
        for key, value in definition["properties"].items():
            alone = {**value, "definitions": SCHEMA["definitions"]}
            good = jsonschema.Draft7Validator(alone)
            shown = [
                *value.get("examples", []),
                *([value["default"]] if "default" in value else []),
            ]
            wrong += [(name, key, one) for one in shown if not good.is_valid(one)]

    assert wrong == []


def test_nothing_of_python_shows_in_it():
    text = json.dumps(SCHEMA)

    assert "$defs" not in text
    assert '"title": "' not in json.dumps({**SCHEMA, "title": ""}).replace('"title": ""', "")


def test_the_reference_platform_names_its_schema():
    first = (ROOT / "platform.yaml").read_text(encoding="utf-8").splitlines()[0]

    assert first == "# yaml-language-server: $schema=schemas/platform.schema.json"
    assert yaml.safe_load(first) is None
