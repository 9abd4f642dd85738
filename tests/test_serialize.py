"""Two YAML readers, one for each version of YAML, must give back the tree that was written."""

import json
from enum import IntEnum, StrEnum
from io import StringIO
from types import MappingProxyType

import pytest
import ruamel.yaml
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlopsgen.serialize import UnwritableError, to_json, to_yaml

WORDS = """
~ null Null NULL y n Y N yes No ON off true False TRUE nan .nan .NaN inf .inf -.inf Infinity
0 08 017 0o17 0x1f 0b11 1_000 1e3 1E3 1e+3 1.0 1. .5 -1 +1 -.5 12:30 12:30:45 1:2 190:20:30.15
2001-12-14 2001-12-14T21:59:43Z = << - -- --- ... ? : , [ ] { } # & * ! | > ' " % @ `
-a --a ---a ?a :a a: a:b a# #a &a *a !a |a >a %a @a `a [a {a ]a }a ,a a, a] a} a{ a[ a' a" 'a' "a"
!!python/object /a a//b a\\b \\ 10Gi 500m 5s 1h 99.5% 1d 1f 1e 1K 0777m 1Ei e E x 0x 0o e9 e-1
{{inputs.x}} {{$labels.x}} [[a]] s3://b/k models:/iris@champion a:1.2@sha256:ab C:\\x --x=y
"""
TRAPS = WORDS.split()
ODD = [
    "",
    " ",
    "  ",
    " a",
    "a ",
    "a  b",
    "a b",
    "a: b",
    "a :b",
    "a #b",
    "a # b",
    "- a",
    "? a",
    "a\tb",
    "\ta",
    "a\t",
    "\n",
    "\n\n",
    "a\n",
    "a\nb",
    "a\n\n",
    "\na",
    "\n\na\n\n\n",
    " a\nb",
    "\n a\nb",
    "a\n b\n",
    "a \nb",
    "a\n \nb",
    "a\n\tb",
    "a\tb\nc",
    "a\n---\nb",
    "a\n...\n",
    "#a\n#b\n",
    "- a\n- b\n",
    "a: b\nc: {d\n",
    "a\r\nb",
    "a\rb",
    "a\u2028b",
    "a\u2029\nb",
    "a\x85b",
    "a\x85\nb",
    "\ufeffa",
    "a\ufeff\nb",
    "a\x00b",
    "a\x07\nb",
    "a\x1b[0m",
    "a\x7fb",
    "a\xa0b",
    "\u202ea",
    "é",
    "日本\n語",
    "😀",
    "\U0010ffff",
    "\ufffe",
    "\ufffd\n\ud7ff",
    "x" * 5000,
    "x y" * 2000,
    "x: y" * 2000,
]

TEXT = st.one_of(
    st.sampled_from(TRAPS + ODD),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.text("ab:#-?,[]{}&*!|>'\"%@`\\ \n\t=<~.0123456789eExo_+/", max_size=12),
    st.lists(st.sampled_from([*TRAPS, " ", "\n", "  ", "\t"]), max_size=5).map("".join),
)
KEY = TEXT.filter(lambda text: len(text) < 200)
LEAF = st.one_of(
    TEXT,
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64),
    st.floats(allow_nan=False, allow_infinity=False),
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=12,
)
OBJECT = st.dictionaries(KEY, TREE, max_size=5)


def typed(value):
    """Make a tree that is equal to another only if its types are equal as well."""
    if isinstance(value, dict):
        return {("key", key): typed(member) for key, member in value.items()}, list(value)
    if isinstance(value, (list, tuple)):
        return [typed(member) for member in value]
    return type(value).__name__, repr(value)


def as_yaml_1_1(text):
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def as_yaml_1_2(text):
    return list(ruamel.yaml.YAML(typ="safe", pure=True).load_all(text))


@settings(max_examples=300, deadline=None)
@given(st.lists(OBJECT, min_size=1, max_size=3))
def test_yaml_1_1_and_1_2_give_back_every_tree(documents):
    text = to_yaml(documents)

    assert typed(as_yaml_1_1(text)) == typed(documents)
    assert typed(as_yaml_1_2(text)) == typed(documents)


@pytest.mark.parametrize("reader", [as_yaml_1_1, as_yaml_1_2])
@pytest.mark.parametrize("text", TRAPS + ODD)
def test_text_stays_text_wherever_it_stands(text, reader):
    tree = {
        "value": text,
        "list": [text, [text], {"in": text}],
        "below": {"deeper": {"still": text}},
        "last": text,
    }
    if len(text) < 200:
        tree[text] = {text: [text]}

    assert reader(to_yaml([tree, tree])) == [tree, tree]


@settings(max_examples=200, deadline=None)
@given(OBJECT)
@example({"a": 1e-05, "b": 1e16, "c": 1e22, "d": 5e-324, "e": -0.0, "f": 1.5e300})
def test_json_gives_back_every_tree(tree):
    assert typed(json.loads(to_json(tree))) == typed(tree)


@settings(max_examples=100, deadline=None)
@given(OBJECT)
def test_json_differs_from_the_standard_library_only_in_floats(tree):
    tree = json.loads(json.dumps(tree), parse_float=lambda text: f"float {text}")

    assert to_json(tree) == json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


@settings(max_examples=100, deadline=None)
@given(OBJECT)
def test_no_line_ends_in_a_space_or_breaks_where_only_some_readers_break(tree):
    text = to_yaml([tree])

    assert text.endswith("\n")
    assert [line for line in text.split("\n") if line != line.rstrip(" \t")] == []
    assert len(text.splitlines()) == text.count("\n")


def test_layout_is_what_reviewers_know_from_kubernetes():
    pod = {
        "apiVersion": "v1",
        "metadata": {"name": "iris", "labels": {}, "annotations": {"on": "yes", "a/b": "1"}},
        "spec": {
            "containers": [
                {"name": "main", "args": ["--port=8080", "a: b"], "ports": [{"port": 80}]},
                {"name": "side", "image": "r.io/a/b:1.2@sha256:0f", "tty": True},
            ],
            "matrix": [[1, 2.0], [], None],
            "memory": "10Gi",
            "script": "set -e\n\nrun  \\\n  --all\n",
            "query": 'up{job="x"} > 0',
        },
    }

    assert (
        to_yaml([pod])
        == """\
apiVersion: v1
metadata:
  name: iris
  labels: {}
  annotations:
    "on": "yes"
    a/b: "1"
spec:
  containers:
    - name: main
      args:
        - --port=8080
        - "a: b"
      ports:
        - port: 80
    - name: side
      image: r.io/a/b:1.2@sha256:0f
      tty: true
  matrix:
    - - 1
      - 2.0
    - []
    - null
  memory: 10Gi
  script: |
    set -e

    run  \\
      --all
  query: up{job="x"} > 0
"""
    )


def test_a_single_document_has_no_marker_and_several_have_one_between_them():
    assert to_yaml([]) == ""
    assert to_yaml([{"a": 1}]) == "a: 1\n"
    assert to_yaml([{"a": 1}, {}, {"b": 2}]) == "a: 1\n---\n{}\n---\nb: 2\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\nb\n\n", "|+\n  a\n  b\n"),
        ("\na\n", "|\n\n  a"),
        (" a\nb", '" a\\nb"'),
        ("a \nb", '"a \\nb"'),
        ("a\n\tb", '"a\\n\\tb"'),
        ("\n", '"\\n"'),
        ("a\x00\u2028\ufeff", '"a\\x00\\u2028\\ufeff"'),
        ("tab\there", '"tab\\there"'),
        ("e9", '"e9"'),
        ("nan", '"nan"'),
        ("Infinity", '"Infinity"'),
        ("a\u202e\xa0\u200b", '"a\\u202e\\xa0\\u200b"'),
        ("é 日本 😀", '"é 日本 😀"'),
    ],
)
def test_a_block_or_bare_text_is_written_only_where_nothing_is_lost(text, written):
    assert to_yaml([{"k": text}]) == f"k: {written}\n"


@pytest.mark.parametrize(
    ("number", "written"),
    [(1e-05, "1.0e-05"), (1.0, "1.0"), (1e16, "1.0e+16"), (1.5e300, "1.5e+300"), (0.1, "0.1")],
)
def test_a_float_always_has_a_dot(number, written):
    assert to_yaml([{"k": number}]) == f"k: {written}\n"
    assert to_json(number) == f"{written}\n"


class Colour(StrEnum):
    RED = "yes"


class Size(IntEnum):
    BIG = 3

    def __str__(self):
        return "big"


def test_what_extends_a_builtin_is_written_as_the_builtin():
    tree = MappingProxyType({Colour.RED: Colour.RED, "size": Size.BIG, "in": MappingProxyType({})})

    assert to_yaml([tree]) == '"yes": "yes"\nsize: 3\nin: {}\n'
    assert json.loads(to_json(tree)) == {"yes": "yes", "size": 3, "in": {}}


@pytest.mark.parametrize("write", [lambda tree: to_yaml([tree]), to_json])
@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"a": [0, {"b": float("nan")}]}, "`a.1.b`: nan is no number in JSON"),
        ({"a": [float("-inf")]}, "`a.0`: -inf is no number in JSON"),
        ({"a": "x\ud800"}, "`a`: U+D800 is half a character, which no UTF-8 file can hold"),
        ({"a": "x\n\udfff"}, "`a`: U+DFFF is half a character, which no UTF-8 file can hold"),
        (
            {"a": {"\ud800": 1}},
            "`a.\\ud800`: U+D800 is half a character, which no UTF-8 file can hold",
        ),
        ({"a": {8080: 1}}, "`a.8080`: the key is of type int, not text"),
        ({"a": {None: 1}}, "`a.None`: the key is of type NoneType, not text"),
        ({"a": {"b": {1}}}, "`a.b`: a set is no plain data"),
        ({"a": b"x"}, "`a`: a bytes is no plain data"),
    ],
)
def test_what_no_file_can_hold_is_refused_with_its_path(tree, message, write):
    with pytest.raises(UnwritableError) as refused:
        write(tree)

    assert str(refused.value) == message


def test_a_key_that_yaml_readers_would_lose_is_refused():
    fits, does_not = "k" * 999, "é" * 500
    text = to_yaml([{fits: 1}])

    assert as_yaml_1_1(text) == as_yaml_1_2(text) == [{fits: 1}]
    with pytest.raises(UnwritableError, match="a key of 1003 bytes; YAML readers take 1000"):
        to_yaml([{"a": {does_not: 1}}])


def test_a_tree_that_is_used_twice_is_written_twice():
    shared = {"a": [1]}
    text = to_yaml([{"one": shared, "two": shared}])

    assert text == "one:\n  a:\n    - 1\ntwo:\n  a:\n    - 1\n"


def test_long_text_is_never_folded():
    text = "word " * 400 + "end"

    assert to_yaml([{"k": text}]) == f"k: {text}\n"
    assert as_yaml_1_2(StringIO(f"k: {text}\n")) == [{"k": text}]


def test_a_value_that_is_the_whole_tree_has_no_path_to_name():
    with pytest.raises(UnwritableError, match=r"\Anan is no number in JSON\Z"):
        to_json(float("nan"))
