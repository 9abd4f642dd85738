"""Which pods a monitor scrapes: namespaces, labels, port, path and the labels that it adds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.facts.components import Endpoint
from mlopsgen.names import APP_LABEL, INFERENCE_SERVICE_LABEL, predictor_app
from mlopsgen.plan import Part, Served
from mlopsgen.prove.metric_values import seconds

_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a file of each pod
_POD_LABEL = "__meta_kubernetes_pod_label_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Pods that show metrics, as monitors can find them."""

    called: str
    namespace: str
    pod_labels: Mapping[str, str]
    pod_ports: Mapping[str, int]
    service_labels: Mapping[str, str]
    service_ports: Mapping[str, int]
    """Numbers of the container's ports, by the names that the Service gives them."""

    port: int
    path: str
    token: bool = False
    scheme: str = "http"
    honored: bool | None = None
    """Whether labels that it gives itself count; None where nothing depends on it."""

    job: str = ""
    """What its series are called after; empty where any name will do."""


@dataclass(slots=True)
class Monitor:
    """A PodMonitor or ServiceMonitor."""

    artifact: Artifact
    kind: str
    name: str
    """With its namespace in front."""

    namespaces: frozenset[str]
    selected: Mapping[str, str]
    endpoint: Mapping[str, Any]
    unread: str
    """Why Prometheus takes no notice of it."""

    idle: str = "it finds no pods"
    """Why it scrapes nothing; empty once it has found something."""

    @classmethod
    def of(cls, artifact: Artifact, document: Object, unread: str) -> Monitor:
        """Return the monitor in *document*; *unread* is why Prometheus passes over it."""
        spec = document["spec"]
        [endpoint, *_] = spec.get("podMetricsEndpoints") or spec.get("endpoints") or [{}]
        names = (spec.get("namespaceSelector") or {}).get("matchNames")
        found = names or [document["metadata"]["namespace"]]
        selected = (spec.get("selector") or {}).get("matchLabels") or {}
        kind = document["kind"]
        name = f"{document['metadata']['namespace']}/{document['metadata']['name']}"
        monitor = cls(artifact, kind, name, frozenset(found), selected, endpoint, unread)
        monitor.idle = unread or monitor.idle
        return monitor

    @property
    def interval(self) -> float:
        """Seconds between scrapes; 0 where Prometheus' own counts."""
        return seconds(self.endpoint.get("interval"))

    @property
    def job(self) -> str:
        """The `job` of what it scrapes, unless a relabelling of it says otherwise.

        Of a PodMonitor, that is; a ServiceMonitor takes the name of the Service
        (prometheus-operator 0.86.2, pkg/prometheus/promcfg.go).
        """
        return self.replacement("job") or self.name

    def misses(self, target: Target) -> str:
        """Return why it doesn't scrape *target*; empty when it does, which it remembers."""
        of_pods = self.kind == "PodMonitor"
        labels = target.pod_labels if of_pods else target.service_labels
        ports = target.pod_ports if of_pods else target.service_ports
        why = self._passes(target, labels) or self._port(target, ports)
        if not why:
            self.idle = self.unread
        elif self.idle and self.meant_for(target):
            self.idle = self.unread or why
        return why

    def _passes(self, target: Target, labels: Mapping[str, str]) -> str:
        if target.namespace not in self.namespaces:
            spaces = ", ".join(f"`{each}`" for each in sorted(self.namespaces))
            return (
                f"its monitor looks into {spaces}, and {target.called} is in `{target.namespace}`"
            )
        for label, value in self.selected.items():
            if labels.get(label) != value:
                has = f"`{label}: {labels[label]}`" if label in labels else f"no label `{label}`"
                return f"its monitor selects `{label}: {value}`, and {target.called} has {has}"
        return "" if self.selected else "its monitor selects by no label"

    def _port(self, target: Target, ports: Mapping[str, int]) -> str:
        name, number = self.endpoint.get("port"), self.endpoint.get("targetPort")
        found = ports.get(name) if isinstance(name, str) else number
        if found is None:
            known = ", ".join(f"`{each}`" for each in ports)
            return f"its monitor asks for the port `{name}`, and {target.called} has {known}"
        if found != target.port:
            return f"its monitor asks port {found}, and the metrics are on {target.port}"
        path = self.endpoint.get("path") or "/metrics"
        if path != target.path:
            return f"its monitor asks for `{path}`, and the metrics are at `{target.path}`"
        return self._entry(target)

    def _entry(self, target: Target) -> str:
        """Return why *target* doesn't let it in, or is kept under another name."""
        if target.token and self.endpoint.get("bearerTokenFile") != _TOKEN:
            return f"its monitor shows no token, and {target.called} asks for one"
        scheme = self.endpoint.get("scheme") or "http"
        if scheme != target.scheme:
            return f"its monitor speaks {scheme}, and {target.called} {target.scheme}"
        if target.honored is not None and target.honored != bool(self.endpoint.get("honorLabels")):
            keeps = "its own labels" if target.honored else "those that Prometheus gives"
            return f"its monitor mixes up whose labels count: {target.called} is read by {keeps}"
        if self.kind == "PodMonitor" and target.job and self.job != target.job:
            return f"its monitor calls it `{self.job}`, and what reads the metrics `{target.job}`"
        return ""

    def meant_for(self, target: Target) -> bool:
        """Say whether *target* is what it was probably written for: all but one thing fits."""
        labels = target.pod_labels if self.kind == "PodMonitor" else target.service_labels
        wrong = sum(labels.get(label) != value for label, value in self.selected.items())
        wrong += target.namespace not in self.namespaces
        return wrong == 0 or (wrong == 1 and len(self.selected) + 1 > wrong)

    def replacement(self, label: str) -> str:
        """Return the constant that a relabelling makes of *label*, if one does."""
        for each in self.endpoint.get("relabelings") or ():
            if each.get("targetLabel") == label and not each.get("sourceLabels"):
                return str(each.get("replacement", ""))
        return ""

    def added(self, target: Target) -> dict[str, str]:
        """Return the labels that its relabellings put on the series of *target*."""
        meta = {_meta(label): value for label, value in target.pod_labels.items()}
        found: dict[str, str] = {}
        for each in self.endpoint.get("relabelings") or ():
            sources = each.get("sourceLabels") or ()
            text = ";".join(meta.get(source, "") for source in sources)
            match = re.fullmatch(each.get("regex") or "(.*)", text)
            if each.get("action", "replace") == "replace" and sources and match and match[1]:
                found[each.get("targetLabel", "")] = match[1]
        return found


@cache
def _meta(label: str) -> str:
    """Return what Prometheus calls a pod's *label* before relabelling."""
    return _POD_LABEL + "".join(each if each.isalnum() else "_" for each in label)


def component_target(part: Part, endpoint: Endpoint) -> Target:
    """Return the pods of *part* that have *endpoint*."""
    workload = part.facts.workloads[endpoint.workload]
    service = part.facts.services.get(endpoint.job)
    ports = {each.name: each.target_port for each in service.ports} if service else {}
    return Target(
        called=f"`{part.name}`",
        namespace=part.namespace,
        pod_labels=workload.labels,
        pod_ports=workload.ports,
        service_labels=service.labels if service else {},
        service_ports=ports,
        port=workload.ports[endpoint.port],
        path=endpoint.path,
        token=endpoint.auth == "token",
        scheme=endpoint.scheme,
        job=endpoint.job,
        honored=endpoint.honor_labels,
    )


def model_target(served: Served, service: Object) -> Target:
    """Return the pods of *served*, which the InferenceService *service* makes.

    KServe puts the labels of the InferenceService on its pods, and two of its own (0.16.0,
    pkg/controller/v1beta1/inferenceservice/components/predictor.go).
    """
    predictor = service["spec"]["predictor"]
    container = predictor.get("model") or predictor["containers"][0]
    ports = {each["name"]: each["containerPort"] for each in container.get("ports") or ()}
    metadata = service["metadata"]
    own = {
        INFERENCE_SERVICE_LABEL: metadata["name"],
        APP_LABEL: predictor_app(served.name),
    }
    metrics = served.runtime.metrics
    return Target(
        called=f"`{served.name}`",
        namespace=metadata["namespace"],
        pod_labels={**metadata["labels"], **(predictor.get("labels") or {}), **own},
        pod_ports=ports,
        service_labels={},
        service_ports={},
        port=metrics.port if metrics else 0,
        path=served.runtime.paths.metrics,
    )
