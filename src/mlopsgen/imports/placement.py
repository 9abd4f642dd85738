"""Pods as the originals write them, put on the pools that are built of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlopsgen.compiler import Draft
from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.imports import pipelines
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.models import container_of
from mlopsgen.imports.rules import UNPLACED
from mlopsgen.imports.tree import Json, inside, rows, strings
from mlopsgen.plan import Plan
from mlopsgen.prove import schedule_parts
from mlopsgen.prove.schedule_fit import Ground, ground
from mlopsgen.prove.schedule_nodes import addons, grounds
from mlopsgen.prove.schedule_pods import Form, asked, form

_FILLED_IN = {"cpu": "1", "memory": "2Gi"}
"""What KServe asks for where a model says nothing (0.16.0, inference_service_defaults.go)."""


def faults(manifests: Iterable[Manifest], draft: Draft) -> Iterator[Finding]:
    """Yield the pods that no pool takes; nothing where no pool is imported."""
    everything = tuple(manifests)
    if draft.plan is None or not any(one.kind == "NodePool" for one in everything):
        return
    there = _ground(draft, draft.plan)
    for one in everything:
        if one.kind == "InferenceService":
            spec = inside(one.body, "spec", "predictor")
            container = inside(spec, *container_of(spec))
            wanted = _form(spec, container, _FILLED_IN)
            yield from _homeless(one, ("spec", "predictor"), "the predictor", wanted, there)
        elif one.kind in pipelines.KINDS | {pipelines.SCHEDULED}:
            yield from _steps(one, there)


def _ground(draft: Draft, plan: Plan) -> Ground:
    helm = schedule_parts.values(draft.artifacts)
    parts = schedule_parts.of_parts(plan.parts, helm, addons(draft.artifacts))
    return ground(grounds(draft.artifacts), tuple(pod for pod in parts if pod.daemon))


def _steps(one: Manifest, there: Ground) -> Iterator[Finding]:
    where = pipelines.spec_of(one)
    whole = inside(one.body, *where)
    for index, template in rows(whole, "templates"):
        container = inside(template, "container") or inside(template, "script")
        if container:
            spec = {key: template.get(key) or whole.get(key) for key in _PLACING}
            path = (*where, "templates", index)
            who = f"the step `{template.get('name')}`"
            yield from _homeless(one, path, who, _form(spec, container, {}), there)


_PLACING = ("nodeSelector", "tolerations")


def _form(spec: Json, container: Json, filled_in: Mapping[str, str]) -> Form:
    """Return how a pod is placed: what is no text where text belongs is left out."""
    requests, limits = (strings(container, "resources", one) for one in ("requests", "limits"))
    resources = {"requests": {**filled_in, **limits, **requests}}
    tolerations: list[dict[str, Any]] = [
        {key: str(value) for key, value in row.items() if key in _TOLERATING}
        for _, row in rows(spec, "tolerations")
    ]
    pod = {"nodeSelector": strings(spec, "nodeSelector"), "tolerations": tolerations}
    return form(asked([{"resources": resources}]), pod)


_TOLERATING = frozenset({"effect", "key", "operator", "value"})


def _homeless(
    one: Manifest, path: SpecPath, who: str, wanted: Form, there: Ground
) -> Iterator[Finding]:
    if there.takes(wanted):
        return
    nearest = there.obstacles(wanted)[0]
    said = f"{who} of {one.title} runs in no pool; closest: {nearest.text}"
    yield UNPLACED.at(one.place(path), said, fix=nearest.reasons[0].fix)
