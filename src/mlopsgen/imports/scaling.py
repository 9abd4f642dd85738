"""Autoscalers that stand beside an InferenceService, into the scale of its model."""

from __future__ import annotations

from collections.abc import Mapping

from mlopsgen.diagnostics import SpecPath
from mlopsgen.imports.fragment import Fragment, Spot
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.models import triggered
from mlopsgen.imports.tree import number, rows, text
from mlopsgen.names import PREDICTOR_SUFFIX
from mlopsgen.spec.models import RESOURCE_METRICS

_BOUNDS = {
    "HorizontalPodAutoscaler": ("minReplicas", "maxReplicas"),
    "ScaledObject": ("minReplicaCount", "maxReplicaCount"),
}
KINDS = frozenset(_BOUNDS)


def scaled_model(manifest: Manifest) -> str:
    """Return the model whose Deployment *manifest*, an autoscaler, changes; empty for none."""
    return text(manifest.body, "spec", "scaleTargetRef", "name").removesuffix(PREDICTOR_SUFFIX)


def autoscaler(manifest: Manifest, models: Mapping[str, Manifest], into: Fragment) -> None:
    """Put what *manifest* says about the replicas of one of *models*."""
    name = scaled_model(manifest)
    if name not in models:
        why = "it scales no model that is imported"
        into.note(manifest, ("spec", "scaleTargetRef"), why)
        return
    here: SpecPath = ("models", name, "scale")
    low, high = _BOUNDS[manifest.kind]
    for key, word in ((low, "min"), (high, "max")):
        count = number(manifest.body, "spec", key)
        if count is not None:
            into.put((*here, word), count, Spot(manifest, ("spec", key)))
    into.carry(manifest, ("spec", "scaleTargetRef"))
    for index, row in rows(manifest.body, "spec", "metrics"):
        route: SpecPath = ("spec", "metrics", index, "resource")
        metric = text(row, "resource", "name")
        percent = number(row, "resource", "target", "averageUtilization")
        if metric in RESOURCE_METRICS and percent is not None:
            into.put((*here, "metric"), metric, Spot(manifest, (*route, "name")))
            spot = Spot(manifest, (*route, "target", "averageUtilization"))
            into.put((*here, "target"), percent, spot)
            into.carry(manifest, (*route, "target", "type"))
    for index, row in rows(manifest.body, "spec", "triggers"):
        if text(row, "type") == "prometheus":
            there: SpecPath = ("spec", "triggers", index, "metadata")
            asked = (text(row, "metadata", "query"), text(row, "metadata", "threshold") or None)
            routes = ((*there, "query"), (*there, "threshold"))
            triggered(manifest, here, asked, into, routes)
