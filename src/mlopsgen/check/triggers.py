"""Triggers: what starts a pipeline, and what it gives to the run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from mlopsgen import names
from mlopsgen.check.checked import Checked, choose, declared
from mlopsgen.diagnostics import Check, Finding, Related, SpecPath, rule
from mlopsgen.spec import NewData, Pipeline, Trigger
from mlopsgen.spec.said import listed, named, quoted

_S3_EVENT = (
    "messageId",
    "body.Records.0.awsRegion",
    "body.Records.0.eventName",
    "body.Records.0.eventTime",
    "body.Records.0.s3.bucket.name",
    names.EVENT_KEY,
    "body.Records.0.s3.object.sequencer",
    "body.Records.0.s3.object.versionId",
)
"""What is in every event of S3, version 2 of its structure (Amazon S3 User Guide, "Event message
structure")."""

_OF_NEW = ("body.Records.0.s3.object.eTag", "body.Records.0.s3.object.size")
"""What is there only when a file has been made."""

_WRITTEN = ("mlflow/", "pipelines/")
"""Where in the bucket pipelines write: their artifacts, logs and models."""


@rule("TRIG001")
def triggers_listen_to_one_thing(checked: Checked) -> Iterator[Finding]:
    """A trigger listens to one thing.

    Its events come through one queue: that of new files, or one of yours. With neither, nothing
    would ever start the pipeline; with both, one of the two would be left out.
    """
    for at, _, trigger in _triggers(checked):
        if trigger.s3 and trigger.sqs:
            yield Finding(
                at=(*at, "sqs"),
                message=f"{named(at)} listens to `s3` and to `sqs`",
                fix="move one of the two into a trigger of its own",
                related=(Related((*at, "s3"), "the other one is here"),),
                on_key=True,
            )
        if trigger.s3 is None and trigger.sqs is None:
            yield Finding(
                at=at,
                message=f"{named(at)} listens to nothing",
                fix="add `s3: {prefix: data/}`, or `sqs` with a queue",
                on_key=True,
            )


@rule("TRIG002")
def arguments_are_parameters(checked: Checked) -> Iterator[Finding]:
    """What a trigger sets are parameters of its pipeline.

    Only those reach the steps. A run that is started with another one ignores it and takes the
    default of the parameter that was meant.
    """
    for at, pipeline, trigger in _triggers(checked):
        known = list(pipeline.parameters)
        for here, name in _given(at, trigger):
            if name in pipeline.parameters:
                continue
            add = f"add {quoted(name)} to `parameters` of `{at[1]}`"
            yield Finding(
                at=here,
                message=f"{named(here)} sets {quoted(name)}; `{at[1]}` has no such parameter",
                fix=f"{choose(name, known)}, or {add}" if known else add,
                related=declared((*at[:2], "parameters"), name, known),
                on_key=True,
            )


@rule("TRIG003")
def parameters_are_set_once(checked: Checked) -> Iterator[Finding]:
    """A trigger sets a parameter once.

    A run has one value for it. Of two, it would be up to the order of writing which one counts.
    """
    for at, _, trigger in _triggers(checked):
        for name in trigger.from_event:
            if name in trigger.arguments:
                here = (*at, "fromEvent", name)
                yield Finding(
                    at=here,
                    message=f"{named(here)} is taken from the event, and {named(at)} sets it as"
                    " well",
                    fix=f"take {quoted(name)} out of `arguments` or out of `fromEvent`",
                    related=(Related((*at, "arguments", name), "it is set here"),),
                    on_key=True,
                )


@rule("TRIG004")
def values_are_in_the_event(checked: Checked) -> Iterator[Finding]:
    """What a trigger takes from an event is in it.

    Argo Events drops an event that lacks it and writes a warning into a log. The file has come, and
    nothing starts.
    """
    for at, _, trigger in _triggers(checked):
        if trigger.s3 is None or trigger.sqs:
            continue
        there = _S3_EVENT if "ObjectRemoved" in trigger.s3.events else (*_S3_EVENT, *_OF_NEW)
        for name, path in trigger.from_event.items():
            here = (*at, "fromEvent", name)
            if path in _OF_NEW and path not in there:
                message = f"{named(here)} is `{path}`, which a file that is removed doesn't have"
            elif path not in there:
                message = f"{named(here)} is `{path}`; events of S3 have no such value"
            else:
                continue
            yield Finding(at=here, message=message, fix=choose(path, list(there)))


@rule("TRIG005")
def pipelines_do_not_start_themselves(checked: Checked) -> Iterator[Finding]:
    """No pipeline is started by what pipelines write.

    Every run writes artifacts and logs below `pipelines/` and models below `mlflow/`. Each of these
    files would start the next run, which writes the next files, without an end.
    """
    for at, _, data in _watched(checked):
        for folder in _WRITTEN:
            if data.prefix.startswith(folder):
                here = (*at, "s3", "prefix")
                yield Finding(
                    at=here,
                    message=f"{named(here)} is {quoted(data.prefix)}; pipelines write below"
                    f" `{folder}`",
                    fix="have the data come into a folder of its own, such as `prefix: data/`",
                )


@rule("TRIG006")
def folders_do_not_overlap(checked: Checked) -> Iterator[Finding]:
    """A file starts one pipeline.

    S3 tells one queue of an event. It refuses the notifications of a bucket where two of them would
    hear of the same file, and with them all others.
    """
    for (one, _, first), (other, _, second) in combinations(list(_watched(checked)), 2):
        shared: list[str] = [event for event in second.events if event in first.events]
        if shared and _overlap(first, second):
            here = (*other, "s3", "prefix")
            yield Finding(
                at=here,
                message=f"{named(other)} and {named(one)} both hear of {listed(shared)} below"
                f" `{max(first.prefix, second.prefix, key=len)}`",
                fix="give one of the two another folder or suffix, or make both pipelines one",
                related=(Related((*one, "s3", "prefix"), "the other folder is here"),),
            )


def _overlap(first: NewData, second: NewData) -> bool:
    """Say whether there is a file that both hear of."""
    starts, ends = (first.prefix, second.prefix), (first.suffix or "", second.suffix or "")
    near, far = sorted(starts, key=len)
    short, long = sorted(ends, key=len)
    return far.startswith(near) and long.endswith(short)


@rule("TRIG007")
def queues_have_one_reader(checked: Checked) -> Iterator[Finding]:
    """A queue has one reader.

    Each message goes to whoever asks first. Of two triggers that read one queue, each would miss
    about half of the events.
    """
    first: dict[str, SpecPath] = {}
    for at, _, trigger in _triggers(checked):
        if trigger.sqs is None:
            continue
        here, arn = (*at, "sqs", "queue"), trigger.sqs.queue
        if arn in first:
            yield Finding(
                at=here,
                message=f"{named(here)} is {quoted(arn)}, and so is {named(first[arn])}",
                fix="give each a queue of its own; a topic of SNS can fill both",
                related=(Related(first[arn], "the first is here"),),
            )
        first.setdefault(arn, here)


@rule("TRIG008")
def runs_have_every_value(checked: Checked) -> Iterator[Finding]:
    """A run that a trigger starts has a value for every parameter.

    Argo Workflows refuses a run that lacks one. The event would be gone, and nothing have started.
    """
    for at, pipeline, trigger in _triggers(checked):
        given = {*trigger.arguments, *trigger.from_event}
        for name, parameter in pipeline.declared.items():
            if parameter.given is None and name not in given:
                place = (*at[:2], "parameters", name)
                yield Finding(
                    at=at,
                    message=f"{named(at)} gives no value to {quoted(name)}, which has no default",
                    fix=f"add {quoted(name)} to `arguments` or to `fromEvent`",
                    related=(Related(place, "it is declared here"),),
                    on_key=True,
                )


def _triggers(checked: Checked) -> Iterator[tuple[SpecPath, Pipeline, Trigger]]:
    """Yield the triggers of all pipelines, with their places."""
    for name, pipeline in checked.platform.pipelines.items():
        for key, trigger in pipeline.triggers.items():
            yield ("pipelines", name, "triggers", key), pipeline, trigger


def _given(at: SpecPath, trigger: Trigger) -> Iterator[tuple[SpecPath, str]]:
    """Yield the parameters that *trigger* sets, with the places of their names."""
    for name in trigger.arguments:
        yield (*at, "arguments", name), name
    for name in trigger.from_event:
        yield (*at, "fromEvent", name), name


def _watched(checked: Checked) -> Iterator[tuple[SpecPath, Trigger, NewData]]:
    """Yield the triggers that watch the bucket."""
    for at, _, trigger in _triggers(checked):
        if trigger.s3:
            yield at, trigger, trigger.s3


RULES: tuple[Check[[Checked]], ...] = (
    triggers_listen_to_one_thing,
    arguments_are_parameters,
    parameters_are_set_once,
    values_are_in_the_event,
    pipelines_do_not_start_themselves,
    folders_do_not_overlap,
    queues_have_one_reader,
    runs_have_every_value,
)
