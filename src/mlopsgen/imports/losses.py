"""What of the originals isn't carried over: held against what is built from the fragment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.imports import pipelines
from mlopsgen.imports.comparing import NOTHING, ROWS, Difference, compared
from mlopsgen.imports.fragment import Fragment, Identity
from mlopsgen.imports.kinds import ANSWERS, KINDS
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.tree import inside, rows, text

Objects = Mapping[Identity, Mapping[str, Any]]
"""Objects that were built, by kind, namespace and name."""

_IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
_SERVER = {
    ("status",),
    ("metadata", "creationTimestamp"),
    ("metadata", "generation"),
    ("metadata", "managedFields"),
    ("metadata", "resourceVersion"),
    ("metadata", "selfLink"),
    ("metadata", "uid"),
}
_LONGEST = 60
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A value of a manifest that isn't in the fragment, or is there as something else."""

    at: Place
    manifest: Manifest
    path: SpecPath
    why: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of one manifest: the paths carried over, and the reasons given already."""

    manifest: Manifest
    carried: frozenset[SpecPath]
    notes: Mapping[SpecPath, str]
    above: frozenset[SpecPath]
    """What has something below it that is told of by itself."""

    @classmethod
    def of(
        cls, manifest: Manifest, carried: frozenset[SpecPath], notes: Mapping[SpecPath, str]
    ) -> _Told:
        """Return what is known of *manifest*."""
        everything = (*carried, *notes)
        above = frozenset(path[:end] for path in everything for end in range(len(path) + 1))
        return cls(manifest, carried, notes, above)

    def holds(self, path: SpecPath) -> bool:
        """Whether *path*, or something above it, is in the fragment."""
        return any(path[:end] in self.carried for end in range(1, len(path) + 1))

    def noted(self, path: SpecPath) -> SpecPath:
        """Return what a note is about that *path* belongs to; () for none."""
        return next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self.notes), ())

    def why(self, path: SpecPath, built: object) -> str:
        """Return why *path* isn't carried over, where *built* stands in its place."""
        if said := self.notes.get(path):
            return said
        if path in _SERVER:
            return "the API server writes it"
        if built is not NOTHING:
            own = "" if self.holds(path) else " itself"
            return f"mlopsgen writes {_shown(built)}{own}"
        if path == ("kind",):
            unknown = "platform.yaml has no word for objects of this kind"
            return KINDS.get(self.manifest.kind, unknown)
        named = next((one for one in reversed(path) if isinstance(one, str)), "")
        return ANSWERS.get(named, "platform.yaml has no word for it")


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
        told = _Told.of(one, carried.get(one, frozenset()), notes.get(one, {}))
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
    told: _Told, fragment: Fragment, objects: Objects, namespace: str
) -> Iterator[Difference]:
    manifest = told.manifest
    called = identity(manifest, namespace, fragment)
    built = objects.get(called)
    if manifest.kind in pipelines.KINDS | {pipelines.SCHEDULED}:
        template = objects.get(("WorkflowTemplate", called[1], called[2]))
        yield from _of_workflow(told, built, template)
    elif built is not None:
        for path, there in compared(manifest.body, built):
            if path not in _IDENTITY:
                yield from _lost(told, path, there)
    elif told.carried:
        for path in _uncarried(told, manifest.body, ()):
            if path not in _IDENTITY:
                yield path, NOTHING
    else:
        yield ("kind",), NOTHING


def _of_workflow(
    told: _Told, cron: Mapping[str, Any] | None, template: Mapping[str, Any] | None
) -> Iterator[Difference]:
    """Yield how a workflow differs from the WorkflowTemplate, and from its schedule."""
    body = told.manifest.body
    scheduled = told.manifest.kind == pipelines.SCHEDULED
    if template is None or (scheduled and cron is None):
        yield ("kind",), NOTHING
        return
    beside = cron if scheduled else template
    for path, there in compared(inside(body, "metadata"), inside(beside, "metadata")):
        if ("metadata", *path) not in _IDENTITY:
            yield from _lost(told, ("metadata", *path), there)
    if scheduled:
        own = {key: one for key, one in inside(body, "spec").items() if key != "workflowSpec"}
        for path, there in compared(own, inside(cron, "spec")):
            yield from _lost(told, ("spec", *path), there)
        if pipelines.referred(told.manifest):
            return
    yield from _of_steps(told, template)


def _of_steps(told: _Told, template: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield how a workflow differs from the WorkflowTemplate, step by step."""
    where = pipelines.spec_of(told.manifest)
    spec = inside(told.manifest.body, *where)
    rest = {key: one for key, one in spec.items() if key not in {"templates", "entrypoint"}}
    for path, there in compared(rest, inside(template, "spec")):
        yield from _lost(told, (*where, *path), there)
    made = {text(row, "name"): row for _, row in rows(template, "spec", "templates")}
    for step, index in pipelines.positions(spec).items():
        if step in made:
            original = {**spec["templates"][index], "name": step}
            for path, there in compared(original, made[step]):
                yield from _lost(told, (*where, "templates", index, *path), there)


def _lost(told: _Told, path: SpecPath, built: object) -> Iterator[Difference]:
    """Yield what of a difference is lost; what is carried to another place isn't."""
    if built is not NOTHING:
        yield path, built
        return
    node: Any = told.manifest.body
    for step in path:
        node = node[step]
    yield from ((one, NOTHING) for one in _uncarried(told, node, path))


def _uncarried(told: _Told, node: object, path: SpecPath) -> Iterator[SpecPath]:
    """Yield the uppermost paths at and below *path* of which nothing is carried over."""
    if told.holds(path) or node in (None, {}, [], ""):
        return
    if path in told.notes:
        yield path
        return
    if not path or path in told.above or path == ("metadata",):
        row = bool(path) and isinstance(path[-1], int)
        match node:
            case Mapping():
                for key, value in node.items():
                    if row and key in ROWS:  # it only says which one it is
                        continue
                    yield from _uncarried(told, value, (*path, key))
                return
            case list():
                for index, value in enumerate(node):
                    yield from _uncarried(told, value, (*path, index))
                return
            case _:
                pass
    yield path


def _shown(value: object) -> str:
    written = str(value).split("\n", 1)[0]
    if isinstance(value, Mapping | list | tuple):
        return "something else there"
    if len(written) > _LONGEST:
        written = f"{written[:_LONGEST]}..."
    return f"`{written}`"
