"""A patch is a merge patch over maps, and lists are merged where Kubernetes merges them."""

import json
from copy import deepcopy
from pathlib import Path

import kubernetes_validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.patches.merging import MERGE_KEYS, Written, merged

DEFINITIONS = (
    Path(kubernetes_validate.__file__).parent
    / "kubernetes-json-schema"
    / "v1.33.0-local-strict"
    / "_definitions.json"
)

RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({"a": "foo"}, {"a": {"bb": {"c": 1}}}, {"a": {"bb": {"c": 1}}}),
]


def merge(node, patch):
    return merged(node, patch, Written())


@pytest.mark.parametrize(("node", "patch", "result"), RFC_7396)
def test_the_examples_of_the_rfc(node, patch, result):
    assert merge(node, patch) == result


def test_nulls_for_what_is_not_there_leave_nothing_behind():
    """The RFC would leave an empty map, which a controller may take for something."""
    assert merge({}, {"affinity": {"nodeAffinity": None}}) == {}


def test_containers_are_merged_by_name_and_new_ones_come_last():
    node = {"containers": [{"name": "a", "image": "x", "tty": True}, {"name": "b"}]}
    patch = {"containers": [{"name": "c"}, {"name": "a", "tty": None, "stdin": True}]}

    assert merge(node, patch) == {
        "containers": [{"name": "a", "image": "x", "stdin": True}, {"name": "b"}, {"name": "c"}]
    }


@pytest.mark.parametrize(
    ("node", "patch"),
    [
        ([{"name": "a"}], [{"image": "x"}]),
        ([{"name": "a"}], ["a"]),
        (["a"], [{"name": "a"}]),
        ([{"name": 1}], [{"name": "a"}]),
        ({"name": "a"}, [{"name": "a", "x": 1}]),
        ([{"name": "a"}], []),
    ],
)
def test_lists_without_names_replace_each_other(node, patch):
    found = merge({"containers": node}, {"containers": patch})["containers"]

    assert found == patch


def test_tolerations_replace_as_kubernetes_has_it():
    assert merge({"tolerations": [{"key": "a"}]}, {"tolerations": [{"key": "b"}]}) == {
        "tolerations": [{"key": "b"}]
    }


@pytest.mark.parametrize("field", sorted(set(MERGE_KEYS) - {"templates"}))
def test_kubernetes_merges_the_same_lists_by_the_same_keys(field):
    pod = json.loads(DEFINITIONS.read_bytes())["$defs"]["io.k8s.api.core.v1.PodSpec"]["properties"]

    assert pod[field]["x-kubernetes-patch-merge-key"] == MERGE_KEYS[field]
    assert "x-kubernetes-patch-merge-key" not in pod["tolerations"]


NAMES = st.sampled_from(["a", "b", "containers", "tolerations", "name"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["x", "y", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
MAPS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(MAPS, MAPS)
def test_nothing_that_is_given_is_changed_and_all_that_is_told_is_there(node, patch):
    before = deepcopy((node, patch))
    written = Written()

    result = merged(node, patch, written)

    assert (node, patch) == before
    assert bool(written) == (result != node or repr(result) != repr(node))
    for route, source in written.values.items():
        value = at(patch, source)
        assert at(result, route) == (merge({}, value) if isinstance(value, dict) else value)
    assert all(at(result, route) is not Ellipsis for route in written.made)


@given(MAPS, MAPS)
def test_a_second_time_changes_nothing(node, patch):
    again = Written()

    merged(merge(node, patch), patch, again)

    assert not again.values or "containers" in repr(patch)


@given(MAPS)
def test_the_order_of_keys_says_nothing(patch):
    backwards = dict(reversed(patch.items()))

    assert repr(merge({"z": 1}, patch)) == repr(merge({"z": 1}, backwards))


def at(node, route):
    for step in route:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return ...
    return node
