"""Series that no component emits: those that users declare, and those that rules record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlopsgen.facts.metrics import Metric
from mlopsgen.prove.metric_sources import TARGET_LABELS, Series, World, scraped_as
from mlopsgen.prove.promql_values import Value
from mlopsgen.spec import DeclaredMetric

_KINDS = frozenset({"bucket", "counter", "gauge"})


def declared(world: World, metrics: Mapping[str, DeclaredMetric]) -> World:
    """Return *world* with the *metrics* that users say are there."""
    found = dict(world.series)
    for name, metric in metrics.items():
        labels = frozenset(metric.labels) | TARGET_LABELS | {"service"}
        said = Metric(type=metric.type, labels=metric.labels)
        for each, series in scraped_as(
            name,
            said,
            Series(owner="`alerts.metrics`", kind="", labels=labels, interval=world.interval),
        ):
            found[each] = (*found.get(each, ()), series)
    return replace(world, series=found)


def recorded(world: World, name: str, value: Value, added: Mapping[str, str]) -> World:
    """Return *world* with the series that a rule keeps under *name*."""
    labels = None if value.labels is None else value.labels | set(added)
    kind = value.kind if value.kind in _KINDS else "gauge"
    series = Series(
        owner="a recording rule",
        kind=kind,
        labels=labels,
        interval=world.interval,
        most=value.most,
    )
    found = (*world.series.get(name, ()), series)
    return replace(world, series={**world.series, name: found})
