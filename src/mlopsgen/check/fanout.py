"""Steps that fan out: over what, and what can be taken from them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import Pipeline, Sequence, Step
from mlopsgen.spec.said import listed, named, quoted
from mlopsgen.spec.terms import PARAMETERS

_WAYS = {"with_items": "withItems", "with_param": "withParam", "with_sequence": "withSequence"}


@rule("FAN001")
def steps_fan_out_in_one_way(checked: Checked) -> Iterator[Finding]:
    """A step fans out over one list, and there is something in it.

    Argo Workflows refuses a pipeline with two of `withItems`, `withParam` and `withSequence` in
    one step. Without any item there is nothing that the step would run for.
    """
    for at, _, step in checked.steps():
        ways = [key for name, key in _WAYS.items() if name in step.model_fields_set]
        if len(ways) > 1:
            here = (*at, ways[1])
            yield Finding(
                at=here,
                message=f"{named(at)} has {listed(ways)}; a step fans out over one of them",
                fix=f"take `{ways[0]}` or `{ways[1]}` away",
                related=(Related((*at, ways[0]), f"`{ways[0]}` is here"),),
                on_key=True,
            )
        elif ways == ["withItems"] and not step.with_items:
            here = (*at, "withItems")
            yield Finding(
                at=here,
                message=f"{named(here)} is empty",
                fix="write the items, or take `withItems` away for the step to run once",
            )
        elif step.with_sequence:
            yield from _sequence((*at, "withSequence"), step.with_sequence)


def _sequence(at: SpecPath, sequence: Sequence) -> Iterator[Finding]:
    if (sequence.count is None) == (sequence.end is None):
        has = "neither `count` nor `end`" if sequence.count is None else "both `count` and `end`"
        yield Finding(
            at=at,
            message=f"{named(at)} has {has}",
            fix="write `count: 3` for 0 to 2, or `{start: 1, end: 3}` for 1 to 3",
        )


@rule("FAN002")
def lists_are_lists(checked: Checked) -> Iterator[Finding]:
    """What a step fans out over is a JSON list.

    Argo Workflows reads the value when the step is due. When it is no list, the step ends in an
    error.
    """
    for at, pipeline, step in checked.steps():
        source, _, name = (step.with_param or "").partition(".")
        if source != PARAMETERS or name not in pipeline.declared:
            continue
        parameter = pipeline.declared[name]
        place: SpecPath = (*at[:2], "parameters", name)
        here = (*at, "withParam")
        told = f"{named(here)} is {quoted(step.with_param)}"
        related = (Related(place, f"`{name}` is declared here"),)
        if parameter.type != "string":
            message = f"{told}; `{name}` has `type: {parameter.type}`, and is no list"
            fix = f"take `type` of `{name}` away, and write a list such as `'[1, 2]'`"
            yield Finding(at=here, message=message, fix=fix, related=related)
        elif parameter.given is not None and not _is_list(parameter.given):
            message = f"{told}; `{name}` is {quoted(parameter.given)} by default, and no JSON list"
            fix = 'write a list as text, such as `\'["a", "b"]\'`'
            yield Finding(at=here, message=message, fix=fix, related=related)


def _is_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


@rule("FAN003")
def files_come_from_one_step(checked: Checked) -> Iterator[Finding]:
    """A file that a step takes comes from a step that doesn't fan out.

    Of a step that fans out Argo Workflows hands on small texts, as a list, and no files. It takes
    the pipeline all the same; the step behind finds nothing and ends in an error.
    """
    for at, pipeline, step in checked.steps():
        for name, taken in step.sources.items():
            source = taken.source.partition(".")[0]
            if source in pipeline.steps and pipeline.steps[source].fans_out:
                yield _many((*at, "inputs", name), source, _way(pipeline, source))


def _way(pipeline: Pipeline, source: str) -> str:
    step: Step = pipeline.steps[source]
    return next(key for name, key in _WAYS.items() if getattr(step, name))


def _many(at: SpecPath, source: str, way: str) -> Finding:
    return Finding(
        at=at,
        message=f"{named(at)} is a file of `{source}`, which runs once for each of several items",
        fix=f"let `{source}` leave the place of its file under `outputParameters`, such as an s3://"
        " address, and take that under `parameters`",
        related=(Related((*at[:3], source, way), "it fans out here"),),
    )


RULES = (steps_fan_out_in_one_way, lists_are_lists, files_come_from_one_step)
