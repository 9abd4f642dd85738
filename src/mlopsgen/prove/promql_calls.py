"""What functions give, and what they can't be given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from mlopsgen.prove.metric_rules import BUCKETED, COUNTED, PARSED, WINDOWED, Fault
from mlopsgen.prove.promql_values import NOTHING, Value, listed

_SCRAPES = 4
"""In a window: what Grafana's $__rate_interval is (docs of the Prometheus data source)."""

_RATES = frozenset({"increase", "irate", "rate", "resets"})
_TRENDS = frozenset({"delta", "deriv", "double_exponential_smoothing", "idelta", "predict_linear"})
_ALIKE = frozenset(
    {"abs", "avg_over_time", "ceil", "clamp", "clamp_max", "first_over_time", "floor"}
    | {"last_over_time", "max_over_time", "min_over_time", "quantile_over_time", "round", "sort"}
    | {"sort_by_label", "sort_by_label_desc", "sort_desc"}
)
"""What gives of series such of the same kind, and not higher."""


def called(name: str, values: list[Value], *, tried: bool) -> tuple[Value, list[Fault]]:
    """Return what function *name* gives of *values*, and what is wrong with it.

    *tried* says that it is an experiment, which this Prometheus isn't told to take.
    """
    faults = []
    if tried:
        told = f"calls `{name}`, which is an experiment that Prometheus has to be told to take"
        feature = "`promql-experimental-functions`"
        fix = f"add {feature} to `prometheusSpec.enableFeatures`, or do without"
        faults.append(Fault(PARSED, told, fix))
    vectors = [each for each in values if not each.scalar]
    value = vectors[-1] if vectors else NOTHING
    if name in _RATES or name in _TRENDS:
        faults += _misused(name, value)
        return _rated(value), faults
    if name == "histogram_quantile":
        faults += _unbucketed(value)
    if own := _OWN.get(name):
        return own(values, value), faults
    if name in _ALIKE:
        return replace(value, window=None, ranged=False), faults
    return replace(value, kind="other", most=None, window=None, ranged=False), faults


def _rated(value: Value) -> Value:
    kind = {"counter": "rate", "bucket": "rate of buckets"}.get(value.kind, "other")
    most = value.most if value.kind == "bucket" else None
    return replace(value, kind=kind, window=None, ranged=False, most=most)


def _misused(name: str, value: Value) -> list[Fault]:
    """Return what is wrong with a rate or a trend of *value*."""
    faults, names = [], listed(value.names)
    if name in _RATES and value.kind == "gauge":
        instead = "deriv" if name in {"irate", "rate"} else "delta"
        told = f"takes the `{name}` of {names}, which is a gauge"
        faults.append(Fault(COUNTED, told, f"take its `{instead}`, or compare it as it is"))
    if name in _TRENDS and value.kind in {"bucket", "counter"}:
        told = f"takes the `{name}` of {names}, which is a counter"
        faults.append(Fault(COUNTED, told, "take its `rate` or its `increase`"))
    needed = _SCRAPES * value.interval
    if value.window is not None and not value.ranged and value.window < needed:
        told = f"takes the `{name}` over {value.window:g} s"
        told += f", and {names} is scraped every {value.interval:g} s"
        faults.append(Fault(WINDOWED, told, f"look back for {needed:g}s or longer"))
    return faults


def _unbucketed(value: Value) -> list[Fault]:
    """Return what is wrong with a quantile of *value*."""
    names = listed(value.names)
    if value.labels is not None and "le" not in value.labels:
        told, rule = f"takes a quantile of {names} without `le`", BUCKETED
        fix = "name the buckets, `..._bucket`, and keep `le` where they are added up"
    elif value.kind in {"bucket", "counter"}:
        told, rule = f"takes a quantile of {names} since each process began", COUNTED
        fix = "take the `rate` of the buckets first"
    else:
        return []
    return [Fault(rule, told, fix)]


def _quantile(_values: list[Value], value: Value) -> Value:
    labels = None if value.labels is None else value.labels - {"le"}
    return replace(value, labels=labels, kind="quantile", gaps=True)


def _absent(_values: list[Value], value: Value) -> Value:
    """Return what `absent` gives: the labels that it was asked for by one value."""
    return Value(labels=value.equal, names=value.names, most=1.0)


def _labelled(values: list[Value], _value: Value) -> Value:
    labels = values[0].labels
    return replace(values[0], labels=None if labels is None else labels | {values[1].text})


def _joined(values: list[Value], _value: Value) -> Value:
    """Return what `info` gives: labels of a metric that nobody names."""
    return replace(values[0], labels=None)


def _vector(values: list[Value], _value: Value) -> Value:
    return Value(number=values[0].number)


def _scalar(values: list[Value], value: Value) -> Value:
    return Value(scalar=True, gaps=bool(values) and not value.scalar)


def _positive(values: list[Value], value: Value) -> Value:
    number = values[1].number
    return replace(value, positive=number is not None and number > 0)


_OWN: Mapping[str, Callable[[list[Value], Value], Value]] = MappingProxyType(
    {
        "absent": _absent,
        "absent_over_time": _absent,
        "clamp_min": _positive,
        "histogram_quantile": _quantile,
        "info": _joined,
        "label_join": _labelled,
        "label_replace": _labelled,
        "pi": _scalar,
        "scalar": _scalar,
        "time": _scalar,
        "vector": _vector,
    }
)
