import json

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.load.source import Source
from tests.load.projects import a_platform, a_project

WORDS = st.text(alphabet="abcdeg", min_size=1, max_size=4)
DATA = st.dictionaries(
    WORDS,
    st.recursive(
        WORDS | st.integers(0, 99),
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(WORDS, inner, min_size=1, max_size=3)
        ),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)
LINES = """\
aws:
  region: eu-west-1   # comment
  zones: [a, b]
models:
  iris:
    runtime: "mlflow"
    canary: {weight: 10}
    scale:
    notes: |
      one
pools:
  - name: x
"""


def _spot(place):
    return place.line, place.column, place.width


def _leaves(data, path=()):
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for step, value in pairs:
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, step))
        else:
            yield (*path, step), value


def test_scalars_and_flow_collections_have_their_own_place(tmp_path):
    source = a_platform(tmp_path, LINES).source

    assert _spot(source.locate(("aws", "region"))) == (2, 11, 9)
    assert _spot(source.locate(("aws", "zones"))) == (3, 10, 6)
    assert _spot(source.locate(("aws", "zones", 1))) == (3, 14, 1)
    assert _spot(source.locate(("models", "iris", "runtime"))) == (6, 14, 8)
    assert _spot(source.locate(("models", "iris", "notes"))) == (9, 12, 1)


def test_blocks_and_left_out_values_have_the_place_of_their_key(tmp_path):
    source = a_platform(tmp_path, LINES).source

    assert _spot(source.locate(("models",))) == (4, 1, 6)
    assert _spot(source.locate(("models", "iris"))) == (5, 3, 4)
    assert _spot(source.locate(("models", "iris", "scale"))) == (8, 5, 5)
    assert _spot(source.locate(("pools", 0))) == (12, 5, 1)
    assert _spot(source.locate(())) == (1, 1, 1)


def test_the_place_of_a_missing_value_is_its_parents(tmp_path):
    source = a_platform(tmp_path, LINES).source

    assert source.locate(("models", "iris", "source")) == source.locate(("models", "iris"))
    assert source.locate(("nowhere", "at", 7)) == source.locate(())


def test_steps_that_name_no_child_are_skipped(tmp_path):
    source = a_platform(tmp_path, LINES).source

    path = ("models", "iris", "Vllm", "canary", "weight")
    assert _spot(source.locate(path)) == (7, 22, 2)


def test_a_key_has_its_own_place(tmp_path):
    source = a_platform(tmp_path, LINES).source

    assert _spot(source.key_place(("aws", "region"))) == (2, 3, 6)
    assert _spot(source.key_place(("models", "iris", "canary", "weight"))) == (7, 14, 6)
    assert _spot(source.key_place(("aws", "zones", 0))) == (3, 11, 1)


def test_a_number_can_be_told_from_how_it_was_written(tmp_path):
    loaded = a_platform(tmp_path, "cluster: {version: 1.10, name: '1.10', zones: [3]}\n")

    assert loaded.base["cluster"]["version"] == 1.1
    assert loaded.source.written(("cluster", "version")) == "1.10"
    assert loaded.source.written(("cluster", "name")) == "'1.10'"
    assert loaded.source.written(("cluster", "zones")) == ""


def test_columns_count_characters_not_bytes(tmp_path):
    source = a_platform(tmp_path, "é: {ü: [😀, x]}\n").source

    assert _spot(source.locate(("é", "ü", 1))) == (1, 12, 1)


def test_an_overlay_has_the_place_of_what_it_wrote(tmp_path):
    source = a_platform(
        tmp_path,
        "a: {b: 1, c: 2, l: [1, 2]}\nenvironments:\n  dev:\n    a: {c: 3, l: [4], n: {m: 5}}\n",
    ).source

    assert source.locate(("a", "c"), "dev").line == 4
    assert source.locate(("a", "n", "m"), "dev").line == 4
    assert source.locate(("a", "b"), "dev").line == 1
    assert source.locate(("a", "missing"), "dev").line == 1
    assert source.locate(("a", "c")).line == 1
    assert source.locate(("a", "c"), "prod").line == 1
    assert source.written(("a", "c"), "dev") == "3"


def test_nothing_of_a_replaced_value_is_located_in_the_base(tmp_path):
    source = a_platform(
        tmp_path,
        "l: [1, 2]\nm: {x: 1}\nenvironments:\n  dev: {l: [4], m: null}\n",
    ).source

    assert _spot(source.locate(("l", 1), "dev")) == (4, 12, 3)
    assert _spot(source.locate(("m", "x"), "dev")) == (4, 20, 4)


def test_values_are_located_in_the_file_that_states_them(tmp_path):
    source = a_project(
        tmp_path,
        {
            "platform.yaml": "include: [teams/*.yaml]\nmodels: {a: {x: 1}}\n",
            "teams/one.yaml": "\nmodels: {b: {x: 2}}\nenvironments: {dev: {models: {b: {x: 3}}}}\n",
            "teams/two.yaml": "pools: {p: 1}\nenvironments: {dev: {models: {a: {x: 4}}}}\n",
        },
    ).source

    def spot(path, environment=None):
        place = source.locate(path, environment)
        return place.file, place.line

    assert spot(("models", "a", "x")) == ("platform.yaml", 2)
    assert spot(("models", "b", "x")) == ("teams/one.yaml", 2)
    assert spot(("pools", "p")) == ("teams/two.yaml", 1)
    assert spot(("models", "b", "x"), "dev") == ("teams/one.yaml", 3)
    assert spot(("models", "a", "x"), "dev") == ("teams/two.yaml", 2)


@given(DATA, st.booleans(), st.booleans())
@settings(max_examples=60)
def test_every_leaf_is_located_where_its_text_stands(data, flow, as_json):
    text = json.dumps(data, indent=1) if as_json else yaml.safe_dump(data, default_flow_style=flow)
    lines = text.split("\n")
    source = Source("x.yaml", {"x.yaml": text}, ["x.yaml"])

    for path, value in _leaves(data):
        place = source.locate(path)
        start = place.column - 1
        written = lines[place.line - 1][start : start + place.width]
        assert yaml.safe_load(written) == value
        assert source.written(path) == written


@given(DATA)
@settings(max_examples=40)
def test_every_key_is_located_where_its_text_stands(data):
    text = yaml.safe_dump(data)
    lines = text.split("\n")
    source = Source("x.yaml", {"x.yaml": text}, ["x.yaml"])

    for path, _value in _leaves(data):
        if isinstance(path[-1], str):
            place = source.key_place(path)
            start = place.column - 1
            assert lines[place.line - 1][start : start + place.width].strip("'") == path[-1]
