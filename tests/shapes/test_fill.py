from dataclasses import dataclass
from types import MappingProxyType

import pytest
import yaml
from hypothesis import given, settings

from mlopsgen.resources import TEMPLATES
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes, Traced
from mlopsgen.shapes.generate import function
from mlopsgen.shapes.read import read
from mlopsgen.shapes.trace import trace
from tests.shapes.reference import VALUES, lines, look_up, result, sketches

SHIPPED = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.yaml"))
NASTY = [
    "x: {a: b}\n- !!python/object:os.system",
    "{{ }}",
    "[[ a ]]",
    "!hole 0",
    "#% endif",
    "*a",
    "'''",
    '"\\',
    "__import__('os')",
    "\x00\ud800",
]


@pytest.fixture
def fill(tmp_path):
    def filled(text, **values):
        (tmp_path / "shape.yaml").write_text(text, encoding="utf-8")
        return Shapes(tmp_path).fill("shape.yaml", **values)

    return filled


def containers(value):
    """Yield the identity of every dict and list that *value* is made of."""
    if isinstance(value, dict):
        yield id(value)
        for member in value.values():
            yield from containers(member)
    if isinstance(value, list):
        yield id(value)
        for member in value:
            yield from containers(member)


@settings(max_examples=300, deadline=None)
@given(sketches())
def test_a_shape_becomes_what_its_sketch_says(sketch):
    shape = read("random.yaml", "\n".join(lines(sketch)))

    [built] = function(shape)(VALUES)

    assert built == result(sketch, VALUES)
    assert repr(built) == repr(result(sketch, VALUES)), "types and order are the same as well"


@settings(max_examples=150, deadline=None)
@given(sketches())
def test_the_trace_leads_from_each_filled_value_to_its_hole(sketch):
    text = lines(sketch)
    shape = read("random.yaml", "\n".join(text))
    built = function(shape)(VALUES)

    for path, hole, line in trace(shape, VALUES):
        value = built
        for step in path:
            value = value[step]
        assert f"[[ {hole} ]]" in text[line - 1]
        if hole in VALUES and hole != "model":
            assert value is look_up(hole, VALUES)


@settings(max_examples=150, deadline=None)
@given(sketches())
def test_every_fill_has_containers_of_its_own(sketch):
    build = function(read("random.yaml", "\n".join(lines(sketch))))
    given_ones = set(containers({**VALUES, **vars(VALUES["model"])}))
    given_ones |= set(containers([*VALUES["model"].ports, *VALUES["model"].scale.values()]))

    first, second = build(VALUES), build(VALUES)

    assert set(containers(first)) & set(containers(second)) <= given_ones


@pytest.mark.parametrize("value", NASTY)
def test_a_value_stays_a_value_whatever_it_says(fill, value):
    text = (
        "a: [[ value ]]\nb: {c: [[ value ]]}\nd:\n  #% for x in values\n  - [[ x ]]\n  #% endfor\n"
    )

    assert fill(text, value=value, values=[value]) == [
        {"a": value, "b": {"c": value}, "d": [value]}
    ]


@pytest.mark.parametrize("value", NASTY[:-1])
def test_a_filled_shape_is_written_with_the_value_intact(fill, value):
    text = to_yaml(fill("a: [[ value ]]\nb: 1\n", value=value))

    assert yaml.safe_load(text) == {"a": value, "b": 1}


def test_a_value_is_put_in_as_it_is(fill):
    labels = {"a": "b"}

    [built] = fill("labels: [[ labels ]]\nagain: [[ labels ]]\n", labels=labels)

    assert built["labels"] is labels
    assert built["again"] is labels


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    labels: dict


def test_names_reach_attributes_and_keys_even_those_called_like_methods(fill):
    model = Model("iris", {"items": 1, "values": {"keys": 2}})
    text = (
        "a: [[ m.name ]]\nb: [[ m.labels.items ]]\nc: [[ m.labels.values.keys ]]\nd: [[ p.get ]]\n"
    )

    [built] = fill(text, m=model, p=MappingProxyType({"get": 3}))

    assert built == {"a": "iris", "b": 1, "c": 2, "d": 3}


def test_python_keywords_are_names_like_others(fill):
    text = "a:\n  #% for class in lambda.from\n  - [[ class.import ]]\n  #% endfor\n"

    assert fill(text, **{"lambda": {"from": [{"import": 1}]}}) == [{"a": [1]}]


def test_a_loop_variable_hides_a_value_only_inside_its_loop(fill):
    text = "a:\n  #% for x in xs\n  - [[ x ]]\n  #% endfor\n  - [[ x ]]\n"

    assert fill(text, x="outer", xs=[1, 2]) == [{"a": [1, 2, "outer"]}]


def test_loops_nest_and_see_the_loops_around_them(fill):
    text = """\
pairs:
  #% for a in left
  #% for b in a.right
  - a: [[ a.name ]]
    #% if b.shown
    b: [[ b.name ]]
    #% endif
  #% endfor
  #% endfor
"""
    right = [{"name": 1, "shown": True}, {"name": 2, "shown": False}]

    built = fill(text, left=[{"name": "x", "right": right}, {"name": "y", "right": ()}])

    assert built == [{"pairs": [{"a": "x", "b": 1}, {"a": "x"}]}]


def test_what_is_omitted_leaves_its_mapping_or_list_empty(fill):
    text = "a:\n  #% if no\n  b: 1\n  #% endif\nc:\n  #% for x in none\n  - 1\n  #% endfor\n"

    assert fill(text, no=False, none=[]) == [{"a": {}, "c": []}]


def test_a_name_in_an_omitted_part_may_be_missing(fill):
    text = "#% if shown\na: [[ missing ]]\n#% endif\nb: 1\n"

    assert fill(text, shown=[]) == [{"b": 1}]


def test_branches_that_exclude_each_other_may_share_a_key(fill):
    text = "#% if x\na: 1\n#% else\na: 2\n#% endif\n"

    assert [fill(text, x=x) for x in (True, False)] == [[{"a": 1}], [{"a": 2}]]


def test_documents_come_in_order_and_empty_ones_are_dropped(fill):
    text = "---\n# first\na: 1\n---\n---\n#% if x\nb: 2\n#% endif\nc: 3\n"

    assert fill(text, x=False) == [{"a": 1}, {"c": 3}]


def test_a_statement_may_follow_a_block_of_text(fill):
    text = "#% if x\na: |\n  one\n\n\n#% endif\n#% if x\nb: |+\n  two\n\n#% endif\nc: 3"

    assert fill(text, x=1) == [{"a": "one\n", "b": "two\n\n", "c": 3}]


def test_characters_of_any_width_keep_holes_in_place(fill):
    text = "\ufeff# 😀 é\na: {'😀é': [[ x ]], b: [[ x ]]}\n"

    assert fill(text, x=1) == [{"a": {"😀é": 1, "b": 1}}]


def test_an_earlier_folder_stands_in_for_later_ones(tmp_path):
    for folder, names in (("mine", "b"), ("shipped", "ab")):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.yaml").write_text(f"from: {folder}\n", encoding="utf-8")

    shapes = Shapes(tmp_path / "mine", tmp_path / "shipped")

    assert shapes.one("a.yaml") == {"from": "shipped"}
    assert shapes.one("b.yaml") == {"from": "mine"}


def test_a_shape_is_read_once(tmp_path):
    (tmp_path / "a.yaml").write_text("a: [[ x ]]\n", encoding="utf-8")
    shapes = Shapes(tmp_path)
    shapes.one("a.yaml", x=1)

    (tmp_path / "a.yaml").unlink()

    assert shapes.one("a.yaml", x=2) == {"a": 2}
    assert shapes.trace("a.yaml", x=2) == [Traced((0, "a"), "x", 1)]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_shape_compiles(name):
    shape = read(name, (TEMPLATES / name).read_text(encoding="utf-8"))

    assert callable(function(shape))
