"""Which tasks of a DAG come before which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.emit.argo import terms
from mlopsgen.spec import ExitStep, Step
from mlopsgen.spec.conditions import dependencies
from mlopsgen.spec.terms import Result, leaves


def order(steps: Mapping[str, Step] | Mapping[str, ExitStep], name: str) -> dict[str, Any]:
    """Return what makes step *name* wait, in Argo's words.

    `dependencies` lets a step run after one that was skipped. What such a step would have left
    behind isn't there, so where any step may be skipped each says that the ones before it have
    succeeded; a step that shall run all the same says so in `depends`. One DAG can't have both.
    """
    step = steps[name]
    if not any(_may_skip(one) for one in steps.values()):
        return {"dependencies": list(waits(step))} if waits(step) else {}
    logic = list(_logic(steps, step))
    written = [f"({one})" if len(logic) > 1 and " || " in one else one for one in logic]
    return {"depends": " && ".join(written)} if written else {}


def waits(step: Step | ExitStep) -> tuple[str, ...]:
    """Return the steps that *step* waits for, each once; those it takes from are among them."""
    named = (*step.waits, *step.takes_from) if isinstance(step, Step) else step.after
    return tuple(dict.fromkeys(named))


def _may_skip(step: Step | ExitStep) -> bool:
    """Whether *step* may be skipped, or left out because of one before it."""
    if isinstance(step, ExitStep):
        return bool(step.results)
    return bool(step.when or step.depends or step.with_param)


def _logic(
    steps: Mapping[str, Step] | Mapping[str, ExitStep], step: Step | ExitStep
) -> Iterator[str]:
    """Yield the conditions that must all hold before *step* starts."""
    named = set(step.after)
    for name in dict.fromkeys(step.after):
        yield _succeeded(steps, name)
    if not isinstance(step, Step):
        return
    if step.depends:
        term = dependencies(step.depends)
        named |= {one.step for one in leaves(term) if isinstance(one, Result)}
        yield terms.depends(term)
    needed = {one.source.partition(".")[0] for one in step.sources.values() if not one.optional} | {
        *step.takes_values_from
    }
    for name in step.takes_from:
        if name not in named:
            yield _succeeded(steps, name) if name in needed else _ended_well(name)


def _succeeded(steps: Mapping[str, Step] | Mapping[str, ExitStep], name: str) -> str:
    """Return that step *name* has succeeded.

    One that fans out has succeeded as a whole when all its items were skipped (argo-workflows
    3.7.4 workflow/controller/dag.go, executeDAGTask).
    """
    step = steps[name]
    if isinstance(step, Step) and step.fans_out and step.when:
        return f"{name}.Succeeded && {name}.AnySucceeded"
    return f"{name}.Succeeded"


def _ended_well(name: str) -> str:
    """Return that step *name* didn't fail: what is taken from it may be missing."""
    return f"{name}.Succeeded || {name}.Skipped || {name}.Omitted"
