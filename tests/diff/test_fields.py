"""How two values differ, field by field."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.diff.fields import ABSENT, Change, changes, written

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2)
NAMED = st.lists(
    st.fixed_dictionaries({"name": st.text("abc", min_size=1)}, optional={"v": SCALARS})
)
TREES = st.recursive(
    SCALARS | NAMED,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text("ab", max_size=2), below),
    max_leaves=8,
)


def _told(before, after):
    return [(one.dotted, one.before, one.after) for one in changes(before, after)]


@settings(max_examples=150)
@given(TREES)
def test_equal_values_do_not_differ(tree):
    assert list(changes(tree, tree)) == []


@settings(max_examples=150)
@given(TREES, TREES)
def test_values_that_differ_have_a_field_that_does(one, other):
    told = list(changes({"x": one}, {"x": other}))

    assert bool(told) == (_exact(one) != _exact(other))


def _exact(value):
    """Return *value* so that `True` and `1` are two things."""
    if isinstance(value, dict):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list):
        # Members with names of their own are told apart by those, wherever they stand.
        names = [each.get("name") for each in value if isinstance(each, dict)]
        found = [_exact(each) for each in value]
        unique = len(set(map(str, names))) == len(value) and all(names)
        return sorted(found, key=repr) if unique else found
    return type(value), value


def test_members_are_told_apart_by_their_names_wherever_they_stand():
    old = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    new = {"env": [{"name": "B", "value": "3"}, {"name": "A", "value": "1"}]}

    assert _told(old, new) == [("env[B].value", "2", "3")]


def test_a_rule_in_front_does_not_change_those_behind_it():
    rules = [{"to": [{"a": 1}]}, {"to": [{"b": 2}]}]

    assert _told(rules, [{"to": [{"c": 3}]}, *rules]) == [("[0]", ABSENT, {"to": [{"c": 3}]})]


def test_keys_with_dots_are_quoted():
    assert _told({"requests.cpu": 1}, {"requests.cpu": 2}) == [('["requests.cpu"]', 1, 2)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ABSENT, "(none)"),
        (None, "null"),
        ("", '""'),
        (" a", '" a"'),
        ("a b", "a b"),
        (True, "true"),
        ([1, "x"], '[1, "x"]'),
        ("x" * 300, "x" * 117 + "..."),
    ],
)
def test_a_value_is_written_on_one_line(value, text):
    assert written(value) == text


def test_a_change_is_a_value():
    assert Change(("a",), 1, 2) == Change(("a",), 1, 2)
