"""Values on their way into steps: whatever they are, they arrive as they were and nothing runs."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.emit import argo
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan
from tests.emit.argo_passes import runs

SHAPES = Shapes(TEMPLATES)
STEP = {"image": "acme/train:1", "command": ["train"]}
HOSTILE = [
    "$(touch canary)", "`touch canary`", "'; touch canary; '", '"; touch canary; "',
    "\ntouch canary",
    "a: b\n- c: {d: e}", "{{workflow.name}}", "{{=workflow.name}}", "{{=1 + 1}}", "{{{{=1+1}}}}",
    "{{=sprig.env('PATH')}}", "{{inputs.parameters.ITEM}}", "{{unknown}}", "{", "}", "{}", "}}",
    "$", "$$", "$$(HOME)", "$(HOME)", "$(MLOPSGEN_EMPTY)", "${HOME}", "\\", "\\u007b", '"', "'",
    "&& || true", "<script>&amp;", "é\u200b\u2028\x7f\x1b[31m", "", " ", "null", "1e3", "-0", "~",
]  # fmt: skip
ANY = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet="{}$()=[]'\"\\ a\n;", max_size=12),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)


def _spec(steps, **pipeline):
    plan = a_plan(pipelines={"churn": {"steps": steps, **pipeline}})
    for artifact in argo.emit(plan, SHAPES):
        for document in artifact.objects:
            if document["kind"] == "WorkflowTemplate":
                return json.loads(json.dumps(document["spec"]))
    raise AssertionError


def _environments(spec, parameters=None, outputs=None, **end):
    found = {}
    for name, _, environment in runs(spec, parameters or {}, outputs or {}, **end):
        found.setdefault(name, []).append(environment)
    return found


FLOW = {
    "plan": {**STEP, "outputParameters": {"shards": "/out/shards", "note": "/out/note"}},
    "given": {
        **STEP, "after": ["plan"], "parameters": {"note": "plan.note", "own": "parameters.own"},
    },
    "each": {**STEP, "after": ["plan"], "withParam": "plan.shards"},
    "listed": {**STEP, "withParam": "parameters.list"},
}  # fmt: skip
SPEC = _spec(FLOW, parameters={"own": "x", "list": "[]"})


@given(own=ANY, note=ANY, items=st.lists(ANY, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_value_arrives_as_it_was(own, note, items):
    listed = json.dumps(items)
    parameters = {"own": own, "list": listed}
    found = _environments(SPEC, parameters, {"plan": {"shards": listed, "note": note}})

    [plan], [given] = found["plan"], found["given"]
    assert plan["PARAM_OWN"] == given["PARAM_OWN"] == own
    assert plan["PARAM_LIST"] == listed
    assert given["PARAM_NOTE"] == note
    assert [one["ITEM"] for one in found.get("each", [])] == items
    assert [one["ITEM"] for one in found.get("listed", [])] == items


@given(parts=st.lists(st.fixed_dictionaries({"a": ANY, "b": ANY}), min_size=1, max_size=3))
@settings(max_examples=80, deadline=None)
def test_maps_arrive_as_json(parts):
    steps = {**FLOW, "each": {**FLOW["each"], "parameters": {"part": "item.a"}}}
    shards = json.dumps(parts)
    found = _environments(
        _spec(steps, parameters={"own": "", "list": "[]"}),
        {"own": "", "list": "[]"},
        {"plan": {"shards": shards, "note": ""}},
    )

    assert [json.loads(one["ITEM"]) for one in found["each"]] == parts
    assert [one["PARAM_PART"] for one in found["each"]] == [one["a"] for one in parts]


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_runs_under_a_real_shell(tmp_path, value):
    """The emitted command and environment, started as the kubelet would, with a shell in them."""
    script = '"$0" -c "$1" && echo $PARAM_OWN > seen'
    program = "import os, sys; sys.stdout.buffer.write(os.environb[b'PARAM_OWN'])"
    step = {**STEP, "command": ["sh", "-c", script, sys.executable, program]}
    spec = _spec({"train": step}, parameters={"own": value})
    [(_, argv, environment)] = runs(spec, {"own": value}, {})

    done = subprocess.run(
        argv,
        env={**environment, "PATH": os.environ["PATH"]},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    assert done.stdout.decode() == value
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seen"]


@pytest.mark.parametrize("text", ["{{workflow.name}}", "{{=1+1}}", "{{{", "{{x}", "$5", "a}}b"])
def test_what_users_write_themselves_stays_as_it_is(text):
    step = {**STEP, "command": ["train", text], "args": [text], "env": {"TEXT": text}}
    [(_, argv, environment)] = runs(_spec({"train": step}), {}, {})

    assert argv == ["train", text, text]
    assert environment["TEXT"] == text


def test_variables_in_arguments_are_left_to_kubernetes():
    step = {**STEP, "args": ["--data=$(PARAM_DATA)", "$$(PARAM_DATA)"]}
    spec = _spec({"train": step}, parameters={"data": "x"})
    [(_, argv, _)] = runs(spec, {"data": "{{=1}} $(HOME)"}, {})

    assert argv == ["train", "--data={{=1}} $(HOME)", "$(PARAM_DATA)"]


def test_a_variable_of_users_can_not_take_the_place_of_the_empty_one():
    step = {**STEP, "env": {"MLOPSGEN_EMPTY": "{{x}}"}}
    spec = _spec({"train": step}, parameters={"own": "x"})
    [(_, _, environment)] = runs(spec, {"own": "{{y}}"}, {})

    assert environment["PARAM_OWN"] == "{{y}}"


def test_failures_reach_the_steps_at_the_end_as_a_json_list():
    failures = [{"displayName": "fit", "message": '{{=1+1}} $(HOME) `x` "y"'}]
    spec = _spec(
        {"train": STEP},
        onExit={"tell": {**STEP, "when": ["Failed", "Error"]}, "clean": STEP},
    )
    failed = _environments(spec, status="Failed", failures=failures)
    well = _environments(spec, status="Succeeded")

    assert failed.keys() == {"tell", "clean"}
    assert json.loads(failed["tell"][0]["FAILURES"]) == failures
    assert failed["tell"][0]["STATUS"] == "Failed"
    assert well.keys() == {"clean"}


CONDITIONS = [
    ("evaluate.accuracy >= 0.9", True),
    ("evaluate.accuracy < 0.9 || parameters.market == 'nl'", True),
    ("!(evaluate.accuracy >= 0.9) && parameters.market == 'nl'", False),
    ("evaluate.accuracy > evaluate.baseline", True),
    ("parameters.deep == true", False),
    ('parameters.market != "nl" || !(parameters.deep != false)', True),
]  # fmt: skip


@pytest.mark.parametrize(("when", "holds"), CONDITIONS)
def test_a_condition_is_what_it_says(when, holds):
    steps = {
        "evaluate": {**STEP, "outputParameters": {"accuracy": "/out/a", "baseline": "/out/b"}},
        "register": {**STEP, "after": ["evaluate"], "when": when},
    }
    parameters = {"market": "nl", "deep": "false"}
    outputs = {"evaluate": {"accuracy": "0.93", "baseline": "0.9"}}
    found = _environments(_spec(steps, parameters=parameters), parameters, outputs)

    assert ("register" in found) is holds


@given(value=ANY)
@settings(max_examples=100, deadline=None)
def test_no_value_becomes_a_part_of_a_condition(value):
    steps = {"train": {**STEP, "when": "parameters.own == 'nl'"}}
    found = _environments(_spec(steps, parameters={"own": ""}), {"own": value})

    assert ("train" in found) is (value == "nl")


def test_items_are_chosen_one_by_one():
    steps = {
        "plan": {**STEP, "outputParameters": {"least": "/out/least"}},
        "fit": {
            **STEP,
            "after": ["plan"],
            "withItems": [1, 2, 3],
            "when": "plan.least < 2 && item > 1 && item != 3",
        },
        "count": {**STEP, "withSequence": {"start": 3, "end": 1, "format": "n-%02d"}},
    }
    found = _environments(_spec(steps), outputs={"plan": {"least": "1"}})

    assert [one["ITEM"] for one in found["fit"]] == ["2"]
    assert [one["ITEM"] for one in found["count"]] == ["n-03", "n-02", "n-01"]


def test_a_key_with_a_dash_is_no_subtraction():
    steps = {
        "plan": {**STEP, "outputParameters": {"shards": "/out/shards"}},
        "fit": {
            **STEP,
            "after": ["plan"],
            "withParam": "plan.shards",
            "parameters": {"depth": "item.max-depth"},
            "when": "item.max-depth > 3",
        },
    }
    shards = json.dumps([{"max-depth": 3}, {"max-depth": 6}])
    found = _environments(_spec(steps), outputs={"plan": {"shards": shards}})

    assert [one["PARAM_DEPTH"] for one in found["fit"]] == ["6"]


def test_maps_of_items_have_a_variable_for_each_key():
    step = {**STEP, "withItems": [{"depth": 3, "rate": "{{=1}}"}, {"depth": 6, "rate": "$(HOME)"}]}
    found = _environments(_spec({"fit": step}))

    assert [one["ITEM_DEPTH"] for one in found["fit"]] == ["3", "6"]
    assert found["fit"][1]["ITEM_RATE"] == "$(HOME)"
