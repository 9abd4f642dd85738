import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.load import overlaid
from mlopsgen.load.merge import overlay_onto
from tests.load.projects import a_platform

KEYS = st.sampled_from("abc")
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2),
        lambda inner: st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)
BASE = "a: {b: 1, l: [1, 2], m: {x: 1}}\n"


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        ("{}", {"b": 1, "l": [1, 2], "m": {"x": 1}}),
        ("{a: {b: 2}}", {"b": 2, "l": [1, 2], "m": {"x": 1}}),
        ("{a: {l: [3]}}", {"b": 1, "l": [3], "m": {"x": 1}}),
        ("{a: {m: {z: 2}}}", {"b": 1, "l": [1, 2], "m": {"x": 1, "z": 2}}),
        ("{a: {m: null}}", {"b": 1, "l": [1, 2]}),
        ("{a: {m: 5}}", {"b": 1, "l": [1, 2], "m": 5}),
        ("{a: {b: {c: 1}}}", {"b": {"c": 1}, "l": [1, 2], "m": {"x": 1}}),
    ],
)
def test_maps_merge_everything_else_replaces_and_null_deletes(overlay, expected, tmp_path):
    loaded = a_platform(tmp_path, f"{BASE}environments: {{dev: {overlay}}}\n")

    assert loaded.findings == ()
    assert overlaid(loaded, "dev") == {"a": expected}


def test_an_environment_that_is_not_there_is_the_base(tmp_path):
    loaded = a_platform(tmp_path, BASE)

    assert overlaid(loaded, "default") == loaded.base
    assert loaded.overlays == {}


@pytest.mark.parametrize("text", ["environments:\n  dev:\n", "environments: {dev: {}}\n"])
def test_an_environment_without_differences_is_an_environment(text, tmp_path):
    assert a_platform(tmp_path, BASE + text).overlays == {"dev": {}}


def test_environments_without_a_value_are_none(tmp_path):
    assert a_platform(tmp_path, BASE + "environments:\n").overlays == {}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("environments: [dev]\n", "LOAD028"),
        ("environments: {dev: 3}\n", "LOAD028"),
        ("environments: {Dev: {}}\n", "LOAD030"),
        ("environments: {../dev: {}}\n", "LOAD030"),
        ("environments: {'': {}}\n", "LOAD030"),
        (f"environments: {{{'d' * 64}: {{}}}}\n", "LOAD030"),
        ("environments: {dev: {z: null}}\n", "LOAD029"),
        ("environments: {dev: {a: {z: null}}}\n", "LOAD029"),
        ("environments: {dev: {z: {b: null}}}\n", "LOAD029"),
    ],
)
def test_what_is_no_overlay_is_refused_at_its_line(text, code, tmp_path):
    [found] = a_platform(tmp_path, BASE + text).findings

    assert (found.code, found.at.line) == (code, 2)


def test_a_deletion_that_meets_nothing_names_the_path(tmp_path):
    [found] = a_platform(tmp_path, BASE + "environments: {dev: {a: {mm: null}}}\n").findings

    assert found.message == "`dev` deletes `a.mm`, which is not there"
    assert found.at.column == 26


@given(TREES, TREES)
def test_an_overlay_changes_neither_of_the_two(base, overlay):
    before = copy.deepcopy((base, overlay))

    overlay_onto(base, overlay)

    assert (base, overlay) == before


@given(TREES, TREES)
def test_an_overlay_laid_on_twice_is_laid_on_once(base, overlay):
    once = overlay_onto(base, overlay)

    assert overlay_onto(once, overlay) == once


@given(TREES)
def test_an_empty_overlay_changes_nothing(base):
    assert overlay_onto(base, {}) == base


PATCHES = """
patches:
  a: {target: {kind: A}, merge: {spec: {x: 1, w: {z: 1}}, gone: null}}
  b: {target: {kind: B}, merge: {spec: {x: 1}}}
"""


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        ("{}", {"spec": {"x": 1, "w": {"z": 1}}, "gone": None}),
        ("{merge: {spec: {x: 2}}}", {"spec": {"x": 2, "w": {"z": 1}}, "gone": None}),
        ("{merge: {spec: {x: null}}}", {"spec": {"x": None, "w": {"z": 1}}, "gone": None}),
        ("{merge: {spec: {w: null}}}", {"spec": {"x": 1, "w": None}, "gone": None}),
        ("{merge: {spec: {new: {deep: null}}}}", {
            "spec": {"x": 1, "w": {"z": 1}, "new": {"deep": None}}, "gone": None}),
        ("{merge: {gone: {c: 1}}}", {"spec": {"x": 1, "w": {"z": 1}}, "gone": {"c": 1}}),
        ("{merge: 5}", 5),
    ],
)  # fmt: skip
def test_nulls_of_a_patch_stay_nulls(overlay, expected, tmp_path):
    text = f"{PATCHES}environments: {{dev: {{patches: {{a: {overlay}, b: null}}}}}}\n"
    loaded = a_platform(tmp_path, text)

    assert loaded.findings == ()
    data = overlaid(loaded, "dev")["patches"]
    assert data == {"a": {"target": {"kind": "A"}, "merge": expected}}
    assert loaded.base["patches"]["a"]["merge"]["spec"] == {"x": 1, "w": {"z": 1}}


def test_a_patch_of_one_environment_keeps_its_nulls(tmp_path):
    text = "environments: {dev: {patches: {a: {target: {kind: A}, merge: {b: {c: null}}}}}}\n"
    loaded = a_platform(tmp_path, text)

    assert loaded.findings == ()
    assert overlaid(loaded, "dev")["patches"]["a"]["merge"] == {"b": {"c": None}}


@pytest.mark.parametrize(
    "overlay", ["{x: null}", "{a: {target: {name: null}}}", "{a: {more: null}}"]
)
def test_other_nulls_have_to_meet_something(overlay, tmp_path):
    text = f"{PATCHES}environments: {{dev: {{patches: {overlay}}}}}\n"

    [finding] = a_platform(tmp_path, text).findings

    assert "deletes" in finding.message
