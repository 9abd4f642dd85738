"""What of the originals isn't carried over: held against what is built from the fragment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.imports import pipelines
from mlopsgen.imports.comparing import NOTHING, Difference, compared
from mlopsgen.imports.fragment import Fragment, Identity
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.told import IDENTITY, Told, lost, uncarried
from mlopsgen.imports.tree import inside, rows, text

Objects = Mapping[Identity, Mapping[str, Any]]
"""Objects that were built, by kind, namespace and name."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A value of a manifest that isn't in the fragment, or is there as something else."""

    at: Place
    manifest: Manifest
    path: SpecPath
    why: str


def losses(
    manifests: Iterable[Manifest],
    fragment: Fragment,
    objects: Objects,
    namespace: str,
    refused: Mapping[Manifest, str],
) -> Iterator[Loss]:
    """Yield what of *manifests* isn't in *objects*, which were built from *fragment*.

    Of those that were *refused* as a whole it is known why.
    """
    carried = fragment.carried()
    notes: dict[Manifest, dict[SpecPath, str]] = {}
    for note in fragment.notes:
        notes.setdefault(note.spot.manifest, {})[note.spot.path] = note.why
    for one in manifests:
        if one in refused:
            yield Loss(one.place(), one, (), refused[one])
            continue
        told = Told.of(one, carried.get(one, frozenset()), notes.get(one, {}))
        found = [
            (told.noted(path) or path, built)
            for path, built in _differences(told, fragment, objects, namespace)
        ]
        said = {path for path, _ in found}
        # A note beside what is carried over, such as that a pool may have more types than before.
        found += [
            (path, NOTHING)
            for path in told.notes
            if told.holds(path) and not any(path[: len(one)] == one for one in said)
        ]
        for path, built in dict(found).items():
            yield Loss(one.place(path), one, path, told.why(path, built))


def identity(manifest: Manifest, namespace: str, fragment: Fragment | None = None) -> Identity:
    """Return what the object of *manifest* would be called among those that are built."""
    if fragment and (found := fragment.became.get(manifest)):
        return found
    where = manifest.namespace or (namespace if manifest.kind in _NAMESPACED else "")
    return manifest.kind, where, manifest.name


_NAMESPACED = frozenset(
    {
        "CronWorkflow", "InferenceService", "LimitRange", "NetworkPolicy", "PrometheusRule",
        "ResourceQuota", "WorkflowTemplate",
    }
)  # fmt: skip
"""Kinds whose objects go where `kubectl` is told to put them, of those that are compared."""


def _differences(
    told: Told, fragment: Fragment, objects: Objects, namespace: str
) -> Iterator[Difference]:
    manifest = told.manifest
    called = identity(manifest, namespace, fragment)
    built = objects.get(called)
    if manifest.kind in pipelines.KINDS | {pipelines.SCHEDULED}:
        template = objects.get(("WorkflowTemplate", called[1], called[2]))
        yield from _of_workflow(told, built, template)
    elif built is not None:
        for path, there in compared(manifest.body, built):
            if path not in IDENTITY:
                yield from lost(told, path, there)
    elif told.carried:
        for path in uncarried(told, manifest.body, ()):
            if path not in IDENTITY:
                yield path, NOTHING
    else:
        yield ("kind",), NOTHING


def _of_workflow(
    told: Told, cron: Mapping[str, Any] | None, template: Mapping[str, Any] | None
) -> Iterator[Difference]:
    """Yield how a workflow differs from the WorkflowTemplate, and from its schedule."""
    body = told.manifest.body
    scheduled = told.manifest.kind == pipelines.SCHEDULED
    if template is None or (scheduled and cron is None):
        yield ("kind",), NOTHING
        return
    beside = cron if scheduled else template
    for path, there in compared(inside(body, "metadata"), inside(beside, "metadata")):
        if ("metadata", *path) not in IDENTITY:
            yield from lost(told, ("metadata", *path), there)
    if scheduled:
        own = {key: one for key, one in inside(body, "spec").items() if key != "workflowSpec"}
        for path, there in compared(own, inside(cron, "spec")):
            yield from lost(told, ("spec", *path), there)
        if pipelines.referred(told.manifest):
            return
    yield from _of_steps(told, template)


_ORDERING = frozenset({"dag", "name", "parallelism", "steps"})
"""What a template has that only says which steps there are."""


def _of_steps(told: Told, template: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield how a workflow differs from the WorkflowTemplate, step by step."""
    where = pipelines.spec_of(told.manifest)
    spec = inside(told.manifest.body, *where)
    for key in told.manifest.body.keys() - {"apiVersion", "kind", "metadata", "spec"}:
        yield from lost(told, (key,), NOTHING)
    rest = {key: one for key, one in spec.items() if key not in {"templates", "entrypoint"}}
    for path, there in compared(rest, inside(template, "spec")):
        yield from lost(told, (*where, *path), there)
    made = {text(row, "name"): row for _, row in rows(template, "spec", "templates")}
    told_of = set()
    for step, index in pipelines.positions(spec).items():
        if step in made:
            told_of.add(index)
            original = {**spec["templates"][index], "name": step}
            for path, there in compared(original, made[step]):
                yield from lost(told, (*where, "templates", index, *path), there)
    for index, template_ in rows(spec, "templates"):
        if index in told_of:
            continue
        if template_.get("name") != spec.get("entrypoint"):
            yield (*where, "templates", index), NOTHING
        for key in template_.keys() - _ORDERING:
            yield from lost(told, (*where, "templates", index, key), NOTHING)
