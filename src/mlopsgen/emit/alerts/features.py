"""The alerts on the feature store: its server, and how old what it serves is."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.rows import Case, Query, number
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import endpoint

_AGE = "feast_feature_freshness_seconds"
_REPLICAS = ("10.0.0.1:8000", "10.0.0.2:8000")
_HOUR = 3600


def feature_server_down(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for a feature server of which no pod answers, or that isn't there at all."""
    part = plan.parts.get("feast")
    found = endpoint(part, _AGE)
    if part is None or found is None:
        return
    labels = f'job="{found.job}", namespace="{part.namespace}"'
    where = {"job": found.job, "namespace": part.namespace}
    up = f"up{{{labels}}}"
    one, other = (f'up{{{labels}, instance="{each}"}}' for each in _REPLICAS)
    yield Query(
        expr=f"max by (job, namespace) ({up}) == 0 or absent({up})",
        summary="The feature server in {{ $labels.namespace }} doesn't answer",
        description="No pod of it answers Prometheus, or there is none. Models that ask it for"
        " features can't answer either.",
        cases=(
            Case("no pod answers", ((one, "0+0x{n}"), (other, "0+0x{n}")), where),
            Case("there is no pod", (), where),
            Case("one of two answers", ((one, "0+0x{n}"), (other, "1+0x{n}"))),
        ),
    )


def stale_features(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for feature views that were materialized too long ago.

    The youngest age counts: each pod measures by the registry that it has in memory.
    """
    part = plan.parts.get("feast")
    if part is None or endpoint(part, _AGE) is None:
        return
    labels = 'feature_view="orders", project="shop"'
    old, new = (f'{_AGE}{{{labels}, instance="{each}"}}' for each in _REPLICAS)
    more, less = f"{number(limit * 2)}+0x{{n}}", f"{number(limit / 2)}+0x{{n}}"
    where = {"feature_view": "orders", "project": "shop"}
    yield Query(
        expr=f"min by (feature_view, project) ({_AGE}) > {number(limit)}",
        summary="The features of {{ $labels.feature_view }} are"
        ' {{ printf "%.0f" $value }} seconds old',
        description="Models get values that were materialized that long ago; the limit is"
        f" {number(limit / _HOUR)} hours.",
        cases=(
            Case("a view is too old", ((old, more),), where, limit * 2),
            Case("a view is young enough", ((old, less),)),
            Case("one pod has seen a newer run", ((old, more), (new, less))),
        ),
    )
