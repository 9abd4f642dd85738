"""What models are given, and where requests for them go, as platform.yaml says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.plan import Served
from mlopsgen.plan.endpoints import joints
from mlopsgen.prove.emitted import Emitted, Named

Row = tuple[Named, str, Any, Any, str]
"""An object, what of it, what it says, what it has to say, and why."""

_WHOLE = 100
_TEMPLATES = ("{", "$")
"""In what users write these are changed, so that neither Kubernetes nor KServe replaces it."""


def told(emitted: Emitted) -> Iterator[Row]:
    """Yield everything that models and ways to them are told."""
    served = {(each.namespace, each.name): each for each in emitted.plan.served}
    for found in emitted.objects.of("InferenceService"):
        if model := served.get((found.namespace, found.name)):
            yield from _scaled(found, model)
            yield from _given(found, model)
    yield from _routed(emitted)
    yield from _joined(emitted)


def _scaled(found: Named, served: Served) -> Iterator[Row]:
    for part in ("predictor", "transformer"):
        metric = found.spec.get(part, {}).get("scaleMetric")
        if metric is not None:
            why = "replicas come and go with what nobody asked for"
            yield found, f"what its {part} scales on", metric, served.spec.scale.metric, why


def _given(found: Named, served: Served) -> Iterator[Row]:
    predictor = found.spec["predictor"]
    container = predictor.get("model") or predictor["containers"][0]
    rows = {row["name"]: row.get("value") for row in container.get("env", ())}
    own = {
        name: value
        for name, value in served.spec.env.items()
        if not any(each in value for each in _TEMPLATES)
    }
    is_ = {name: rows.get(name) for name in own}
    yield found, "the variables that it is given", is_, own, "its server is told something else"


def _routed(emitted: Emitted) -> Iterator[Row]:
    """Yield how requests are split behind a gateway."""
    routes = {(each.namespace, each.name): each for each in emitted.objects.of("HTTPRoute")}
    canaries = {each.model: each for each in emitted.plan.served if each.canary}
    for served in emitted.plan.served:
        way = served.spec.exposure
        found = routes.get((served.namespace, served.model))
        if served.canary or way is None or way.gateway is None or found is None:
            continue
        canary = None if served.spec.stopped else canaries.get(served.model)
        wanted = {served.service: served.weight if canary else _WHOLE}
        if canary:
            wanted[canary.service] = canary.weight
        why = "a version gets more requests than it was to, or another model gets them"
        for rule in found.spec.get("rules", ()):
            chosen = any("headers" in match for match in rule.get("matches", ()))
            alone = {canary.service: _WHOLE} if canary else {}
            yield (
                found,
                "whom it sends requests to",
                _shares(rule),
                alone if chosen else wanted,
                why,
            )


def _shares(rule: Mapping[str, Any]) -> dict[str, int]:
    return {each["name"]: each.get("weight", 1) for each in rule.get("backendRefs", ())}


def _joined(emitted: Emitted) -> Iterator[Row]:
    """Yield the Services behind the paths and headers of an endpoint."""
    routes = {(each.namespace, each.name): each for each in emitted.objects.of("HTTPRoute")}
    for joint in joints(emitted.plan):
        found = routes.get((joint.namespace, joint.name))
        if found is None:
            continue
        models = {each.model for each in joint.members}
        services = {each.service for each in emitted.plan.served if each.model in models}
        is_ = {name for rule in found.spec.get("rules", ()) for name in _shares(rule)}
        yield found, "whom it sends requests to", is_, services, "some of its models get none"
        split = {sum(_shares(rule).values()) for rule in found.spec.get("rules", ())}
        why = "a version gets more requests than it was to"
        yield found, "the sum of the weights of each rule", split, {_WHOLE}, why
