"""Which series Prometheus has: what emits a metric, with which labels, and how often it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mlopsgen.artifact import Artifact
from mlopsgen.facts.components import Endpoint
from mlopsgen.facts.metrics import SCRAPE_SECONDS, Metric
from mlopsgen.plan import Part, Plan, Served
from mlopsgen.plan.metering import stored
from mlopsgen.prove.metric_targets import Monitor, Target, component_target, model_target
from mlopsgen.prove.metric_values import Values, copied, read_by_prometheus, seconds, values_of

TARGET_LABELS = frozenset({"container", "endpoint", "instance", "job", "namespace", "pod"})
"""What prometheus-operator 0.86.2 puts on every series (pkg/prometheus/promcfg.go)."""

_OF_SERVICES = frozenset({"service"})
_OF_NODES = frozenset({"metrics_path", "node", "service"})
_PARTS: Mapping[str, tuple[tuple[str, str, frozenset[str]], ...]] = {
    "counter": (("", "counter", frozenset()),),
    "gauge": (("", "gauge", frozenset()),),
    "histogram": (
        ("_bucket", "bucket", frozenset({"le"})),
        ("_sum", "counter", frozenset()),
        ("_count", "counter", frozenset()),
    ),
    "summary": (
        ("", "gauge", frozenset({"quantile"})),
        ("_sum", "counter", frozenset()),
        ("_count", "counter", frozenset()),
    ),
}
"""What a metric of each type is scraped as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The series of one name from targets of one kind."""

    owner: str
    """Who emits them, as a message names it."""

    kind: str
    labels: frozenset[str] | None
    """None where they may have any."""

    fixed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The values of those labels that have the same ones at every time."""

    interval: float = SCRAPE_SECONDS
    """Seconds."""

    most: float | None = None
    unread: str = ""
    """Why Prometheus doesn't have them; empty when it has."""

    others: bool = False
    """Whether they are of any target that isn't known."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that Prometheus is asked for can be held against."""

    series: dict[str, tuple[Series, ...]]
    other_names: Mapping[str, str]
    """Names that other versions of what is installed have, with those of these versions."""

    opaque: tuple[Mapping[str, frozenset[str]], ...]
    """Targets whose metrics only their users know, by the labels that tell them."""

    interval: float
    experimental: bool
    """Whether Prometheus takes functions that are still experiments."""

    idle: tuple[tuple[Artifact, str], ...]
    """Monitors that find nothing, and why."""


@dataclass(frozen=True, slots=True)
class _Scrapes:
    """What is asked for metrics, and what was found to be scraped."""

    artifacts: tuple[Artifact, ...]
    monitors: tuple[Monitor, ...]
    interval: float
    targets: list[Series]
    """A series that stands for all of a kind of targets."""

    opaque: list[Mapping[str, frozenset[str]]]


def world(plan: Plan, artifacts: tuple[Artifact, ...]) -> World:
    """Return what *plan*'s Prometheus has when *artifacts* are applied."""
    prometheus = plan.parts["prometheus"]
    values = values_of(artifacts, "prometheus")
    interval = seconds(values.at("prometheus.prometheusSpec.scrapeInterval")) or SCRAPE_SECONDS
    monitors = tuple(
        Monitor.of(artifact, document, read_by_prometheus(document, values, prometheus))
        for artifact in artifacts
        for document in artifact.objects
        if document["kind"] in {"PodMonitor", "ServiceMonitor"}
    )
    scrapes = _Scrapes(artifacts, monitors, interval, [], [])
    found: dict[str, list[Series]] = {}
    for name, series in (*_of_components(plan, scrapes), *_of_models(plan, scrapes)):
        found.setdefault(name, []).append(series)
    for name, series in _synthetic(prometheus, scrapes):
        found.setdefault(name, []).append(series)
    features = values.at("prometheus.prometheusSpec.enableFeatures")
    return World(
        {name: tuple(each) for name, each in found.items()},
        _other_names(plan),
        tuple(scrapes.opaque),
        interval,
        isinstance(features, (list, tuple)) and "promql-experimental-functions" in features,
        tuple((each.artifact, each.idle) for each in monitors if each.idle),
    )


def _other_names(plan: Plan) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in plan.parts.values():
        for endpoint in part.facts.metrics:
            found |= endpoint.other_names
    for served in plan.served:
        found |= served.runtime.metrics.other_names if served.runtime.metrics else {}
    return found


def _of_components(plan: Plan, scrapes: _Scrapes) -> Iterator[tuple[str, Series]]:
    for part in plan.parts.values():
        values = values_of(scrapes.artifacts, part.name) if part.facts.metrics else Values({})
        for endpoint in part.facts.metrics:
            fixed, often, unread = _scraped(part, endpoint, values, scrapes)
            places = _OF_SERVICES if endpoint.workload else _OF_NODES
            like = Series(
                owner=f"`{part.name}`",
                kind="gauge",
                labels=TARGET_LABELS | places,
                fixed=fixed,
                interval=often,
                unread=unread,
            )
            scrapes.targets.append(like)
            for name, metric in endpoint.names.items():
                asked = metric.labels + copied(name, values)
                own = frozenset(stored(endpoint, label) for label in asked)
                kept = {k: v for k, v in fixed.items() if k not in own or not endpoint.honor_labels}
                labels = TARGET_LABELS | places | own
                yield from scraped_as(name, metric, replace(like, labels=labels, fixed=kept))


def _scraped(
    part: Part, endpoint: Endpoint, values: Values, scrapes: _Scrapes
) -> tuple[Mapping[str, frozenset[str]], float, str]:
    """Return the fixed labels of an endpoint's series, how often it is read, or why it isn't."""
    fixed, interval = {"job": frozenset({endpoint.job})}, scrapes.interval
    if endpoint.workload:
        fixed["namespace"] = frozenset({part.namespace})
    own_chart = part.owner == "argocd" or part.name == "prometheus"
    if endpoint.monitor == "chart" and own_chart:
        for switch, default in endpoint.switches.items():
            if values.at(switch, default) is not True:
                return fixed, interval, f"`{switch}` in its Helm values is off"
        own = interval if endpoint.interval == SCRAPE_SECONDS else endpoint.interval
        given = (values.at(f"{one.removesuffix('enabled')}interval") for one in endpoint.switches)
        return fixed, next(filter(None, map(seconds, given)), own), ""
    monitor, unread = _reads(scrapes.monitors, component_target(part, endpoint))
    if monitor and (job := monitor.replacement("job")):
        fixed["job"] = frozenset({job})
    return fixed, (monitor.interval if monitor else 0) or interval, unread


def _of_models(plan: Plan, scrapes: _Scrapes) -> Iterator[tuple[str, Series]]:
    """Yield the series of models; those of a runtime that are read alike are one."""
    services = {
        (document["metadata"]["namespace"], document["metadata"]["name"]): document
        for artifact in scrapes.artifacts
        for document in artifact.objects
        if document["kind"] == "InferenceService"
    }
    seen: dict[tuple[str, str, float, str], tuple[Served, dict[str, set[str]]]] = {}
    for served in plan.served:
        place = (served.namespace, served.model if served.within else served.name)
        if served.runtime.metrics is None or place not in services:
            continue
        target = model_target(served, services[place])
        monitor, unread = _reads(scrapes.monitors, target)
        often = (monitor.interval if monitor else 0) or scrapes.interval
        own = served.name if served.spec.container else ""
        _, values = seen.setdefault((served.spec.runtime, own, often, unread), (served, {}))
        added = monitor.added(target) if monitor else {}
        job = monitor.job if monitor else ""
        for label, value in {"namespace": served.namespace, "job": job, **added}.items():
            values.setdefault(label, set()).add(value)
    for (name, own, often, unread), (served, values) in seen.items():
        fixed = {label: frozenset(each) for label, each in values.items()}
        like = Series(
            owner=f"models on `{name}`",
            kind="gauge",
            labels=TARGET_LABELS | fixed.keys(),
            fixed=fixed,
            interval=often,
            unread=unread,
        )
        scrapes.targets.append(like)
        if own and not unread:
            scrapes.opaque.append(fixed)
        names = served.runtime.metrics.names if served.runtime.metrics else {}
        for metric, facts in names.items():
            labels = TARGET_LABELS | fixed.keys() | frozenset(facts.labels)
            yield from scraped_as(metric, facts, replace(like, labels=labels))


def _reads(monitors: tuple[Monitor, ...], target: Target) -> tuple[Monitor | None, str]:
    """Return the monitor that scrapes *target*, or None, and why it isn't scraped."""
    nearest = "no monitor asks for it"
    for monitor in monitors:
        missing = monitor.misses(target)
        if not missing:
            return monitor, monitor.unread
        if monitor.meant_for(target):
            nearest = missing
    return None, nearest


def scraped_as(name: str, metric: Metric, like: Series) -> Iterator[tuple[str, Series]]:
    """Yield the series that *metric* is scraped as, otherwise *like* the one given."""
    for suffix, kind, extra in _PARTS[metric.type]:
        most = metric.most if kind in {"bucket", "gauge"} else None
        labels = None if like.labels is None else like.labels | extra
        yield f"{name}{suffix}", replace(like, kind=kind, labels=labels, most=most)


def _synthetic(prometheus: Part, scrapes: _Scrapes) -> Iterator[tuple[str, Series]]:
    """Yield the series that Prometheus writes itself: of each target, and of alerts."""
    anything = Series(owner="Prometheus", kind="gauge", labels=None, interval=scrapes.interval)
    facts = prometheus.facts.synthetic
    for name, metric in (facts.names if facts else {}).items():
        if "alertname" in metric.labels:
            yield name, anything
            continue
        for target in scrapes.targets:
            labels = (target.labels or frozenset()) | frozenset(metric.labels)
            yield name, replace(target, labels=labels, most=metric.most)
        labels = TARGET_LABELS | _OF_NODES | frozenset(metric.labels)
        yield name, replace(anything, labels=labels, most=metric.most, others=True)
