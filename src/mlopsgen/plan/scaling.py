"""Autoscaling: who changes a model's number of replicas, and what is asked for it.

An HPA sees CPU and memory. Everything else is KEDA's, which asks Prometheus and divides the answer
by the replicas: KServe hands on no type for the target, and KEDA then takes it for an average
(kserve 0.16.0 reconcilers/keda/keda_reconciler.go, keda 2.18.1 pkg/scalers/scaler.go). So what is
asked for is always a sum over the replicas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mlopsgen.facts.metrics import scraped
from mlopsgen.plan.metering import MODEL
from mlopsgen.plan.model import Part, Served
from mlopsgen.plan.parts import address
from mlopsgen.spec import RESOURCE_METRICS

_WINDOW = "2m"
"""Rates are taken over it: four scrapes at the operator's 30 seconds. Replicas take longer to
start, so that each minute of looking back is a minute of waiting."""

_COUNTERS = ("_total", "_count", "_sum")
"""What the names of counters end with, those of a histogram among them, by the conventions of
Prometheus (https://prometheus.io/docs/practices/naming/)."""

_DEFAULT_TARGET = 70
"""Percent of CPU or memory: the rest is for requests that come while a replica starts."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What KEDA asks, whom, and the value that a replica is kept at."""

    server: str
    query: str
    target: str


@dataclass(frozen=True, slots=True)
class Scaling:
    """How the number of replicas is decided."""

    autoscaler: Literal["hpa", "keda", "none"]
    percent: int | None = None
    """Of the HPA's metric."""

    trigger: Trigger | None = None


def scaling(served: Served, parts: Mapping[str, Part]) -> Scaling:
    """Return how *served* scales; the rules made sure that its metric is one that it emits."""
    scale = served.spec.scale
    if scale.max <= scale.min or (served.canary and served.within):
        return Scaling("none")
    target = scale.target or _DEFAULT_TARGET
    if scale.metric in RESOURCE_METRICS:
        return Scaling("hpa", percent=int(target))
    server = address(parts["prometheus"], "prometheus")
    return Scaling("keda", trigger=Trigger(server, query(served), f"{target:.10g}"))


def query(served: Served) -> str:
    """Return what Prometheus is asked for: the metric of all replicas together.

    Without any series the sum is empty, which KEDA takes for 0; it is never NaN.
    """
    metric = served.spec.scale.metric
    where = f'{metric}{{namespace="{served.namespace}", {MODEL}="{served.name}"}}'
    return f"sum(rate({where}[{_WINDOW}]))" if _counts(served, metric) else f"sum({where})"


def _counts(served: Served, metric: str) -> bool:
    """Say whether *metric* only ever grows; of a user's own server nothing but the name tells."""
    names = served.runtime.metrics.names if served.runtime.metrics else {}
    if served.spec.container and metric not in names:
        return metric.endswith(_COUNTERS)
    return scraped(names)[metric].type == "counter"
