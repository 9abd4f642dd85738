"""Double braces, which Argo Workflows replaces, where nothing can be put between them."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.spec import Parameter, Pipeline, Step
from mlopsgen.spec.pipelines import as_text
from mlopsgen.spec.said import named, quoted

_OPEN, _CLOSE = "{{", "}}"


@rule("TAG001")
def texts_are_no_tags(checked: Checked) -> Iterator[Finding]:
    """No text opens double braces where Argo Workflows would read on.

    It takes what follows for a variable of its own. In an item it is replaced, or the step fails
    because there is no such variable; braces that nothing closes end every run before its first
    step.
    """
    for at, _, step in checked.steps():
        yield from _of_items(at, step)
    for name, pipeline in checked.platform.pipelines.items():
        for at, text in _of_parameters(("pipelines", name), pipeline):
            if _CLOSE not in text.rpartition(_OPEN)[2] and _OPEN in text:
                yield Finding(
                    at=at,
                    message=f"{named(at)} is {quoted(text)}, with braces that nothing closes",
                    fix="close them, or put something between the two",
                )


def _of_items(at: SpecPath, step: Step) -> Iterator[Finding]:
    for index, item in enumerate(step.with_items):
        parts = item if isinstance(item, dict) else {"": item}
        for key, part in parts.items():
            here = (*at, "withItems", index, *((key,) if key else ()))
            if isinstance(part, str) and _OPEN in part:
                yield Finding(
                    at=here,
                    message=f"{named(here)} is {quoted(part)}, with double braces",
                    fix="put something between the braces, or let an earlier step leave the list"
                    " behind and write `withParam`",
                )


def _of_parameters(at: SpecPath, pipeline: Pipeline) -> Iterator[tuple[SpecPath, str]]:
    """Yield the texts that become arguments of a run, with their places."""
    for name, one in pipeline.declared.items():
        place = (*at, "parameters", name)
        if isinstance(pipeline.parameters[name], str):
            yield place, one.given or ""
        else:
            yield from _of_parameter(place, one)
    if pipeline.schedule:
        for name, value in pipeline.schedule.arguments.items():
            yield (*at, "schedule", "arguments", name), as_text(value)
    for trigger, each in pipeline.triggers.items():
        for name, value in each.arguments.items():
            yield (*at, "triggers", trigger, "arguments", name), value


def _of_parameter(at: SpecPath, one: Parameter) -> Iterator[tuple[SpecPath, str]]:
    yield (*at, "default"), one.given or ""
    yield (*at, "description"), one.description or ""
    for index, choice in enumerate(one.enum):
        yield (*at, "enum", index), as_text(choice)


RULES = (texts_are_no_tags,)
