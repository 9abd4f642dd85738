"""The fragment of platform.yaml that is put together, with where each value of it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.imports.manifests import Manifest


@dataclass(frozen=True, slots=True)
class Spot:
    """A value in a manifest."""

    manifest: Manifest
    path: SpecPath


@dataclass(frozen=True, slots=True)
class Note:
    """Something in a manifest that isn't in the fragment, and why that is known already."""

    spot: Spot
    why: str


Identity = tuple[str, str, str]
"""Kind, namespace and name of an object."""

_ENTRY, _DEEPER = 2, 3
"""Steps of a path that lead to an entry, such as a model, or such as an alert."""

BUILTIN_ALERTS: SpecPath = ("alerts", "builtin")
_TUNED = ("alerts", "tune")
_OPTIONAL = frozenset({"env", "priority", "scale"})
"""What a model does the same without."""


@dataclass(slots=True)
class Fragment:
    """What was found so far.

    `spare` values are written only where what is built from the others hasn't them by itself:
    labels, environment variables and the like.
    """

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[SpecPath, Spot] = field(default_factory=dict)
    spare: list[tuple[SpecPath, Any, Spot]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    otherwise: list[Spot] = field(default_factory=list)
    """What is in the fragment as a part of something larger."""

    became: dict[Manifest, Identity] = field(default_factory=dict)
    """The object that is built in place of one, where it isn't of the same name."""

    def put(self, path: SpecPath, value: object, spot: Spot) -> None:
        """Write *value*, found at *spot*; the first one at a path stays."""
        node: Any = self.data
        for step in path[:-1]:
            node = node.setdefault(step, {})
        if path[-1] not in node:
            node[path[-1]] = value
            self.origins[path] = spot

    def add(self, path: SpecPath, item: str, spot: Spot) -> None:
        """Write *item*, found at *spot*, at the end of the list at *path*, unless it is there."""
        node: Any = self.data
        for step in path[:-1]:
            node = node.setdefault(step, {})
        known = node.setdefault(path[-1], [])
        if item not in known:
            self.origins[*path, len(known)] = spot
            known.append(item)

    def maybe(self, path: SpecPath, value: object, spot: Spot) -> None:
        """Write *value* unless it turns out that mlopsgen writes the same."""
        self.spare.append((path, value, spot))

    def open(self, path: SpecPath, spot: Spot) -> None:
        """Have a mapping at *path*, even if nothing is put into it."""
        node: Any = self.data
        for step in path:
            node = node.setdefault(step, {})
        self.origins.setdefault(path, spot)

    def note(self, manifest: Manifest, path: SpecPath, why: str) -> None:
        """Remember *why* what stands at *path* of *manifest* isn't carried over."""
        self.notes.append(Note(Spot(manifest, path), why))

    def carry(self, manifest: Manifest, path: SpecPath) -> None:
        """Remember that what stands at *path* of *manifest* is in the fragment, in some form."""
        self.otherwise.append(Spot(manifest, path))

    def get(self, path: SpecPath) -> Any:  # noqa: ANN401 - whatever was put there
        """Return what was put at *path*; None where nothing was."""
        node: Any = self.data
        for step in path:
            node = node.get(step) if isinstance(node, Mapping) else None
        return node

    def spot(self, path: SpecPath) -> Spot | None:
        """Return where the value at or above *path* was found, if it is the fragment's."""
        for end in range(len(path), _ENTRY - 1, -1):
            if found := self.origins.get(path[:end]):
                return found
        entry = path[:_ENTRY]
        below = (found for at, found in self.origins.items() if at[:_ENTRY] == entry)
        return next(below, None) if len(path) >= _ENTRY else None

    def take_out(self, path: SpecPath) -> tuple[SpecPath, object]:
        """Take out what *path* belongs to, and return its path and value.

        That is a value that a model can do without, or else the entry, such as the model.
        """
        if path[:_ENTRY] == BUILTIN_ALERTS and len(path) > _ENTRY:
            return self._without_alert(path[:_DEEPER])
        here = path[:_DEEPER] if path[:1] == ("alerts",) else path[:_ENTRY]
        if path[:1] == ("models",) and len(path) > _DEEPER and path[_ENTRY] in _OPTIONAL:
            here = path
        while len(here) > _ENTRY and self.get(here) is None:
            here = here[:-1]
        parent = self.get(here[:-1])
        value = parent.pop(here[-1], None) if isinstance(parent, dict) else None
        for at in [at for at in self.origins if at[: len(here)] == here]:
            del self.origins[at]
        return here, value

    def _without_alert(self, path: SpecPath) -> tuple[SpecPath, object]:
        """Take the built-in alert at *path* out, and what is tuned of it."""
        names = self.get(path[:-1])
        name = names.pop(path[-1])
        spots = [spot for at, spot in self.origins.items() if at[:-1] == path[:-1] and at != path]
        tuned = (*_TUNED, name)
        (self.get(_TUNED) or {}).pop(name, None)
        for at in [at for at in self.origins if at[:-1] == path[:-1] or at[:_DEEPER] == tuned]:
            del self.origins[at]
        self.origins |= {(*path[:-1], index): spot for index, spot in enumerate(spots)}
        return path, name

    def carried(self) -> Mapping[Manifest, frozenset[SpecPath]]:
        """Return the paths whose values are in the fragment, by manifest."""
        found: dict[Manifest, set[SpecPath]] = {}
        for spot in (*self.origins.values(), *self.otherwise):
            found.setdefault(spot.manifest, set()).add(spot.path)
        return {manifest: frozenset(paths - {()}) for manifest, paths in found.items()}
