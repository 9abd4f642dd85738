"""The alerts on the feature store: its server, and how old what it serves is."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.down import REPLICAS, down
from mlopsgen.emit.alerts.rows import Case, Query, number
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import endpoint

_AGE = "feast_feature_freshness_seconds"
_HOUR = 3600


def feature_server_down(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for a feature server of which no pod answers, or that isn't there at all."""
    part = plan.parts.get("feast")
    found = endpoint(part, _AGE)
    if part is None or found is None:
        return
    yield down(
        part,
        found.job,
        who="The feature server",
        effect="Models that ask it for features can't answer either.",
    )


def stale_features(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for feature views that were materialized too long ago.

    The youngest age counts: each pod measures by the registry that it has in memory.
    """
    part = plan.parts.get("feast")
    if part is None or endpoint(part, _AGE) is None:
        return
    labels = 'feature_view="orders", project="shop"'
    old, new = (f'{_AGE}{{{labels}, instance="{each}"}}' for each in REPLICAS)
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
