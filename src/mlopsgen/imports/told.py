"""What is known of one manifest: what of it is carried over, and why the rest isn't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.imports.comparing import NOTHING, ROWS, Difference
from mlopsgen.imports.kinds import ANSWERS, KINDS
from mlopsgen.imports.manifests import Manifest

IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
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
class Told:
    """What is known of one manifest: the paths carried over, and the reasons given already."""

    manifest: Manifest
    carried: frozenset[SpecPath]
    notes: Mapping[SpecPath, str]
    above: frozenset[SpecPath]
    """What has something below it that is told of by itself."""

    @classmethod
    def of(
        cls, manifest: Manifest, carried: frozenset[SpecPath], notes: Mapping[SpecPath, str]
    ) -> Told:
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


def lost(told: Told, path: SpecPath, built: object) -> Iterator[Difference]:
    """Yield what of a difference is lost; what is carried to another place isn't."""
    if built is not NOTHING:
        yield path, built
        return
    node: Any = told.manifest.body
    for step in path:
        node = node[step]
    yield from ((one, NOTHING) for one in uncarried(told, node, path))


def uncarried(told: Told, node: object, path: SpecPath) -> Iterator[SpecPath]:
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
                    yield from uncarried(told, value, (*path, key))
                return
            case list():
                for index, value in enumerate(node):
                    yield from uncarried(told, value, (*path, index))
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
