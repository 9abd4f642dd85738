"""Memoized steps: what they leave is all that they do, and their key says what it depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen import units
from mlopsgen.check import cron
from mlopsgen.check.checked import Checked
from mlopsgen.check.graph import earlier
from mlopsgen.check.outcomes import said
from mlopsgen.check.parameters import variable
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.spec import Pipeline, Step
from mlopsgen.spec.said import listed, named
from mlopsgen.spec.terms import PARAMETERS, Comparison, leaves

_MINUTE = 60_000


@rule("MEMO001", Severity.WARNING)
def memoized_steps_leave_something(checked: Checked) -> Iterator[Finding]:
    """A memoized step leaves something behind.

    What is kept are its outputs. What a step without any does, it does somewhere else; when the
    key has been seen before, that isn't done, and nothing tells.
    """
    for at, _, step in checked.steps():
        if step.memoize and not step.registers and not step.outputs and not step.output_parameters:
            here = (*at, "memoize")
            yield Finding(
                at=here,
                message=f"{named(at)} is memoized, and has no outputs",
                fix="write what it leaves behind under `outputs`, or take `memoize` away",
                on_key=True,
            )


@rule("MEMO002")
def registering_is_not_memoized(checked: Checked) -> Iterator[Finding]:
    """A step that registers a model isn't memoized.

    A run with a key that was seen before skips it: no version is registered, and the alias stays
    where it is, or where somebody has moved it since. The run counts as succeeded.
    """
    for at, _, step in checked.steps():
        if step.memoize and step.registers:
            here = (*at, "memoize")
            yield Finding(
                at=here,
                message=f"{named(at)} is memoized, and registers `{step.registers}`",
                fix="take `memoize` away, and memoize the steps before it",
                related=(Related((*at, "registers"), "it registers here"),),
                on_key=True,
            )


@rule("MEMO003", Severity.WARNING)
def keys_name_what_counts(checked: Checked) -> Iterator[Finding]:
    """The key of a memoized step names each parameter that its outputs depend on.

    A parameter that an earlier step is keyed by, or that stands in a condition, decides what the
    step works on. A run with another value of it would get the outputs of the old one.
    """
    for at, pipeline, step in checked.steps():
        if step.memoize is None:
            continue
        missing: dict[str, SpecPath] = {}
        for parameter, place in _told(at, pipeline, str(at[3])):
            if parameter in pipeline.parameters and parameter not in step.memoize.key:
                missing.setdefault(parameter, place)
        if missing:
            here = (*at, "memoize", "key")
            keys = ", ".join((*step.memoize.key, *missing))
            yield Finding(
                at=here,
                message=f"{named(here)} lacks {listed(list(missing))}, which its outputs depend on",
                fix=f"write `key: [{keys}]`",
                related=tuple(
                    Related(place, f"`{parameter}` counts here")
                    for parameter, place in missing.items()
                ),
            )


def _told(at: SpecPath, pipeline: Pipeline, owner: str) -> Iterator[tuple[str, SpecPath]]:
    """Yield the parameters that the outputs of step *owner* are known to depend on, and how.

    The values that it takes itself are in its key anyway.
    """
    yield from _written(at, pipeline, pipeline.steps[owner])
    before = earlier(pipeline, owner)
    for name in pipeline.steps:
        if name in before:
            yield from _counts((*at[:3], name), pipeline, pipeline.steps[name])


def _counts(at: SpecPath, pipeline: Pipeline, step: Step) -> Iterator[tuple[str, SpecPath]]:
    for parameter in step.memoize.key if step.memoize else ():
        yield parameter, (*at, "memoize", "key")
    for key, text in step.parameters.items():
        if text.startswith(f"{PARAMETERS}."):
            yield text.partition(".")[2], (*at, "parameters", key)
    if (step.with_param or "").startswith(f"{PARAMETERS}."):
        yield (step.with_param or "").partition(".")[2], (*at, "withParam")
    term = said(step)
    for leaf in leaves(term) if term else ():
        for ref in leaf.refs if isinstance(leaf, Comparison) else ():
            if ref.source == PARAMETERS:
                yield ref.name, (*at, "when")
    yield from _written(at, pipeline, step)


def _written(at: SpecPath, pipeline: Pipeline, step: Step) -> Iterator[tuple[str, SpecPath]]:
    """Yield the parameters whose variables stand in the command of *step*."""
    for section, texts in (("command", step.command), ("args", step.args)):
        for index, text in enumerate(texts):
            for parameter in pipeline.parameters:
                if re.search(rf"\b{variable(parameter)}\b", text):
                    yield parameter, (*at, section, index)


@rule("MEMO004", Severity.WARNING)
def outputs_stay_until_the_next_run(checked: Checked) -> Iterator[Finding]:
    """Memoized outputs stay good until the next scheduled run.

    When they are too old each time that a run wants them, every run makes them anew, and pays for
    looking.
    """
    for at, pipeline, step in checked.steps():
        between = _between(pipeline)
        if step.memoize and step.memoize.ttl < between:
            here = (*at, "memoize", "ttl")
            yield Finding(
                at=here,
                message=f"{named(here)} is {units.duration(step.memoize.ttl)}; runs of `{at[1]}`"
                f" are {units.duration(between)} apart at least",
                fix=f"write more than {units.duration(between)}, or take `memoize` away",
                related=(Related((*at[:2], "schedule", "cron"), "it runs then"),),
            )


def _between(pipeline: Pipeline) -> int:
    """Return the least milliseconds between runs of the schedule; 0 where it isn't known."""
    if pipeline.schedule is None or len(pipeline.schedule.crons) > 1:
        return 0
    try:
        return cron.shortest(cron.read(pipeline.schedule.crons[0])) * _MINUTE
    except cron.CronError:
        return 0


RULES = (
    memoized_steps_leave_something,
    registering_is_not_memoized,
    keys_name_what_counts,
    outputs_stay_until_the_next_run,
)
