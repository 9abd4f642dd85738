"""Conditions: they can be read, compare like with like, and can hold."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.check.outcomes import outcomes, surely
from mlopsgen.check.truth import can_hold, must_hold
from mlopsgen.spec import Pipeline
from mlopsgen.spec.conditions import condition
from tests.check.platforms import a_step, codes, found, only, running

EVALUATE = a_step(outputParameters={"accuracy": "/out/accuracy", "label": "/out/label"})
PARAMETERS = {
    "size": {"default": "small", "enum": ["small", "large"]},
    "epochs": {"type": "integer", "default": 10, "minimum": 1, "maximum": 100},
    "rate": {"type": "number", "default": 0.1},
    "deep": {"type": "boolean", "default": False},
    "market": "nl",
    "window": "30",
}


def _when(text, **keys):
    steps = {"evaluate": EVALUATE, "release": a_step(after=["evaluate"], when=text, **keys)}
    return running(steps, parameters=PARAMETERS)


def _depends(text, **steps):
    named = {"a": a_step(), "b": a_step(), **steps}
    return running({**named, "last": a_step(depends=text)})


@pytest.mark.parametrize(
    "text",
    [
        "evaluate.accuracy >= 0.9", "evaluate.accuracy > 0.9 && evaluate.label == 'good'",
        "parameters.size == 'large'", "parameters.epochs > 1", "parameters.deep == true",
        "parameters.window >= 30", "parameters.market != 'nl'", "!(parameters.rate == 0.5)",
        "evaluate.accuracy > parameters.rate", "parameters.epochs >= 100",
        "parameters.epochs < 50 || parameters.deep == false", "'large' == parameters.size",
    ],
)  # fmt: skip
def test_a_condition_that_can_hold_is_fine(text):
    assert found(_when(text)) == []


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("evaluate.accuracy => 0.9", "COND001", "no value and no operator"),
        ("evaluate.accuracy", "COND001", "is compared with nothing"),
        ("1 == 1", "COND001", "compares what never changes"),
        ("evaluate.label == '{{workflow.name}}'", "COND001", "double braces"),
        ("evaluate.label == 'x') || (evaluate.label != 'x'", "COND001", "may"),
        ("parameters.size == 'lagre'", "COND002", "its values are `small`, `large`"),
        ("parameters.size != 'lagre'", "COND002", "its values are `small`, `large`"),
        ("parameters.epochs == '10'", "COND002", "`epochs` is a number"),
        ("parameters.deep == 'yes'", "COND002", "`deep` is true or false"),
        ("parameters.market > 3", "COND002", "`market` is text, such as `nl`"),
        ("parameters.epochs > 100", "DAG004", "which never holds"),
        ("parameters.epochs == 0.5", "DAG004", "which never holds"),
        ("parameters.rate > 1 && parameters.rate < 1", "DAG004", "which never holds"),
        ("evaluate.label == 'a' && evaluate.label == 'b'", "DAG004", "which never holds"),
        ("evaluate.accuracy > 0.9 && evaluate.accuracy < 0.5", "DAG004", "which never holds"),
        ("parameters.deep == true && parameters.deep == false", "DAG004", "which never holds"),
        ("evaluate.acuracy > 0", "REF006", "no output parameter `acuracy`"),
        ("parameters.sise == 'small'", "REF006", "no such parameter"),
        ("release.x == 'a'", "REF006", "no output parameter `x`"),
        ("nosuch.x == 'a'", "REF006", "no step `nosuch`"),
        ("item == 'a'", "REF006", "has no items"),
    ],
)
def test_a_condition_that_cannot_is_found(text, code, message):
    finding = only(_when(text))

    assert finding.code == code
    assert finding.at == ("pipelines", "train", "steps", "release", "when")
    assert message in finding.message


def test_a_condition_on_items_is_tried_with_them():
    items = {"withItems": [{"depth": 3}, {"depth": 6}]}

    assert codes(_when("item.depth > 3", **items)) == []
    assert codes(_when("item.depth > 6", **items)) == ["DAG004"]
    assert codes(_when("item.rate > 6", **items)) == ["REF006"]


NUMBERS = st.sampled_from(["0", "0.1", "0.2", "1", "2", "2.5", "3", "100"])
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
COMPARED = st.builds("parameters.x {} {}".format, SIGNS, NUMBERS)
CONDITIONS = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
    ),
    max_leaves=4,
)
LIMITS = st.sampled_from([{}, {"minimum": 0}, {"maximum": 2}, {"minimum": 0.1, "maximum": 3}])


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, st.sampled_from(["integer", "number"]), LIMITS)
def test_a_condition_can_hold_when_some_number_does(text, kind, limits):
    pipeline = Pipeline.model_validate(
        {"parameters": {"x": {"type": kind, **limits}}, "steps": {"a": a_step(when=text)}}
    )
    step = 1 if kind == "integer" else 0.05
    numbers = [round(number * step, 2) for number in range(-40, 110 * 20)]
    within = [
        number for number in numbers
        if limits.get("minimum", number) <= number <= limits.get("maximum", number)
    ]  # fmt: skip
    python = text.replace("!(", " not (").replace("&&", " and ").replace("||", " or ")
    code = compile(python.replace("parameters.x", "x").strip(), "condition", "eval")
    holds = [eval(code, {"x": number}) for number in within]
    term = condition(text)

    assert can_hold(term, pipeline, pipeline.steps["a"]) == any(holds)
    assert must_hold(term, pipeline, pipeline.steps["a"]) == all(holds)


@pytest.mark.parametrize(
    "text",
    [
        "evaluate.label == '3' && evaluate.label > 2",
        "evaluate.accuracy > 0.1 && evaluate.accuracy < 0.2",
    ],
)
def test_values_between_and_of_both_kinds_are_tried(text):
    assert found(_when(text)) == []


@pytest.mark.parametrize(
    "text",
    ["a.Succeeded && b.Failed", "a.Failed || b.Errored", "!a.Succeeded", "a.Succeeded"],
)
def test_what_can_have_happened_is_fine(text):
    assert found(_depends(text)) == []


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("a.Succeeded && a.Failed", "DAG004", "no run can be both"),
        ("!(a.Succeeded || !a.Succeeded)", "DAG004", "no run can be both"),
        ("a.Skipped", "DAG004", "`a` is never Skipped"),
        ("a.Succeeded && b.Omitted", "DAG004", "`b` is never Omitted"),
        ("a.AllFailed", "DAG006", "`a` has no items"),
        ("c.Succeeded", "REF003", "names the step `c`"),
        ("a", "COND001", "doesn't say how `a` must have ended"),
        ("a.Suceeded", "COND001", "doesn't say how"),
    ],
)
def test_what_cannot_have_happened_is_found(text, code, message):
    finding = only(_depends(text))

    assert finding.code == code
    assert finding.at == ("pipelines", "train", "steps", "last", "depends")
    assert message in finding.message


def test_a_step_with_a_condition_can_be_skipped_and_the_next_left_out():
    steps = {
        "a": a_step(when="parameters.market == 'nl'"),
        "b": a_step(after=["a"]),
        "c": a_step(depends="a.Skipped && b.Omitted"),
    }

    assert found(running(steps, parameters={"market": "nl"})) == []


def test_a_step_that_started_tells_of_those_before_it():
    fit = a_step(outputs={"model": "/out/model"})
    check = a_step(after=["fit"])

    either = a_step(depends="fit.Succeeded || check.Succeeded", inputs={"model": "fit.model"})
    assert found(running({"fit": fit, "check": check, "next": either})) == []
    failed = a_step(depends="check.Failed", inputs={"model": "fit.model"})
    assert found(running({"fit": fit, "check": check, "next": failed})) == []
    left_out = a_step(depends="check.Failed || check.Omitted", inputs={"model": "fit.model"})
    assert codes(running({"fit": fit, "check": check, "next": left_out})) == ["REF007"]
    both = a_step(depends="check.Succeeded && fit.Failed")
    assert codes(running({"fit": a_step(), "check": check, "next": both})) == ["DAG004"]


def test_only_the_step_to_blame_is_told():
    steps = {
        "a": a_step(),
        "never": a_step(depends="a.Succeeded && a.Failed"),
        "behind": a_step(after=["never"]),
        "further": a_step(depends="behind.Succeeded"),
    }

    assert only(running(steps)).at[3] == "never"


def test_cycles_are_found_through_depends():
    steps = {"a": a_step(depends="b.Succeeded"), "b": a_step(after=["a"])}
    finding = only(running(steps))

    assert finding.code == "DAG001"
    assert "a -> b -> a" in finding.message


def test_steps_at_the_end_are_a_graph_of_their_own():
    exits = {"tell": a_step(after=["clean"]), "clean": a_step(after=["tell"])}
    finding = only(running({"fit": a_step()}, onExit=exits))
    assert finding.code == "DAG001"
    assert finding.at[2] == "onExit"

    finding = only(running({"fit": a_step()}, onExit={"tell": a_step(after=["fit"])}))
    assert finding.code == "REF003"


@pytest.mark.parametrize("word", ["not", "in", "let", "nil", "true", "if", "parameters", "item"])
def test_a_word_of_the_language_is_no_name(word):
    finding = only(running({word: a_step()}))

    assert finding.code == "DAG005"
    assert found(running({f"{word}-step": a_step()})) == []


def test_one_way_to_wait_is_enough():
    finding = only(running({"a": a_step(), "b": a_step(after=["a"], depends="a.Failed")}))

    assert finding.code == "DAG006"
    assert "`a.Succeeded && (a.Failed)`" in finding.fix


def test_what_is_said_twice_is_said_once():
    finding = only(running({"a": a_step(), "b": a_step(after=["a"], depends="a.Succeeded")}))

    assert finding.fix == "take `after` away"


TAKEN = {"outputs": {"model": "/out/model"}, "outputParameters": {"score": "/out/score"}}


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"inputs": {"model": "fit.model"}}, ("inputs", "model")),
        ({"inputs": {"model": {"from": "fit.model"}}}, ("inputs", "model")),
        ({"parameters": {"score": "fit.score"}}, ("parameters", "score")),
        ({"when": "fit.score > 1"}, ("when",)),
        ({"withParam": "fit.score"}, ("withParam",)),
    ],
)
def test_what_is_taken_is_sure_to_be_there(keys, place):
    step = {"outputs": {}, **keys}
    either = {"fit": a_step(**TAKEN), "next": a_step(depends="fit.Succeeded || fit.Failed", **step)}
    findings = [each for each in found(running(either)) if each.code != "DAG002"]
    assert [(each.code, each.at[4:]) for each in findings] == [("REF007", place)]

    surely_there = {**either, "next": a_step(depends="fit.Succeeded", **step)}
    assert {each.code for each in found(running(surely_there))} <= {"DAG002"}


def test_an_optional_input_need_not_be_there():
    optional = {"inputs": {"model": {"from": "fit.model", "optional": True}}}
    steps = {"fit": a_step(**TAKEN), "next": a_step(depends="fit.Failed", **optional)}
    assert found(running(steps)) == []

    leaves = a_step(outputs={"model": {"path": "/out/model", "optional": True}})
    steps = {"fit": leaves, "next": a_step(after=["fit"], inputs={"model": "fit.model"})}
    finding = only(running(steps))
    assert finding.code == "REF007"
    assert "`fit` may leave it away" in finding.message


ENDS = ("Succeeded", "Failed", "Errored", "Skipped", "Omitted")
LEAF = st.builds("{}.{}".format, st.sampled_from("abc"), st.sampled_from(ENDS))
TERMS = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.builds("!({})".format, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
    ),
    max_leaves=5,
)


def _python(text, way):
    for name, end in way.items():
        for each in ENDS:
            text = text.replace(f"{name}.{each}", str(end == each))
    text = text.replace("!", " not ").replace("&&", " and ").replace("||", " or ")
    return eval(text, {})


@settings(max_examples=60, deadline=None)
@given(TERMS)
def test_outcomes_are_those_of_all_runs(text):
    skippable = {"when": "parameters.market == 'nl'"}
    steps = {"a": a_step(), "b": a_step(**skippable), "c": a_step(after=["b"])}
    pipeline = Pipeline.model_validate(
        {"parameters": {"market": "nl"}, "steps": {**steps, "last": a_step(depends=text)}}
    )
    known = outcomes(pipeline)
    assert known["a"].ends == {"Succeeded", "Failed", "Errored"}
    assert known["b"].ends == {*known["a"].ends, "Skipped"}
    assert known["c"].ends == {*known["a"].ends, "Omitted"}
    runs = [
        way
        for ends in itertools.product(*(sorted(known[name].ends) for name in "abc"))
        for way in [dict(zip("abc", ends, strict=True))]
        if _python(text, way) and (way["c"] == "Omitted") == (way["b"] != "Succeeded")
    ]

    # That c is left out because of b isn't followed, so some that never run are taken to.
    assert known["last"].runs >= bool(runs)
    sure = {name for name in "abc" if runs and all(way[name] == "Succeeded" for way in runs)}
    if runs:
        assert surely(known, "last") <= sure
