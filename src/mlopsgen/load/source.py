"""The text behind a loaded platform: where a value was written, and the line it stands on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.load.files import UNSEEN
from mlopsgen.load.ignores import Ignore, ignores
from mlopsgen.load.places import Node, places

INCLUDE, ENVIRONMENTS = "include", "environments"
FAMILIES, FAMILY, MODELS, PIPELINES = "families", "family", "models", "pipelines"
PATCHES, MERGE = "patches", "merge"

_MODEL = 2
"""Steps that lead to a model: `models` and its name."""


class Source:
    """The files of a platform, the root first.

    A file is parsed a second time, for places, when the first place is asked for; a platform
    without findings never pays for it.
    """

    def __init__(
        self,
        root: str,
        texts: Mapping[str, str],
        whole: Iterable[str] = (),
        records: Iterable[str] = (),
    ) -> None:
        """Keep the text of each file; the names in *whole* could be read to their end.

        What *records* say stands below what the others say.
        """
        self._root = root
        self._texts = dict(texts)
        self._whole = tuple(whole)
        self._records = tuple(records)
        self._roots: dict[str, Node] = {}

    def locate(self, path: SpecPath, environment: str | None = None) -> Place:
        """Return the place of the deepest value at or above *path*.

        It is the overlay's where the overlay of *environment* wrote the value, and the base's,
        in whichever file, where it did not. Steps of *path* that name no child are skipped: an
        error of a union carries the tag of the member, and a missing key has no place but its
        parent's.
        """
        return self._find(path, environment).at

    def key_place(self, path: SpecPath, environment: str | None = None) -> Place:
        """Return the place of the key of that value; an item of a list has only its own."""
        return self._find(path, environment).key

    def written(self, path: SpecPath, environment: str | None = None) -> str:
        """Return the scalar at *path* as it stands in the file, quotes included.

        `1.10` is loaded as the number 1.1; this tells the two apart. A collection gives "".
        """
        return self._find(path, environment).written

    def stated(self, path: SpecPath, environment: str | None = None) -> Place | None:
        """Return the place of the value at *path*, None where nobody wrote one."""
        origin = self.origin(path, environment)
        found, depth = self._walk(origin, environment)
        return found.at if depth == len(origin) else None

    def origin(self, path: SpecPath, environment: str | None = None) -> SpecPath:
        """Return the path that the value at *path* is written under.

        For what a model takes from its family it starts with `families`; otherwise it is *path*.
        """
        if path[:1] != (MODELS,) or len(path) <= _MODEL:
            return path
        own, depth = self._walk(path, environment)
        replaced = depth > _MODEL and not own.mapping
        family, named = self._walk((*path[:_MODEL], FAMILY), environment)
        if depth == len(path) or replaced or named == _MODEL:
            return path
        there = (FAMILIES, family.written.strip("'\""), *path[_MODEL:])
        return there if self._walk(there, environment)[1] > depth else path

    def line(self, file: str, number: int) -> str:
        """Return line *number*, counted from 1, for an excerpt; "" if there is none.

        What must not reach a terminal is replaced one for one, so that columns stay.
        """
        lines = self._texts.get(file, "").split("\n")
        text = lines[number - 1].removesuffix("\r") if 1 <= number <= len(lines) else ""
        return UNSEEN.sub("\ufffd", text)

    def ignores(self) -> tuple[Ignore, ...]:
        """Return the comments that take findings away, of all files that people write."""
        read = (ignores(file, self._texts[file]) for file in self._whole)
        return tuple(found for each in read for found in each)

    def files(self) -> Mapping[str, str]:
        """Return the text of each file that people write and that could be read to its end."""
        return {file: self._texts[file] for file in self._whole}

    def root_of(self, file: str) -> Node:
        """Return the places of one *file*."""
        if file not in self._roots:
            self._roots[file] = places(file, self._texts[file])
        return self._roots[file]

    @cached_property
    def _base(self) -> Node:
        start = Place(self._root, 1, 1)
        merged = Node(start, start, mapping=True)
        for file in self._whole:
            merged.absorb(self.root_of(file))
        for file in self._records:
            merged.fill(self.root_of(file))
        if self._whole:
            merged.at = merged.key = self.root_of(self._whole[0]).at
        return merged

    @cached_property
    def _overlays(self) -> dict[str | int, Node]:
        overlays: dict[str | int, Node] = {}
        for file in self._whole:
            section = self.root_of(file).children.get(ENVIRONMENTS)
            for name, overlay in section.children.items() if section else ():
                if name in overlays:
                    overlays[name].absorb(overlay)
                else:
                    overlays[name] = overlay.copy()
        return overlays

    def _find(self, path: SpecPath, environment: str | None) -> Node:
        return self._walk(self.origin(path, environment), environment)[0]

    def _walk(self, path: SpecPath, environment: str | None) -> tuple[Node, int]:
        """Return the deepest value at or above *path*, and how many steps lead there.

        Base and overlay are walked side by side, leaving the one that the other has replaced.
        """
        base: Node | None = self._base
        overlay = None if environment is None else self._overlays.get(environment)
        here, depth = self._base, 0
        for step in path:
            below = base.children.get(step) if base else None
            above = overlay.children.get(step) if overlay else None
            if above is not None:
                merges = below is not None and below.mapping and above.mapping
                base, overlay = (below if merges else None), above
                here = below if merges and below is not None else above
                depth += 1
            elif below is not None:
                base, overlay, here = below, None, below
                depth += 1
        return here, depth
