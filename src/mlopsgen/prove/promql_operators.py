"""What operators give, and what can't come of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import promql_parser as promql

from mlopsgen.prove.metric_rules import COUNTED, EMPTY, JOINED, LABELLED, REACHED, Fault
from mlopsgen.prove.promql_values import Value, listed, merged

_COMPARING = frozenset({"!=", "<", "<=", "==", ">", ">="})
_TURNED = MappingProxyType({"<": ">", "<=": ">=", ">": "<", ">=": "<="})
_SETS = frozenset({"and", "or", "unless"})
_FOLDED: Mapping[str, Callable[[float, float], float]] = MappingProxyType(
    {"*": operator.mul, "+": operator.add, "-": operator.sub}
)
_OF_REQUESTS = frozenset({"rate", "rate of buckets"})
"""What is 0 while nobody asks."""

_HUNDRED = 100

Modifier = promql.BinModifier | None


def operated(op: str, left: Value, right: Value, modifier: Modifier) -> tuple[Value, list[Fault]]:
    """Return what `left op right` gives, and what is wrong with it."""
    if left.scalar and right.scalar:
        return _folded(op, left, right), []
    if left.scalar or right.scalar:
        vector, scalar = (right, left) if left.scalar else (left, right)
        turned = _TURNED.get(op, op) if left.scalar else op
        value, faults = _with_number(turned, vector, scalar.number, modifier)
        if op in {"/", "%"} and left.scalar:
            value = replace(value, gaps=value.gaps or _empty(vector), most=None)
        return value, list(faults)
    if op == "or":
        return _either(left, right), []
    found = list(_unpaired(op, left, right, modifier))
    if op in _SETS:
        return left, found
    if op in _COMPARING:
        found += _compared(op, left, None)
        value = replace(left, gaps=False, most=None)
    else:
        value = _computed(op, left, right)
    labels = _labels(left, right, modifier)
    return replace(
        value, labels=labels, equal=frozenset(), names=merged(left.names, right.names)
    ), found


def _folded(op: str, left: Value, right: Value) -> Value:
    number = None
    if left.number is not None and right.number is not None:
        if fold := _FOLDED.get(op):
            number = fold(left.number, right.number)
        elif op == "/" and right.number:
            number = left.number / right.number
    return Value(scalar=True, number=number)


def _with_number(
    op: str, vector: Value, number: float | None, modifier: Modifier
) -> tuple[Value, Iterator[Fault]]:
    if op in _COMPARING:
        found = _compared(op, vector, number)
        if modifier is not None and modifier.return_bool:
            return replace(vector, kind="other", most=1.0, equal=frozenset()), found
        above = op in {">", ">="} and number is not None and number >= 0
        return replace(vector, gaps=vector.gaps and op == "!=", positive=above), found
    most = None
    if vector.most is not None and number is not None and number > 0 and op in {"*", "/"}:
        most = vector.most * number if op == "*" else vector.most / number
    kind = vector.kind if op in {"*", "/"} else "other"
    return replace(vector, kind=kind, most=most, equal=frozenset()), iter(())


def _compared(op: str, value: Value, number: float | None) -> Iterator[Fault]:
    """Yield what is wrong with comparing *value*, with *number* where it is one."""
    names = listed(value.names)
    if value.gaps and op == "!=":
        told = "asks whether what can be 0 / 0 differs, and NaN differs from everything"
        yield Fault(EMPTY, told, "keep only what was asked: divide by `(... > 0)`")
    if number is None:
        return
    if value.kind in {"counter", "bucket"} and op in {">", ">=", "<", "<="} and number > 0:
        told = f"compares {names}, a counter, with {number:g}"
        yield Fault(COUNTED, told, "compare its `rate(...[5m])`, or its `increase(...[1h])`")
    most = value.most
    if most is None:
        return
    what = "a quantile of " if value.kind == "quantile" else "a share of " * (value.kind == "share")
    beyond = number > most or (number == most and op in {">", "<="})
    if beyond:
        result = "never" if op in {">", ">=", "=="} else "always"
        told = f"compares {what}{names} with {number:g}, and it is never above {most:g}"
        yield Fault(REACHED, f"{told}: `{op} {number:g}` is {result} true", _unit(number, most))
    elif most == _HUNDRED and 0 < number < 1:
        told = f"compares {names}, which goes from 0 to {_HUNDRED}, with {number:g}"
        yield Fault(REACHED, told, f"write {number * _HUNDRED:g}")


def _unit(number: float, most: float) -> str:
    """Return the likeliest threshold that was meant."""
    if most == 1 and 1 < number < _HUNDRED:
        return f"write {number / _HUNDRED:g}, as a share of one"
    if 0 < number / 1000 < most and number >= _HUNDRED:
        return f"write {number / 1000:g}, in seconds"
    return f"compare it with something below {most:g}"


def _either(left: Value, right: Value) -> Value:
    """Return what `or` gives: the left where there is one, else the right."""
    known = left.labels is not None and right.labels is not None
    labels = (left.labels or frozenset()) | (right.labels or frozenset()) if known else None
    most = None
    if left.most is not None and right.most is not None:
        most = max(left.most, right.most)
    elif right.number is not None and left.most is not None:
        most = max(left.most, right.number)
    return replace(
        left,
        labels=labels,
        most=most,
        gaps=left.gaps or right.gaps,
        positive=left.positive and right.positive,
        names=merged(left.names, right.names),
        equal=frozenset(),
    )


def _computed(op: str, left: Value, right: Value) -> Value:
    gaps = left.gaps or right.gaps or (op in {"/", "%"} and _empty(right))
    share = op == "/" and bool(left.names) and set(left.names) <= set(right.names)
    alike = left.kind == right.kind and left.kind in _OF_REQUESTS | {"counter", "share"}
    kind, most = ("share", 1.0) if share and alike else ("other", None)
    if op == "+" and alike:
        kind = left.kind
    return replace(left, gaps=gaps, kind=kind, most=most, positive=False, number=None)


def _empty(value: Value) -> bool:
    """Say whether *value* is 0 when nobody asks."""
    return value.kind in _OF_REQUESTS and not value.positive


def _unpaired(op: str, left: Value, right: Value, modifier: Modifier) -> Iterator[Fault]:
    """Yield why no series of *left* has a partner in *right*."""
    matching = modifier.matching if modifier else None
    if matching is not None and matching.type == promql.LabelModifierType.Include:
        for side, value in (("left", left), ("right", right)):
            for label in sorted(set(matching.labels) - (value.labels or set(matching.labels))):
                told = f"joins on `{label}`, which its {side} side, {listed(value.names)}, has not"
                yield Fault(LABELLED, told, f"keep `{label}` there, or leave it out of `on`")
        return
    if left.labels is None or right.labels is None:
        return
    ignored = set(matching.labels) if matching else set()
    differ = (left.labels ^ right.labels) - ignored
    if differ and left.names and right.names:
        told = f"pairs both sides of `{op}` by all labels, and only one of them has "
        fix = "group both sides by the same labels, or say `on (...)`"
        yield Fault(JOINED, f"{told}{listed(sorted(differ))}", fix)


def _labels(left: Value, right: Value, modifier: Modifier) -> frozenset[str] | None:
    if modifier is None or (matching := modifier.matching) is None:
        return left.labels
    many_left = modifier.card == promql.VectorMatchCardinality.ManyToOne
    many_right = modifier.card == promql.VectorMatchCardinality.OneToMany
    if many_left or many_right:
        labels = left.labels if many_left else right.labels
        return None if labels is None else labels | set(modifier.group_labels or ())
    if matching.type == promql.LabelModifierType.Include:
        return frozenset(matching.labels)
    return None if left.labels is None else left.labels - set(matching.labels)
