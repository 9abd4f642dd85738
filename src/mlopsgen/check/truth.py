"""Whether a condition can hold: it is tried with values at and around those that it names.

Between two values that it names nothing changes, so these are all the cases that there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product

from mlopsgen.spec import Parameter, Pipeline, Step
from mlopsgen.spec.pipelines import as_text
from mlopsgen.spec.terms import (
    ITEM,
    PARAMETERS,
    Comparison,
    Constant,
    Joined,
    Not,
    Operand,
    Ref,
    Term,
    leaves,
)

Value = str | float
_MOST = 2000
"""Combinations of values that are tried; a condition with more is taken to hold."""

_OTHER = "\x00"
"""A text that no condition names."""


def can_hold(term: Term, pipeline: Pipeline, step: Step) -> bool:
    """Say whether *term* holds for any values."""
    return any(_tried(term, pipeline, step))


def must_hold(term: Term, pipeline: Pipeline, step: Step) -> bool:
    """Say whether *term* holds for all values."""
    return all(_tried(term, pipeline, step))


def _tried(term: Term, pipeline: Pipeline, step: Step) -> Iterator[bool]:
    """Yield whether *term* holds, with one set of values after another."""
    comparisons = [leaf for leaf in leaves(term) if isinstance(leaf, Comparison)]
    domains: dict[Ref, list[Value]] = {}
    for ref in dict.fromkeys(ref for each in comparisons for ref in each.refs):
        domains[ref] = list(_values(ref, comparisons, pipeline, step))
    if any(len(each.refs) > 1 for each in comparisons) or _size(domains) > _MOST:
        yield from (True, False)
        return
    for values in islice(product(*domains.values()), _MOST):
        yield _holds(term, dict(zip(domains, values, strict=True)))


def _size(domains: Mapping[Ref, list[Value]]) -> int:
    total = 1
    for each in domains.values():
        total *= len(each)
    return total


def _values(
    ref: Ref, comparisons: Iterable[Comparison], pipeline: Pipeline, step: Step
) -> Iterator[Value]:
    """Yield the values of *ref* that make a difference to *comparisons*."""
    about = [each for each in comparisons if ref in each.refs]
    fixed = _fixed(ref, pipeline, step)
    numeric = any(each.numeric for each in about)
    if fixed is not None:
        yield from (_as(value, numeric=numeric) for value in fixed)
        return
    constants = [side.value for each in about for side in (each.left, each.right)
                 if isinstance(side, Constant)]  # fmt: skip
    if not numeric:
        yield from (_text(value) for value in constants)
        yield _OTHER
        return
    numbers = [float(value) for value in constants if isinstance(value, float)]
    low, high = _limits(ref, pipeline)
    around = {value + by for value in numbers for by in (-0.5, 0.0, 0.5)}
    around |= {value for value in (low, high) if value is not None}
    whole = _is_whole(ref, pipeline)
    for value in sorted(around or {0.0}):
        for each in (float(round(value)), value + 1, value - 1) if whole else (value,):
            if (low is None or each >= low) and (high is None or each <= high):
                yield each if not whole else float(int(each))


def _fixed(ref: Ref, pipeline: Pipeline, step: Step) -> list[str] | None:
    """Return all values that *ref* can have, where they are known."""
    parameter = _parameter(ref, pipeline)
    if parameter and parameter.enum:
        return [as_text(value) for value in parameter.enum]
    if parameter and parameter.type == "boolean":
        return ["true", "false"]
    if ref.source == ITEM and step.with_items:
        return [as_text(value) for value in _items(ref, step)] or None
    return None


def _items(ref: Ref, step: Step) -> Iterator[str | int | float]:
    for item in step.with_items:
        if isinstance(item, Mapping):
            if ref.name in item:
                yield item[ref.name]
        elif not ref.name:
            yield item


def _parameter(ref: Ref, pipeline: Pipeline) -> Parameter | None:
    return pipeline.declared.get(ref.name) if ref.source == PARAMETERS else None


def _limits(ref: Ref, pipeline: Pipeline) -> tuple[float | None, float | None]:
    parameter = _parameter(ref, pipeline)
    return (parameter.minimum, parameter.maximum) if parameter else (None, None)


def _is_whole(ref: Ref, pipeline: Pipeline) -> bool:
    parameter = _parameter(ref, pipeline)
    return parameter is not None and parameter.type == "integer"


def _as(value: str, *, numeric: bool) -> Value:
    """Return *value* as it is compared; one that is no number stays a text, which equals none."""
    if not numeric:
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _text(value: str | float | bool) -> str:
    return value if isinstance(value, str) else as_text(value)


def _holds(term: Term, values: Mapping[Ref, Value]) -> bool:
    match term:
        case Comparison():
            return _compared(term, values)
        case Not(inner):
            return not _holds(inner, values)
        case Joined("&&", terms):
            return all(_holds(each, values) for each in terms)
        case Joined(_, terms):
            return any(_holds(each, values) for each in terms)
        case _:
            return True


def _compared(comparison: Comparison, values: Mapping[Ref, Value]) -> bool:
    left, right = (
        _value(side, values, numeric=comparison.numeric)
        for side in (comparison.left, comparison.right)
    )
    if isinstance(left, str) or isinstance(right, str):
        return {"==": left == right, "!=": left != right}.get(comparison.operator, False)
    return {
        "==": left == right, "!=": left != right, "<": left < right,
        "<=": left <= right, ">": left > right, ">=": left >= right,
    }[comparison.operator]  # fmt: skip


def _value(side: Operand, values: Mapping[Ref, Value], *, numeric: bool) -> Value:
    if isinstance(side, Ref):
        return values[side]
    return side.value if numeric and isinstance(side.value, float) else _text(side.value)
