"""What was wrong with manifests as they are written, before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlopsgen.compiler import Draft
from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.imports import fields, placement, questions, reach, scaling
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.models import container_of
from mlopsgen.imports.rules import FLOATING, HALF_ASKED, TUGGED, UNPROBED
from mlopsgen.imports.tree import inside, rows, text
from mlopsgen.lock import reference

_GPU = "nvidia.com/gpu"
_PREDICTOR: SpecPath = ("spec", "predictor")
_EXTERNAL = "serving.kserve.io/autoscalerClass"
_ANSWERING = "startupProbe", "readinessProbe"


def faults(manifests: Iterable[Manifest], draft: Draft, namespace: str) -> Iterator[Finding]:
    """Yield what is wrong with *manifests*; *draft* is what was built of them."""
    everything = tuple(manifests)
    served = {one.name: one for one in everything if one.kind == "InferenceService"}
    for one in everything:
        yield from _containers(one)
        yield from fields.faults(one)
        if one.kind == "InferenceService":
            yield from _serving(one)
        if one.kind in scaling.KINDS:
            yield from _scaling(one, served)
    yield from placement.faults(everything, draft)
    yield from questions.faults(everything, draft)
    yield from reach.faults(everything, draft, namespace)


def _containers(one: Manifest) -> Iterator[Finding]:
    """Yield the containers of *one* whose image may be another one tomorrow."""
    for path, container in _programs(one):
        image = text(container, "image")
        found = reference(image)
        if not image or found is None or found.digest or (found.tag and found.tag != "latest"):
            continue
        what = "with the tag `latest`" if found.tag else "without a tag"
        said = f"{one.title} runs `{image}`, {what}"
        fix = "write the tag of a release"
        yield FLOATING.at(one.place((*path, "image")), said, fix=fix)


def _programs(one: Manifest) -> Iterator[tuple[SpecPath, Mapping[str, object]]]:
    """Yield the containers of a model or a workflow."""
    if one.kind == "InferenceService":
        for part in ("predictor", "transformer"):
            for index, row in rows(one.body, "spec", part, "containers"):
                yield ("spec", part, "containers", index), row
    for spec in (("spec",), ("spec", "workflowSpec")):
        for index, template in rows(one.body, *spec, "templates"):
            for kind in ("container", "script"):
                if row := inside(template, kind):
                    yield (*spec, "templates", index, kind), row


def _serving(one: Manifest) -> Iterator[Finding]:
    """Yield what a model's container doesn't say that it should."""
    predictor = inside(one.body, *_PREDICTOR)
    inner = container_of(predictor)
    container = inside(predictor, *inner)
    there = (*_PREDICTOR, *inner)
    limits, asked = (inside(container, "resources", kind) for kind in ("limits", "requests"))
    if _GPU in limits and not ({"memory"} & (limits.keys() | asked.keys())):
        said = f"{one.title} asks for GPUs and for no memory: KServe gives it 2Gi"
        at = one.place((*there, "resources", "limits", _GPU))
        yield HALF_ASKED.at(at, said, fix="write what the weights take while they are loaded")
    if inner[:1] == ("containers",) and not any(inside(container, key) for key in _ANSWERING):
        said = f"{one.title} has a container of its own and no readiness probe"
        fix = "write a `readinessProbe` on the path that answers once the model is loaded"
        yield UNPROBED.at(one.place(there), said, fix=fix)


def _scaling(one: Manifest, served: Mapping[str, Manifest]) -> Iterator[Finding]:
    model = served.get(scaling.scaled_model(one))
    if model is None or text(model.body, "metadata", "annotations", _EXTERNAL) in _HANDS_OFF:
        return
    said = f"{one.title} scales the Deployment of {model.title}, which KServe scales too"
    fix = f"write `{_EXTERNAL}: external` at the InferenceService, or leave this out"

    yield TUGGED.at(one.place(("spec", "scaleTargetRef")), said, fix=fix)


_HANDS_OFF = frozenset({"external", "none"})
"""Values with which KServe makes no autoscaler (0.16.0 pkg/constants/constants.go)."""
