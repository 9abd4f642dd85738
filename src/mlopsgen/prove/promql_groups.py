"""What aggregations give, and which labels are left."""

from __future__ import annotations

from dataclasses import replace

import promql_parser as promql

from mlopsgen.prove.metric_rules import EMPTY, LABELLED, Fault
from mlopsgen.prove.promql_values import Value, listed

_SPOILT = frozenset({"avg", "quantile", "stddev", "stdvar", "sum"})
"""What one NaN among many makes NaN."""

_KEEPS = frozenset({"bottomk", "limit_ratio", "limitk", "topk"})
"""What only leaves series out."""


def grouped(
    op: str, value: Value, modifier: promql.AggModifier | None, text: str
) -> tuple[Value, list[Fault]]:
    """Return what `op` gives of *value*, and what is wrong with it; *text* is its parameter."""
    faults = []
    if op in _SPOILT and value.gaps:
        told = f"takes the `{op}` of what can be 0 / 0"
        faults.append(Fault(EMPTY, told, "keep only what was asked: divide by `(... > 0)`"))
    named = frozenset(modifier.labels) if modifier else frozenset()
    without = modifier is not None and modifier.type == promql.AggModifierType.Without
    kept: frozenset[str] | None = named
    if without:
        kept = None if value.labels is None else value.labels - named
    elif value.labels is not None:
        for label in sorted(named - value.labels):
            known = listed(sorted(value.labels)) or "no label"
            told = f"groups {listed(value.names)} by `{label}`; there it has {known}"
            faults.append(Fault(LABELLED, told, f"leave `{label}` out"))
    return _left(op, value, kept, text), faults


def _left(op: str, value: Value, kept: frozenset[str] | None, text: str) -> Value:
    if op in _KEEPS:
        return value
    if op == "count_values":
        return Value(labels=None if kept is None else kept | {text}, names=value.names)
    kept_kind = op in {"avg", "max", "min", "sum"}
    kind = value.kind if kept_kind else "other"
    # Of buckets it is the highest bound, however many are added up.
    bounded = kind == "rate of buckets" or op in {"avg", "max", "min", "quantile"}
    return replace(
        value,
        labels=kept,
        kind=kind,
        most=value.most if bounded else None,
        gaps=value.gaps and op not in {"count", "group"},
        equal=frozenset(),
    )
