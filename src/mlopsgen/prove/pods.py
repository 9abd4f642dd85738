"""The pods that come of what was emitted: their labels, ports, containers and volumes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen import names
from mlopsgen.artifact import Object
from mlopsgen.prove.emitted import Emitted, Named

_BUS = {"controller": "eventbus-controller"}
"""On the pods of an EventBus, with its name (argo-events 1.9.9 pkg/reconciler/eventbus)."""


@dataclass(frozen=True, slots=True)
class Pod:
    """The pods of one workload; `spec` is what a user may write of a pod."""

    owner: Named
    namespace: str
    labels: Mapping[str, str]
    spec: Object

    def containers(self) -> Iterator[Object]:
        """Yield its containers; KServe's `model` is one."""
        yield from self.spec.get("initContainers", ())
        yield from self.spec.get("containers", ())
        for key in ("container", "model"):
            if key in self.spec:
                yield self.spec[key]

    def ports(self) -> set[str | int]:
        """Return the ports that it declares, by name and by number."""
        rows = [row for each in self.containers() for row in each.get("ports", ())]
        found: set[str | int] = {row["containerPort"] for row in rows}
        return found | {row["name"] for row in rows if "name" in row}


def pods(emitted: Emitted) -> Iterator[Pod]:
    """Yield the pods of every object that makes some."""
    for found in emitted.objects.of("InferenceService"):
        yield from _served(found)
    for found in emitted.objects.of("Deployment"):
        template = found.spec["template"]
        yield Pod(found, found.namespace, template["metadata"]["labels"], template["spec"])
    for found in emitted.objects.of("WorkflowTemplate"):
        labels = found.spec.get("podMetadata", {}).get("labels", {})
        for template in found.spec.get("templates", ()):
            if "container" in template:
                yield Pod(found, found.namespace, labels, template)
    for found in emitted.objects.of("EventSource", "Sensor"):
        yield Pod(found, found.namespace, {}, found.spec["template"])
    for found in emitted.objects.of("EventBus"):
        labels = {**_BUS, "eventbus-name": found.name}
        yield Pod(found, found.namespace, labels, found.spec["jetstream"])


def _served(found: Named) -> Iterator[Pod]:
    """Yield the pods of an InferenceService, which have its labels and some of KServe's."""
    labels: dict[str, str] = {**found.body["metadata"]["labels"]}
    labels[names.INFERENCE_SERVICE_LABEL] = found.name
    parts = [(names.predictor_app(found.name), found.spec["predictor"])]
    if "transformer" in found.spec:
        parts.append((names.transformer_app(found.name), found.spec["transformer"]))
    for each in found.spec.get("canary", ()):
        # It inherits what it leaves out.
        inherited = {**found.spec["predictor"], **each["predictor"]}
        parts.append((names.predictor_app(names.canary(found.name)), inherited))
    for app, spec in parts:
        yield Pod(found, found.namespace, {**labels, names.APP_LABEL: app}, spec)


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Say whether the `matchLabels` of *selector* are all among *labels*."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
