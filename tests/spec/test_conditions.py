"""Conditions of steps: what is read, and what is said about the rest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.emit.argo import terms
from mlopsgen.spec import Step
from mlopsgen.spec.conditions import ConditionError, condition, dependencies
from mlopsgen.spec.terms import Comparison, Constant, Joined, Not, Ref, Result, leaves

STEP = {"image": "acme/train:1", "command": ["train"]}


def _refused(read, text):
    with pytest.raises(ConditionError) as refused:
        read(text)
    return str(refused.value)


def test_a_comparison_has_a_reference_and_a_value():
    assert condition("evaluate.accuracy >= 0.9") == Comparison(
        Ref("evaluate", "accuracy"), ">=", Constant(0.9, "0.9")
    )


def test_and_binds_closer_than_or_and_not_closest():
    found = condition("!a.b == 1 && a.c == 2 || item == 'x'")

    assert isinstance(found, Joined)
    assert found.operator == "||"
    assert isinstance(found.terms[0], Joined)
    assert isinstance(found.terms[0].terms[0], Not)
    assert len(list(leaves(found))) == 3


def test_names_with_dashes_are_no_subtractions():
    [comparison] = leaves(condition("model-evaluation.f1-score > -0.5"))

    assert comparison.left == Ref("model-evaluation", "f1-score")
    assert comparison.right == Constant(-0.5, "-0.5")


def test_what_a_step_waits_for_is_how_others_ended():
    found = dependencies("a.Succeeded && (b-c.Failed || !d.Skipped)")

    assert list(leaves(found)) == [
        Result("a", "Succeeded"),
        Result("b-c", "Failed"),
        Result("d", "Skipped"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.b", "`a.b` is compared with nothing"),
        ("a.b ==", "it ends where a value must follow"),
        ("1 < 2", "`1 < 2` compares what never changes"),
        ("a.b >= 'x'", "'x' is text, and `>=` compares numbers"),
        ("a.b > true", "true is text, and `>` compares numbers"),
        ("a.b == '{{x}}'", "'{{x}}' has double braces"),
        ("a.b = 1", "`= 1` is no value and no operator"),
        ("a.b == 'it\\'s'", "`'it\\'s'` is no value"),
        ("a.b == 1.2.3", "`1.2.3` is no value"),
        ("a.b == 1 a.c == 2", "`a.c` follows where `&&` or `||` may"),
        ("(a.b == 1", "a bracket isn't closed"),
        ("accuracy > 1", "`accuracy` is no STEP.OUTPUT"),
        ("== 1", "`==` stands where a value must"),
        ("item > a.b", "an item is compared with what is written"),
        ("(" * 900 + "a.b == 1", "more than 20 brackets"),
        ("!" * 900 + "a.b == 1", "more than 20 brackets"),
        ("tasks['a'].outputs", "`['a'].outputs` is no value"),
    ],
)
def test_what_can_not_be_read_is_named(text, said):
    assert said in _refused(condition, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a", "`a` doesn't say how `a` must have ended, as `a.Succeeded` does"),
        ("a.succeeded", "doesn't say how `a` must have ended"),
        ("a.Daemoned", "doesn't say how `a` must have ended"),
        ("a.Succeeded &&", "it ends where a step must follow"),
        ("'a' && b.Failed", "`'a'` stands where a step must"),
        ("a.Succeeded || && b.Failed", "`&&` stands where a step must"),
    ],
)
def test_ends_that_can_not_be_read_are_named(text, said):
    assert said in _refused(dependencies, text)


@given(text=st.text(alphabet="ab.-'\"()!&|=<>{}$ 10e_\n", max_size=24))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_and_nothing_else_is_written(text):
    try:
        term = condition(text)
    except ConditionError:
        return
    outside = terms.when(term)
    while "{{=" in outside:
        before, _, rest = outside.partition("{{=")
        outside = before + rest.partition("}}")[2]
    assert set(outside) <= set("()!&| ")


def test_a_step_names_what_it_waits_for_and_takes_from():
    step = Step.model_validate(
        {
            **STEP,
            "depends": "a.Succeeded && b.Failed",
            "when": "c.x > 1 && parameters.y == 'z' && item != 2",
            "parameters": {"p": "d.out", "q": "parameters.r", "i": "item.k"},
            "inputs": {"f": "e.file", "g": {"from": "f.file", "optional": True}},
            "withParam": "g.list",
        }
    )

    assert step.waits == ("a", "b")
    assert step.takes_from == ("e", "f", "d", "g", "c")


def test_conditions_that_can_not_be_read_name_nothing():
    step = Step.model_validate({**STEP, "when": "((", "depends": "a.Succeeded &&"})

    assert step.waits == step.takes_from == ()
