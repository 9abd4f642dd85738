"""patches: fields of users' own, merged into what was emitted before anything is proved of it.

Values are data: nothing is filled in, and no value becomes a key or a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.patches.merging import Written, merged
from mlopsgen.patches.rules import MERGE, PATCHES, RULES, collides, idle, misses, refused
from mlopsgen.spec import Patch

__all__ = ["RULES", "Patched", "narrowed", "patched"]

_APPLIED = "apps/"
"""Where objects are that Argo CD applies; its own Applications and projects aren't for patches."""

_Place = tuple[int, int]
"""Which file, and which object in it."""

_Rows = dict[SpecPath, tuple[str, SpecPath]]
"""By place in the object: the patch, and the place in it."""


@dataclass(frozen=True, slots=True)
class Patched:
    """What came of patches: the files, what is wrong with patches, and what each wrote."""

    patches: Mapping[str, Patch]
    before: tuple[Artifact, ...]
    artifacts: tuple[Artifact, ...]
    findings: tuple[Finding, ...] = ()
    written: Mapping[str, Mapping[SpecPath, SpecPath]] = field(default_factory=dict)
    """By file: the places that patches wrote, number of the document first, with the place in
    platform.yaml that the value stands at."""

    def source(self, path: str, place: SpecPath) -> SpecPath | None:
        """Return what of platform.yaml stands at *place* of the file *path*, None for no patch's.

        The number of the document comes first. A list or map of a patch's stands for all in it.
        """
        rows = self.written.get(path, {})
        for length in range(len(place) if rows else 0, 0, -1):
            if found := rows.get(place[:length]):
                return (*found, *place[length:])
        return None

    def unpatched(self, path: str) -> Artifact | None:
        """Return the file *path* as it was emitted, None where no patch met it."""
        if path not in self.written:
            return None
        return next(each for each in self.before if each.path == path)


def patched(patches: Mapping[str, Patch], artifacts: Iterable[Artifact]) -> Patched:
    """Return *artifacts* with *patches* merged in, by name: their order in the file says nothing.

    A patch that something is wrong with is left out.
    """
    before = tuple(artifacts)
    work = _Work(before)
    for name, patch in sorted(patches.items()):
        work.apply(name, patch)
    return Patched(patches, before, tuple(work.files), tuple(work.findings), work.written())


def narrowed(whole: Patched, names: Sequence[str]) -> Patched:
    """Return what comes of those patches of *whole* that are called one of *names*."""
    return patched({name: whole.patches[name] for name in names}, whole.before)


class _Work:
    """The files while patches are merged into them, one after the other."""

    def __init__(self, artifacts: tuple[Artifact, ...]) -> None:
        self._before = artifacts
        self.files = list(artifacts)
        self.findings: list[Finding] = []
        self._apps = [i for i, each in enumerate(artifacts) if each.path.startswith(_APPLIED)]
        self._fields: dict[_Place, _Rows] = {}
        self._made: dict[_Place, _Rows] = {}

    def written(self) -> dict[str, dict[SpecPath, SpecPath]]:
        """Return what was written, by file and place."""
        found: dict[str, dict[SpecPath, SpecPath]] = {}
        for (index, number), fields in self._fields.items():
            into = found.setdefault(self.files[index].path, {})
            for route, (name, source) in {**self._made.get((index, number), {}), **fields}.items():
                into[number, *route] = (PATCHES, name, MERGE, *source)
        return found

    def apply(self, name: str, patch: Patch) -> None:
        """Merge *patch* into the objects that it is for, or say why not."""
        met = [
            (index, number)
            for index in self._apps
            for number, body in enumerate(self.files[index].objects)
            if _meets(patch, body)
        ]
        if not met:
            self.findings.append(misses(name, patch, [self.files[each] for each in self._apps]))
            return
        for index, number in met:
            if wrong := list(refused(name, patch, self._before[index].objects[number])):
                self.findings += wrong
                return
        tried = {place: self._merged(patch, place) for place in met}
        changed = {place: both for place, both in tried.items() if both[1]}
        if not changed:
            self.findings.append(idle(name, len(met)))
            return
        for place, (_, written) in changed.items():
            clashing = list(collides(name, written, self._fields.get(place, {})))
            if clashing:
                self.findings += clashing[:1]
                return
        for place, (body, written) in changed.items():
            self._write(name, place, body, written)

    def _body(self, place: _Place) -> Object:
        index, number = place
        return self.files[index].objects[number]

    def _merged(self, patch: Patch, place: _Place) -> tuple[dict[str, Any], Written]:
        written = Written()
        return merged(self._body(place), patch.merge, written), written

    def _write(self, name: str, place: _Place, body: dict[str, Any], written: Written) -> None:
        index, number = place
        file = self.files[index]
        bodies = (*file.objects[:number], body, *file.objects[number + 1 :])
        at = (PATCHES, name)
        origin = file.origin if at in file.origin else (*file.origin, at)
        self.files[index] = replace(file, body=bodies, origin=origin)
        for into, routes in ((self._fields, written.paths()), (self._made, written.made.items())):
            rows = into.setdefault(place, {})
            rows |= {route: (name, source) for route, source in routes}


def _meets(patch: Patch, body: Object) -> bool:
    """Say whether *patch* is for the object *body*."""
    target, metadata = patch.target, body["metadata"]
    return (
        body["kind"] == target.kind
        and target.name in {None, metadata["name"]}
        and target.namespace in {None, metadata.get("namespace")}
    )
