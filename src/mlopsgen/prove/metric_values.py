"""What the Helm values of the charts say about monitoring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlopsgen.artifact import Artifact, Object
from mlopsgen.plan import Part

_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII)
_ALLOWED = re.compile(r"(?P<resource>\w+)=\[(?P<labels>[^\]]*)\]", re.ASCII)
_UNNAMED = re.compile(r"[^a-zA-Z0-9_]", re.ASCII)
_SELECTED = {"PodMonitor": "podMonitor", "ServiceMonitor": "serviceMonitor"}


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one chart, ours with the user's own laid over them."""

    values: Mapping[str, object]

    def at(self, path: str, default: object = None) -> object:
        """Return the value at the dotted *path*, or *default* where there is none."""
        node: object = self.values
        for step in path.split("."):
            if not isinstance(node, Mapping) or step not in node:
                return default
            node = node[step]
        return node


def values_of(artifacts: Iterable[Artifact], component: str) -> Values:
    """Return the values of *component*'s chart; none where it has no chart."""
    path = f"helm/{component}.yaml"
    for artifact in artifacts:
        if artifact.path == path and isinstance(artifact.body, Mapping):
            return Values(artifact.body)
    return Values({})


def seconds(written: object) -> float:
    """Return a duration of Prometheus in seconds; 0 where it says nothing or isn't one."""
    match = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        return 0.0
    hours, minutes, rest = (int(each or 0) for each in match.groups())
    return float(hours * 3600 + minutes * 60 + rest)


def copied(metric: str, values: Values) -> tuple[str, ...]:
    """Return the labels of objects that kube-state-metrics copies to *metric*, as it calls them.

    Those of nodes go to kube_node_labels where they are listed (kube-state-metrics v2.17.0
    internal/store/utils.go, mapToPrometheusLabels).
    """
    listed = values.at("kube-state-metrics.metricLabelsAllowlist", ())
    rows = [_ALLOWED.fullmatch(str(each)) for each in listed] if isinstance(listed, list) else []
    return tuple(
        f"label_{_UNNAMED.sub('_', label.strip())}"
        for row in rows
        if row and metric == f"kube_{row['resource'].removesuffix('s')}_labels"
        for label in row["labels"].split(",")
    )


def read_by_prometheus(document: Object, values: Values, prometheus: Part) -> str:
    """Return why Prometheus takes no notice of *document*; empty when it does.

    Without a selector of its own it reads all there are where `...NilUsesHelmValues` is false,
    and otherwise those with the label of its release (kube-prometheus-stack 79.12.0,
    templates/prometheus/prometheus.yaml).
    """
    kind = _SELECTED.get(document["kind"], "rule")
    labels = document["metadata"].get("labels") or {}
    release = prometheus.facts.release.name if prometheus.facts.release else ""
    spec = "prometheus.prometheusSpec"
    if values.at("prometheus.enabled", True) is False:
        return "`prometheus.enabled` in the Helm values is off"
    selector = values.at(f"{spec}.{kind}Selector.matchLabels")
    if isinstance(selector, Mapping) and selector:
        wanted = dict(selector)
    elif values.at(f"{spec}.{kind}SelectorNilUsesHelmValues", True) is False:
        wanted = {}
    else:
        wanted = {"release": release}
    for label, value in wanted.items():
        if labels.get(label) != value:
            return f"Prometheus reads only those with the label `{label}: {value}`"
    return ""
