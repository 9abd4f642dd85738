import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mlopsgen.diagnostics import Place
from mlopsgen.load import load
from mlopsgen.load.reader import MAX_DEPTH, MAX_FINDINGS, MAX_VALUES, read
from mlopsgen.load.scalars import Surprise, resolve
from tests.load.projects import a_platform, where

TEXT = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"),
        exclude_characters="\ufffe\uffff",
    ),
    max_size=20,
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
DATA = st.dictionaries(
    TEXT,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=20,
    ),
    min_size=1,
    max_size=5,
)

REFUSALS = (
    ("a: 1\nb: 2\na: 3\n", [("LOAD011", 3, 1)]),
    ("a: {b: 1, b: 2}\n", [("LOAD011", 1, 11)]),
    ("a: 1\n'a': 2\n", [("LOAD011", 2, 1)]),
    ("a: &x 1\n", [("LOAD012", 1, 4)]),
    ("a: &x {}\n", [("LOAD012", 1, 4)]),
    ("a: &x [1]\nb: *x\n", [("LOAD012", 1, 4), ("LOAD013", 2, 4)]),
    ("a: *nowhere\n", [("LOAD013", 1, 4)]),
    ("a: [*x, *y]\n", [("LOAD013", 1, 5), ("LOAD013", 1, 9)]),
    ("*x : 1\n", [("LOAD013", 1, 1)]),
    ("a:\n  <<: *x\n", [("LOAD014", 2, 3), ("LOAD013", 2, 7)]),
    ('"<<": *x\n', [("LOAD013", 1, 7)]),
    ("a:\n  <<: {b: 1}\n", [("LOAD014", 2, 3)]),
    ("a: !x 1\n", [("LOAD015", 1, 4)]),
    ("a: !!str 1\n", [("LOAD015", 1, 4)]),
    ("a: ! 1\n", [("LOAD015", 1, 4)]),
    ("a: !!map {}\n", [("LOAD015", 1, 4)]),
    ("!!str a: 1\n", [("LOAD015", 1, 1)]),
    ("a: !<tag:x> 1\n", [("LOAD015", 1, 4)]),
    ("a: &q !x 1\n", [("LOAD012", 1, 4), ("LOAD015", 1, 4)]),
    ("%YAML 1.2\n---\na: 1\n", [("LOAD015", 1, 1)]),
    ("%TAG ! tag:x,2000:\n---\na: 1\n", [("LOAD015", 1, 1)]),
    ("a: 1\n---\nb: 1\n", [("LOAD008", 2, 1)]),
    ("a: 1\n...\n---\n", [("LOAD008", 3, 1)]),
    ("---\n---\na: 1\n", [("LOAD008", 2, 1)]),
    ("", [("LOAD009", 1, 1)]),
    ("# only words\n\n", [("LOAD009", 1, 1)]),
    ("---\n", [("LOAD009", 1, 1)]),
    ("~\n", [("LOAD009", 1, 1)]),
    ("\n# list\n- a\n", [("LOAD010", 3, 1)]),
    ("acme\n", [("LOAD010", 1, 1)]),
    ('"a: b"\n', [("LOAD010", 1, 1)]),
    ("1: a\n", [("LOAD018", 1, 1)]),
    ("true: a\n", [("LOAD018", 1, 1)]),
    ("~: a\n", [("LOAD018", 1, 1)]),
    ("1.5: a\n", [("LOAD018", 1, 1)]),
    ("? [a]\n: b\n", [("LOAD018", 1, 3)]),
    ("[a]: b\n", [("LOAD018", 1, 1)]),
    ("a: {{ b }}\n", [("LOAD018", 1, 5)]),
    ("a:\n  NO: 1\n", [("LOAD019", 2, 3)]),
    ("a: [x, NO]\n", [("LOAD019", 1, 8)]),
    ("a: 0o17\nb: 2001-01-01\nc: .inf\n", [
        ("LOAD020", 1, 4), ("LOAD021", 2, 4), ("LOAD022", 3, 4)]),
    ('a: "\\0"\n', [("LOAD004", 1, 4)]),
    ('"\\u202e": 1\n', [("LOAD005", 1, 1)]),
    ("a: 1\nb: \x07\n", [("LOAD004", 2, 4)]),
    ("a: é\u202e\n", [("LOAD005", 1, 5)]),
    ("a: 1\rb: 2\n", [("LOAD004", 1, 5)]),
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REFUSALS)
def test_what_is_not_strict_is_refused_where_it_stands(text, expected, tmp_path):
    assert where(a_platform(tmp_path, text)) == expected


def test_a_duplicate_names_the_place_of_the_first(tmp_path):
    [found] = a_platform(tmp_path, "a:\n  bc: 1\n  d: 2\n  bc: 3\n").findings

    [first] = found.related
    assert (first.at.line, first.at.column, first.at.width) == (2, 3, 2)


def test_a_duplicate_inside_a_duplicate_names_its_own_first(tmp_path):
    loaded = a_platform(tmp_path, "a: {x: 1}\na: {x: 1, x: 2}\n")

    assert [(found.at.line, found.related[0].at.line) for found in loaded.findings] == [
        (2, 1),
        (2, 2),
    ]


def test_a_word_as_a_key_can_only_be_meant_as_text(tmp_path):
    [found] = a_platform(tmp_path, "n: 1\n").findings

    assert found.fix == 'write "n"'


def test_refused_values_are_kept_as_text_so_that_later_stages_can_go_on(tmp_path):
    loaded = a_platform(tmp_path, "a: NO\nb: 1\n")

    assert loaded.base == {"a": "NO", "b": 1}


def test_nothing_is_kept_of_a_file_with_an_alias(tmp_path):
    assert a_platform(tmp_path, "a: 1\nb: *a\n").base == {}


def test_every_mistake_of_a_file_is_found_at_once(tmp_path):
    loaded = a_platform(tmp_path, "a: NO\nb: &x 1\na: *x\n1: !y z\n")

    assert [found.code for found in loaded.findings] == [
        "LOAD019", "LOAD012", "LOAD011", "LOAD013", "LOAD018", "LOAD015",
    ]  # fmt: skip


def test_reading_ends_after_a_hundred_findings(tmp_path):
    loaded = a_platform(tmp_path, "a: NO\n" * 500 + "environments: {dev: {b: null}}\n[")

    assert len(loaded.findings) == MAX_FINDINGS
    assert loaded.base == {}
    assert loaded.source.locate(("environments", "dev")) == Place("platform.yaml", 1, 1)


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ("{a: ", "}")])
def test_64_levels_are_read_and_65_are_refused(open_, close):
    def nested(levels):
        return read("x.yaml", "a: " + open_ * (levels - 1) + close * (levels - 1) + "\n")

    assert nested(MAX_DEPTH).findings == ()
    assert [found.code for found in nested(MAX_DEPTH + 1).findings] == ["LOAD016"]


def test_the_last_value_of_the_limit_is_read_and_the_next_is_refused():
    text = "a: [b, c]\n"  # the mapping, its key, the list and its items

    assert read("x.yaml", text, 5).findings == ()
    assert [found.code for found in read("x.yaml", text, 4).findings] == ["LOAD017"]
    assert read("x.yaml", text, MAX_VALUES).values == 5


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path):
    loaded = a_platform(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: [x,\r\n z]\r\n")

    assert (loaded.base, loaded.findings) == ({"a": 1, "b": ["x", "z"]}, ())


def test_a_document_may_have_its_marks(tmp_path):
    assert a_platform(tmp_path, "---\na: 1\n...\n").base == {"a": 1}


def test_styles_of_text_are_read_as_yaml_says(tmp_path):
    text = "a: |\n  one\n  two\nb: >-\n  one\n  two\nc: 'it''s'\nd: \"\\u00e9\\n\"\ne: one\n  two\n"

    assert a_platform(tmp_path, text).base == {
        "a": "one\ntwo\n", "b": "one two", "c": "it's", "d": "é\n", "e": "one two",
    }  # fmt: skip


@given(DATA)
def test_what_pyyaml_writes_is_read_back_or_refused_for_its_scalars(data):
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, indent=2)

    reading = read("platform.yaml", text)

    if reading.findings:
        codes = {found.code for found in reading.findings}
        assert codes <= {"LOAD018", "LOAD019", "LOAD020", "LOAD021", "LOAD022"} | ANCHORED
        assert _has_a_surprise(data) or codes <= ANCHORED
    else:
        assert reading.data == data
        assert json.dumps(reading.data) == json.dumps(data)  # 1, 1.0 and True are equal


ANCHORED = {"LOAD012", "LOAD013"}
"""PyYAML writes one list that stands in two places as an alias."""


def _has_a_surprise(data):
    """Whether PyYAML would write something in *data* plainly that is not read back as it is."""
    if isinstance(data, dict):
        return any(_has_a_surprise(part) for pair in data.items() for part in pair)
    if isinstance(data, list):
        return any(_has_a_surprise(part) for part in data)
    plain = yaml.safe_dump(data, allow_unicode=True).removesuffix("...\n").strip()
    return isinstance(resolve(plain), Surprise) or resolve(plain) != data


@given(DATA)
@settings(max_examples=50)
def test_data_in_json_is_read_as_json(data):
    text = json.dumps(data, ensure_ascii=False)
    if any(isinstance(resolve(word), Surprise) for word in _floats(data)):
        return  # JSON writes 1e-07 and 1e+16, which YAML 1.1 readers take for text

    assert read("platform.yaml", text).data == data


def _floats(data):
    if isinstance(data, dict | list):
        return [word for part in _parts(data) for word in _floats(part)]
    return [json.dumps(data)] if isinstance(data, float) else []


def _parts(data):
    return data.values() if isinstance(data, dict) else data


@given(st.text(max_size=60) | st.text(alphabet="ab:-#&*!|>'\"%@`{}[],? \n\t<=~1.", max_size=40))
def test_any_text_at_all_gives_data_or_findings(text):
    reading = read("platform.yaml", text)

    assert reading.data or reading.findings or text.strip().startswith("{")
    assert all(found.at.line >= 1 and found.at.column >= 1 for found in reading.findings)
    lines = text.split("\n")
    assert all(found.at.line <= len(lines) for found in reading.findings)


@given(st.text(alphabet="ab:-'\"{}[], \n1.", max_size=30))
def test_text_that_is_accepted_is_read_like_ruamel_reads_it(text):
    reading = read("platform.yaml", text)
    if reading.findings:
        return

    assert YAML(typ="safe", pure=True).load(text) == reading.data


def test_a_platform_of_a_thousand_models_is_read_with_findings_far_apart(tmp_path):
    models = "".join(f"  m{number}:\n    runtime: sklearn\n" for number in range(1000))
    (tmp_path / "platform.yaml").write_text(f"models:\n{models}  m0: {{}}\n", encoding="utf-8")

    loaded = load(tmp_path / "platform.yaml")

    assert where(loaded) == [("LOAD011", 2002, 3)]
    assert len(loaded.base["models"]) == 1000
