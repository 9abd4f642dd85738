"""Parameters of pipelines: their values fit them, and reach the steps."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, isfinite

from mlopsgen.check.checked import Checked, choose
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, numeral, rule
from mlopsgen.spec import Parameter, Pipeline, Step
from mlopsgen.spec.pipelines import Value, as_text
from mlopsgen.spec.said import listed, named, quoted, yaml_text

_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "`true` or `false`"}


@rule("PARAM001")
def values_fit_their_parameter(checked: Checked) -> Iterator[Finding]:
    """A value of a parameter is one that it may have.

    Argo Workflows holds values to `enum` alone, and to that when a run is due: it is refused
    then. Anything else reaches the steps as it is, and fails in one of them or, worse, in none.
    """
    for name, pipeline in checked.platform.pipelines.items():
        section: SpecPath = ("pipelines", name)
        for key, parameter in pipeline.declared.items():
            at: SpecPath = (*section, "parameters", key)
            yield from _limits(at, parameter)
            for index, value in enumerate(parameter.enum):
                yield from _fits((*at, "enum", index), value, parameter, in_enum=True)
            if parameter.default is not None and not isinstance(pipeline.parameters[key], str):
                yield from _fits((*at, "default"), parameter.default, parameter)
        for key, value in pipeline.schedule.arguments.items() if pipeline.schedule else ():
            if key in pipeline.declared:
                here = (*section, "schedule", "arguments", key)
                yield from _fits(here, value, pipeline.declared[key])


def _limits(at: SpecPath, parameter: Parameter) -> Iterator[Finding]:
    low, high = parameter.minimum, parameter.maximum
    if low is not None and high is not None and low > high:
        yield Finding(
            at=(*at, "minimum"),
            message=f"`minimum` of {named(at)} is {numeral(low)}, and `maximum` is {numeral(high)}",
            fix="write the smaller one as `minimum`",
            related=(Related((*at, "maximum"), "`maximum` is here"),),
        )
    elif low is not None and high is not None and _none_between(*_bounds(parameter)):
        yield Finding(
            at=(*at, "minimum"),
            message=f"no whole number lies between {numeral(low)} and {numeral(high)}, the"
            f" `minimum` and `maximum` of {named(at)}",
            fix="write a whole number as `minimum`, and one that isn't smaller as `maximum`",
            related=(Related((*at, "maximum"), "`maximum` is here"),),
        )
    for key, limit in (("minimum", low), ("maximum", high)):
        if limit is not None and parameter.type not in ("integer", "number"):
            yield Finding(
                at=(*at, key),
                message=f"{named(at)} has a `{key}`, and is no number",
                fix=f"write `type: number`, or take `{key}` away",
                on_key=True,
            )


def _fits(
    at: SpecPath, value: Value, parameter: Parameter, *, in_enum: bool = False
) -> Iterator[Finding]:
    """Yield what is wrong with *value*, which stands at *at*, as one of *parameter*."""
    told = f"{named(at)} is {quoted(as_text(value))}"
    if not _is_kind(value, parameter.type):
        kind = _KINDS[parameter.type]
        yield Finding(at=at, message=f"{told}, and must be {kind}", fix=f"write {kind}")
        return
    allowed = [as_text(each) for each in parameter.enum]
    if allowed and not in_enum and as_text(value) not in allowed:
        fix = choose(as_text(value), allowed)
        yield Finding(at=at, message=f"{told}, which isn't one of {listed(allowed)}", fix=fix)
        return
    if parameter.type in ("integer", "number") and not _none_between(*_bounds(parameter)):
        number, (low, high) = float(value), _bounds(parameter)
        if low is not None and number < low:
            yield Finding(
                at=at, message=f"{told}; the least is {numeral(low)}", fix=f"write {numeral(low)}"
            )
        elif high is not None and number > high:
            yield Finding(
                at=at, message=f"{told}; the most is {numeral(high)}", fix=f"write {numeral(high)}"
            )


def _bounds(parameter: Parameter) -> tuple[float | None, float | None]:
    """Return the least and the most of *parameter*, whole where its values are."""
    low, high = parameter.minimum, parameter.maximum
    if parameter.type == "integer":
        low = ceil(low) if low is not None and isfinite(low) else low
        high = floor(high) if high is not None and isfinite(high) else high
    return low, high


def _none_between(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low > high


def _is_kind(value: Value, kind: str) -> bool:
    if kind == "string":
        return True
    if kind == "boolean":
        return as_text(value) in ("true", "false")
    if isinstance(value, bool):
        return False
    try:
        number = float(value)
    except ValueError:
        return False
    return kind == "number" or number.is_integer()


@rule("PARAM002")
def schedules_give_what_is_asked_for(checked: Checked) -> Iterator[Finding]:
    """A scheduled run has a value for each parameter, and for no other.

    Nobody is there to be asked when a schedule starts a run. Argo Workflows refuses to start one
    that lacks a value, each time, and what it doesn't know goes nowhere.
    """
    for name, pipeline in checked.platform.pipelines.items():
        if pipeline.schedule is None:
            continue
        given = pipeline.schedule.arguments
        for key, parameter in pipeline.declared.items():
            if parameter.given is None and key not in given:
                at: SpecPath = ("pipelines", name, "parameters", key)
                yield Finding(
                    at=at,
                    message=f"{named(at)} has no default, and `{name}` is scheduled without it",
                    fix=f"write `arguments: {{{key}: ...}}` under `schedule`, or a default",
                    related=(Related(("pipelines", name, "schedule"), "it is scheduled here"),),
                    on_key=True,
                )
        for key in given:
            if key not in pipeline.declared:
                yield _unknown(("pipelines", name, "schedule", "arguments", key), pipeline)


def _unknown(at: SpecPath, pipeline: Pipeline) -> Finding:
    known = list(pipeline.declared)
    add = f"declare `{at[-1]}` under `parameters` of `{at[1]}`"
    related = (Related((*at[:2], "parameters"), "they are declared here"),) if known else ()
    return Finding(
        at=at,
        message=f"{named(at)} is given, and `{at[1]}` has no such parameter",
        fix=f"{choose(str(at[-1]), known)}, or {add}" if known else add,
        related=related,
        on_key=True,
    )


@rule("PARAM003", Severity.WARNING)
def variables_have_one_meaning(checked: Checked) -> Iterator[Finding]:
    """A variable of a step has one value.

    Parameters reach a step as PARAM_NAME and items as ITEM, beside `env` and `secrets`. Of two with
    one name the step finds one, and the other is nowhere.
    """
    for at, pipeline, step in checked.steps():
        made = _made(at, pipeline, step)
        for section, names in (("env", step.env), ("secrets", step.secrets)):
            for name in names:
                here = (*at, section, name)
                if name in made:
                    yield _hidden(here, name, made[name])
                made[name] = here


def _made(at: SpecPath, pipeline: Pipeline, step: Step) -> dict[str, SpecPath]:
    """Return the variables that are made for *step*, with what they come from."""
    found: dict[str, SpecPath] = {}
    for key in pipeline.parameters:
        found[variable(key)] = (*at[:2], "parameters", key)
    for key in step.parameters:
        found[variable(key)] = (*at, "parameters", key)
    if step.fans_out:
        way = "withItems" if step.with_items else "withParam"
        found["ITEM"] = (*at, "withSequence" if step.with_sequence else way)
    return found


def variable(parameter: str) -> str:
    """Return the variable that steps find *parameter* in."""
    return f"PARAM_{parameter.upper().replace('-', '_')}"


def _hidden(at: SpecPath, name: str, other: SpecPath) -> Finding:
    return Finding(
        at=at,
        message=f"{named(at)} takes the place of {named(other)}, which steps find in `{name}` too",
        fix=f"write `{yaml_text(f'OWN_{name}')}` here, or rename the other one",
        related=(Related(other, "the other one is here"),),
        on_key=True,
    )


RULES = (
    values_fit_their_parameter,
    schedules_give_what_is_asked_for,
    variables_have_one_meaning,
)
