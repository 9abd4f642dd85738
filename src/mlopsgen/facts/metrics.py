"""What a component can be asked for by Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mlopsgen.facts.reading import Fact, Items, Sourced

SCRAPE_SECONDS = 30
"""Between two scrapes where the monitor doesn't say: what prometheus-operator 0.86.2 configures
(pkg/apis/monitoring/v1/prometheus_types.go, ScrapeInterval)."""


class Metric(Fact):
    """A metric worth an alert or a panel; `labels` are its own, not those added by the scrape."""

    type: Literal["counter", "gauge", "histogram", "summary"]
    labels: Items[str] = ()
    when: str = ""
    """The condition under which it exists; empty when it always does."""

    most: float | None = None
    """The highest value it can have; of a histogram the highest bound below infinity, which no
    quantile is above. None where there is none, or none is known."""

    bounds: Items[float] = ()
    """The bounds of a histogram's buckets below infinity; empty where they aren't known."""


def scraped(names: Mapping[str, Metric]) -> dict[str, Metric]:
    """Return what is scraped as one number of a server: gauges and counters.

    A histogram or summary `x` is scraped as many, two of which are counters: `x_count` of what
    was observed, and `x_sum` of all that was observed together.
    """
    found: dict[str, Metric] = {}
    for name, metric in names.items():
        if metric.type in ("gauge", "counter"):
            found[name] = metric
            continue
        for part in ("count", "sum"):
            found[f"{name}_{part}"] = metric.model_copy(update={"type": "counter"})
    return found


class Endpoint(Sourced):
    """A metrics endpoint and who makes Prometheus scrape it.

    A histogram `x` is scraped as `x_bucket`, `x_sum` and `x_count`, with `le` on the buckets.
    """

    workload: str = ""
    """Empty for the kubelet, which runs on every node and belongs to no workload."""

    port: str
    """Name of the container port."""

    monitor: Literal["chart", "ours"]
    """`chart`: the chart makes the ServiceMonitor or PodMonitor when its values say so."""

    job: str
    """The `job` label of the scraped series."""

    switches: Mapping[str, bool] = {}
    """The Helm values that all have to be true for the chart's monitor, with their defaults."""

    interval: int = SCRAPE_SECONDS
    """Seconds between two scrapes where the chart's monitor decides."""

    other_names: Mapping[str, str] = {}
    """What other versions call a metric, with its name in this one."""

    path: str = "/metrics"
    scheme: Literal["http", "https"] = "http"
    auth: Literal["none", "token"] = "none"
    """`token`: the scraper shows a service account token that may get /metrics."""

    honor_labels: bool = False
    """False: Prometheus renames a metric's own `namespace`, `pod`, `container` to exported_*."""

    names: Mapping[str, Metric] = {}


class Synthetic(Sourced):
    """Series that Prometheus itself writes, for every target or every alert."""

    names: Mapping[str, Metric]
