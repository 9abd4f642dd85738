"""Whether a condition can hold: it is tried with values at and around those that it names.

Between two values that it names nothing changes, so these are all the cases that there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise, product
from math import floor

from mlopsgen.diagnostics import numeral
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
    if fixed is not None:
        yield from fixed
        return
    constants = [side.value for each in about for side in (each.left, each.right)
                 if isinstance(side, Constant)]  # fmt: skip
    if any(each.numeric for each in about):
        numbers = {value for value in constants if isinstance(value, float)}
        yield from _around(numbers, _parameter(ref, pipeline) or Parameter())
    if not all(each.numeric for each in about):
        yield from (_text(value) for value in constants)
        yield _OTHER


def _around(numbers: set[float], parameter: Parameter) -> Iterator[float]:
    """Yield the *numbers* with one between each two, and one beyond each end, within limits."""
    low, high = parameter.minimum, parameter.maximum
    known = sorted({*numbers, *(each for each in (low, high) if each is not None)} or {0.0})
    tried = {known[0] - 1, *known, known[-1] + 1}
    tried |= {(first + second) / 2 for first, second in pairwise(known)}
    if parameter.type == "integer":
        tried = {float(floor(each) + by) for each in tried for by in (-1, 0, 1)}
    for each in sorted(tried):
        if (low is None or each >= low) and (high is None or each <= high):
            yield each


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


def _text(value: str | float | bool) -> str:
    if isinstance(value, float):
        return numeral(value)
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
    """Say whether *comparison* holds; of a text that is no number, no order does."""
    left, right = (
        _value(side, values, numeric=comparison.numeric)
        for side in (comparison.left, comparison.right)
    )
    if isinstance(left, float) and isinstance(right, float):
        return {
            "==": left == right, "!=": left != right, "<": left < right,
            "<=": left <= right, ">": left > right, ">=": left >= right,
        }[comparison.operator]  # fmt: skip
    return {"==": left == right, "!=": left != right}.get(comparison.operator, False)


def _value(side: Operand, values: Mapping[Ref, Value], *, numeric: bool) -> Value:
    value = values[side] if isinstance(side, Ref) else side.value
    if not numeric:
        return _text(value)
    try:
        return float(value)
    except ValueError:
        return _text(value)
