"""The DAGs of a pipeline: its tasks, and those that run when all of them have ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlopsgen.emit.argo import inert, terms
from mlopsgen.emit.argo.order import order
from mlopsgen.spec import ExitStep, Pipeline, Step
from mlopsgen.spec.conditions import condition
from mlopsgen.spec.steps import Scalar
from mlopsgen.spec.terms import ITEM, Ref

Row = dict[str, Any]

ITEM_INPUT = "ITEM"
"""The parameter, and the variable, that holds the item of a step that fans out."""


def tasks(pipeline: Pipeline) -> list[Row]:
    """Return the tasks in the order the steps are written."""
    return [_task(pipeline, name, step) for name, step in pipeline.steps.items()]


def exit_tasks(steps: Mapping[str, ExitStep]) -> list[Row]:
    """Return the tasks that run when all others have ended."""
    return [_exit_task(steps, name, step) for name, step in steps.items()]


def values(step: Step) -> dict[str, str]:
    """Return the tags that become the parameters of *step*, by their names in its template."""
    found = {name: inert.value(terms.source(_ref(one))) for name, one in step.parameters.items()}
    if step.fans_out:
        found[ITEM_INPUT] = inert.value(_item(step))
        for key in _keys(step):
            found[f"{ITEM_INPUT}_{key.upper()}"] = inert.value(f"{ITEM}.{key}")
    return found


def _task(pipeline: Pipeline, name: str, step: Step) -> Row:
    task: Row = {"name": name, "template": name, **order(pipeline.steps, name)}
    if step.when:
        task["when"] = terms.when(condition(step.when))
    task |= _fan_out(step)
    arguments: Row = {}
    if found := values(step):
        arguments["parameters"] = [{"name": own, "value": tag} for own, tag in found.items()]
    if step.sources:
        arguments["artifacts"] = [_artifact(own, step) for own in step.sources]
    return task | ({"arguments": arguments} if arguments else {})


def _artifact(own: str, step: Step) -> Row:
    taken = step.sources[own]
    source, _, output = taken.source.partition(".")
    row: Row = {"name": own, "from": f"{{{{tasks.{source}.outputs.artifacts.{output}}}}}"}
    return row | ({"optional": True} if taken.optional else {})


def _exit_task(steps: Mapping[str, ExitStep], name: str, step: ExitStep) -> Row:
    task: Row = {"name": name, "template": name, **order(steps, name)}
    if step.results:
        listed = ", ".join(f"'{result}'" for result in step.results)
        task["when"] = f"{{{{=workflow.status in [{listed}]}}}}"
    return task


def _fan_out(step: Step) -> Row:
    if step.with_items:
        return {"withItems": [_as_text(one) for one in step.with_items]}
    if step.with_param:
        return {"withParam": inert.listing(terms.source(_ref(step.with_param)))}
    if numbers := step.with_sequence:
        ends = ("count", numbers.count) if numbers.count else ("end", numbers.end)
        found = {"start": numbers.start, ends[0]: ends[1]}
        return {"withSequence": {key: str(one) for key, one in found.items()} | _format(step)}
    return {}


def _as_text(item: Scalar | dict[str, Scalar]) -> str | dict[str, str]:
    """Return *item* with its numbers as text: on the way through JSON 1.0 would become 1."""
    if isinstance(item, dict):
        return {key: str(one) for key, one in item.items()}
    return str(item)


def _format(step: Step) -> dict[str, str]:
    numbers = step.with_sequence
    return {"format": numbers.format} if numbers and numbers.format != "%d" else {}


def _item(step: Step) -> str:
    """Return the expression that is the item as text; maps, whose parts are texts, in JSON."""
    if _keys(step):
        return f"toJson({ITEM})"
    if step.with_param:
        return f"type({ITEM}) == 'string' ? {ITEM} : toJson({ITEM})"
    return ITEM


def _keys(step: Step) -> tuple[str, ...]:
    """Return the keys of the maps that *step* fans out over; the rules say all have the same."""
    first = step.with_items[0] if step.with_items else None
    return tuple(first) if isinstance(first, dict) else ()


def _ref(written: str) -> Ref:
    source, _, name = written.partition(".")
    return Ref(source, name)
