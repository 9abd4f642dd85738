"""Conditions of steps: they can be read, compare like with like, and can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlopsgen.check.checked import Checked, choose
from mlopsgen.check.graph import depends
from mlopsgen.check.outcomes import Outcome, outcomes, said, started_by
from mlopsgen.check.truth import can_hold
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import Parameter, Pipeline, Step
from mlopsgen.spec.conditions import ConditionError, condition, dependencies
from mlopsgen.spec.pipelines import as_text
from mlopsgen.spec.said import listed, named, quoted
from mlopsgen.spec.terms import PARAMETERS, Comparison, Constant, Ref, Result, leaves

_WORDS = frozenset({"and", "contains", "else", "false", "if", "in", "let", "matches", "nil"})
_MORE_WORDS = frozenset({"item", "not", "or", "parameters", "true"})
_RESERVED = _WORDS | _MORE_WORDS
"""Words of expr 1.17.5 (parser/lexer/state.go), in which Argo Workflows 3.7.4 evaluates what a step
waits for; `item` and `parameters` are ours."""

_ITEMS_ONLY = ("AnySucceeded", "AllFailed")


@rule("COND001")
def conditions_can_be_read(checked: Checked) -> Iterator[Finding]:
    """A condition is made of comparisons, and `depends` of steps and how they ended.

    Both are read here and written anew for Argo Workflows, so that no value can become a part of
    them. What can't be read can't be written.
    """
    for at, _, step in checked.steps():
        for key, text, read in (
            ("when", step.when, condition),
            ("depends", step.depends, dependencies),
        ):
            try:
                if text is not None:
                    read(text)
            except ConditionError as error:
                here = (*at, key)
                like = "evaluate.accuracy >= 0.9" if key == "when" else "fit.Succeeded"
                yield Finding(
                    at=here,
                    message=f"{named(here)} is {quoted(text)}; {error}",
                    fix=f"write it with `&&`, `||`, `!` and brackets, such as `{like}`",
                )


@rule("COND002")
def conditions_compare_like_with_like(checked: Checked) -> Iterator[Finding]:
    """A condition compares a parameter with a value that it can have.

    A number is never equal to a word, and a parameter with an `enum` never to another value. The
    condition would be read without complaint, and decide the same in each run.
    """
    for at, pipeline, step in checked.steps():
        yield from _slips((*at, "when"), pipeline, step)


def _slips(at: SpecPath, pipeline: Pipeline, step: Step) -> Iterator[Finding]:
    term = said(step)
    for leaf in leaves(term) if term else ():
        if isinstance(leaf, Comparison):
            yield from _unlike(at, pipeline, leaf)


def _unlike(at: SpecPath, pipeline: Pipeline, comparison: Comparison) -> Iterator[Finding]:
    sides = (comparison.left, comparison.right)
    for ref, other in (sides, sides[::-1]):
        if not isinstance(ref, Ref) or ref.source != PARAMETERS:
            continue
        parameter = pipeline.declared.get(ref.name)
        if parameter is None or not isinstance(other, Constant):
            continue
        if clause := _mismatch(ref, parameter, other, comparison):
            place: SpecPath = (*at[:2], "parameters", ref.name)
            yield Finding(
                at=at,
                message=f"{named(at)} compares `{ref.written}` with {other.written}; {clause[0]}",
                fix=clause[1],
                related=(Related(place, f"`{ref.name}` is declared here"),),
            )


def _mismatch(
    ref: Ref, parameter: Parameter, other: Constant, comparison: Comparison
) -> tuple[str, str] | None:
    """Return why *parameter* is never like *other*, and what to do; nothing where it may be."""
    kind = parameter.type
    number = isinstance(other.value, float)
    if kind in ("integer", "number") and not number:
        return f"`{ref.name}` is a number", "compare it with a number, without quotes"
    if kind == "boolean" and not isinstance(other.value, bool):
        return f"`{ref.name}` is true or false", "compare it with `true` or `false`"
    if kind == "string" and comparison.numeric and not _is_number(parameter.given):
        return (
            f"`{ref.name}` is text, such as {quoted(parameter.given or '')}",
            f"write `type: number` for `{ref.name}`, or compare it with text in quotes",
        )
    values = [as_text(each) for each in parameter.enum]
    if values and comparison.operator in ("==", "!=") and not _among(other, values):
        word = as_text(other.value) if not number else other.written
        return f"its values are {listed(values)}", choose(word, values)
    return None


def _among(constant: Constant, values: list[str]) -> bool:
    if isinstance(constant.value, float):
        return any(_is_number(each) and float(each) == constant.value for each in values)
    return as_text(constant.value) in values


def _is_number(text: str | None) -> bool:
    """Say whether *text* can be taken for a number; what isn't known may be one."""
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


@rule("DAG004")
def steps_can_run(checked: Checked) -> Iterator[Finding]:
    """A step can run.

    Argo Workflows takes a condition that never holds, and marks the step as skipped or omitted in
    each run. Nothing fails, and what the step was for is never done.
    """
    for name, pipeline in checked.platform.pipelines.items():
        known = outcomes(pipeline)
        for key, outcome in known.items():
            step, at = pipeline.steps[key], ("pipelines", name, "steps", key)
            term = said(step)
            if term is not None and any(_slips((*at, "when"), pipeline, step)):
                continue
            if term is not None and not can_hold(term, pipeline, step):
                here = (*at, "when")
                yield Finding(
                    at=here,
                    message=f"{named(here)} is {quoted(step.when)}, which never holds",
                    fix=f"write a condition that can hold, or take `{key}` away",
                )
            elif not outcome.ends - {"Omitted"}:
                yield from _stuck(at, step, known)


def _stuck(at: SpecPath, step: Step, known: Mapping[str, Outcome]) -> Iterator[Finding]:
    """Yield the finding for a step whose `depends` never holds, unless another is to blame."""
    if step.depends is None:
        return
    here = (*at, "depends")
    told = f"{named(here)} is {quoted(step.depends)}"
    term = started_by(step)
    for leaf in leaves(term) if term else ():
        if not isinstance(leaf, Result) or leaf.step not in known:
            continue
        if not known[leaf.step].runs:
            return
        ends = known[leaf.step].ends
        if leaf.result not in ends:
            yield Finding(
                at=here,
                message=f"{told}; `{leaf.step}` is never {leaf.result}",
                fix=f"write one of {listed(sorted(ends))}",
                related=(Related((*at[:-1], leaf.step), f"`{leaf.step}` is here"),),
            )
            return
    yield Finding(
        at=here,
        message=f"{told}, and no run can be both",
        fix="write one of the two, or `||` between them",
    )


@rule("DAG005")
def steps_are_not_words(checked: Checked) -> Iterator[Finding]:
    """A step isn't called by a word of the language of conditions.

    Argo Workflows takes the pipeline, and evaluates `not.Succeeded` when a step that waits for it
    is due. It can't, and that step ends in an error.
    """
    for name, pipeline in checked.platform.pipelines.items():
        for section, graph in (("steps", pipeline.steps), ("onExit", pipeline.on_exit)):
            for key in graph:
                if key in _RESERVED:
                    at = ("pipelines", name, section, key)
                    yield Finding(
                        at=at,
                        message=f"{named(at)} has the name of a word of conditions",
                        fix=f"rename it, for example to `{key}-step`",
                        on_key=True,
                    )


@rule("DAG006")
def steps_wait_in_one_way(checked: Checked) -> Iterator[Finding]:
    """A step has `after` or `depends`, and asks of another how a step can end.

    `after` stands for a `depends` of its own. Only a step that fans out has items of which any
    succeeded, or all failed; for another, Argo Workflows refuses the pipeline.
    """
    for at, pipeline, step in checked.steps():
        if step.after and step.depends:
            here = (*at, "depends")
            more = " && ".join(f"{each}.Succeeded" for each in step.after)
            yield Finding(
                at=here,
                message=f"{named(at)} has both `after` and `depends`",
                fix="take `after` away"
                + ("" if step.depends == more else f" and write `{more} && ({step.depends})`"),
                related=(Related((*at, "after"), "`after` is here"),),
                on_key=True,
            )
        term = depends(step)
        for leaf in leaves(term) if term else ():
            if isinstance(leaf, Result) and leaf.result in _ITEMS_ONLY:
                other = pipeline.steps.get(leaf.step)
                if other is not None and not other.fans_out:
                    here = (*at, "depends")
                    yield Finding(
                        at=here,
                        message=f"{named(here)} asks for `{leaf.step}.{leaf.result}`;"
                        f" `{leaf.step}` has no items",
                        fix=f"write `{leaf.step}.Succeeded` or `{leaf.step}.Failed`",
                        related=(Related((*at[:-1], leaf.step), f"`{leaf.step}` is here"),),
                    )


RULES = (
    conditions_can_be_read,
    conditions_compare_like_with_like,
    steps_can_run,
    steps_are_not_words,
    steps_wait_in_one_way,
)
