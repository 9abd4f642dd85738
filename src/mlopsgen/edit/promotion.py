"""What one environment has of a model or a pipeline, carried into the overlay of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.edit.differences import Absent, differences
from mlopsgen.edit.placing import PlacingError, depth, flow, with_value, without
from mlopsgen.edit.released import Subject
from mlopsgen.edit.saving import encoded
from mlopsgen.load import ENVIRONMENTS, Loaded, load, overlaid

_MOST = 500
"""Values that are carried one by one; a model has tens, and each step of a pipeline a few."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A value that differed; `before` and `after` are as they would be written."""

    path: SpecPath
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of the files, by name, what moved, and where both still differ."""

    files: Mapping[str, bytes]
    moved: tuple[Moved, ...]
    left: tuple[SpecPath, ...]


def carried(
    platform: Path, texts: Mapping[str, bytes], subject: Subject, route: tuple[str, str]
) -> Carried:
    """Carry what *subject* takes along *route*, from one environment to another.

    Each value is set in the overlay that it is read from, and what comes of it is loaded again
    before the next: families, records and overlays decide together what a value is.
    """
    files = dict(texts)
    moved: list[Moved] = []
    for _ in range(_MOST):
        loaded = load(platform, instead=files)
        here, there = (_declared(loaded, each, subject) for each in route)
        different = tuple(differences(here, there))
        found = next(filter(subject.takes, different), None)
        if found is None or loaded.findings:
            return Carried(files, tuple(moved), tuple(each.path for each in different))
        at = (ENVIRONMENTS, route[1], *subject.at, *found.path)
        name = _file(loaded, at, subject)
        files[name] = encoded(_set(loaded.source.files()[name], at, found.here), files[name])
        moved.append(Moved((*subject.at, *found.path), _shown(found.there), _shown(found.here)))
    msg = f"more than {_MOST} values of {subject.name} differ"
    raise PlacingError(msg)


def _set(text: str, at: SpecPath, wanted: object) -> str:
    """Return *text* with *wanted* in its overlay; what isn't wanted goes, or is set to null."""
    if not isinstance(wanted, Absent):
        return with_value(text, at, wanted)
    stated = depth(text, at) == len(at)
    return without(text, at) if stated else with_value(text, at, None)


def _declared(loaded: Loaded, environment: str, subject: Subject) -> dict[str, Any]:
    found = (overlaid(loaded, environment).get(subject.section) or {}).get(subject.name)
    return found if isinstance(found, dict) else {}


def _file(loaded: Loaded, at: SpecPath, subject: Subject) -> str:
    """Return the file whose overlay comes nearest to *at*, the subject's own among equals."""
    files = loaded.source.files()
    return max(files, key=lambda name: (depth(files[name], at), depth(files[name], subject.at)))


def _shown(value: object) -> str:
    return "nothing" if isinstance(value, Absent) else flow(value)
