"""What one environment has of a model, carried into the overlay of another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.edit.placing import depth, flow, with_value, without
from mlopsgen.edit.saving import encoded
from mlopsgen.load import ENVIRONMENTS, Loaded, load, overlaid

RELEASED = ("runtime", "source", "canary", "vllm", "architecture", "container", "transformer")
"""Keys of a model that say what runs. The others say where, how much and for whom; those are what
environments are for."""

_MODELS = "models"
_MOST = 200
"""Values that are carried one by one; a model has fewer."""


class _Absent:
    """Stands for a value that isn't there; null is one that is."""


ABSENT = _Absent()


@dataclass(frozen=True, slots=True)
class Moved:
    """A value of a model that differed; `before` and `after` are as they would be written."""

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
    platform: Path,
    texts: Mapping[str, bytes],
    model: str,
    route: tuple[str, str],
    keys: Collection[str],
) -> Carried:
    """Carry *keys* of *model* along *route*, from one environment to another.

    Each value is set in the overlay that it is read from, and what comes of it is loaded again
    before the next: families and overlays decide together what a model is.
    """
    files, moved = dict(texts), []
    for _ in range(_MOST):
        loaded = load(platform, instead=files)
        here, there = (_model(loaded, each, model) for each in route)
        found = [each for each in _differences(here, there, ()) if each[0][0] in keys]
        if not found or loaded.findings:
            break
        path, wanted, now = found[0]
        at = (ENVIRONMENTS, route[1], _MODELS, model, *path)
        name = _file(loaded, at, model)
        text = loaded.source.files()[name]
        new = _set(text, at, wanted)
        files[name] = encoded(new, files[name])
        moved.append(Moved((_MODELS, model, *path), _shown(now), _shown(wanted)))
    here, there = (_model(load(platform, instead=files), each, model) for each in route)
    left = tuple(path for path, *_ in _differences(here, there, ()))
    return Carried(files, tuple(moved), left)


def _set(text: str, at: SpecPath, wanted: object) -> str:
    """Return *text* with *wanted* in its overlay; what isn't wanted goes, or is set to null."""
    if not isinstance(wanted, _Absent):
        return with_value(text, at, wanted)
    stated = depth(text, at) == len(at)
    return without(text, at) if stated else with_value(text, at, None)


def _model(loaded: Loaded, environment: str, model: str) -> dict[str, Any]:
    found = (overlaid(loaded, environment).get(_MODELS) or {}).get(model)
    return found if isinstance(found, dict) else {}


def _differences(
    here: Mapping[str, Any], there: Mapping[str, Any], path: SpecPath
) -> Iterator[tuple[SpecPath, object, object]]:
    """Yield where two maps differ, as deep as both have maps."""
    for key in dict.fromkeys((*here, *there)):
        one, other = here.get(key, ABSENT), there.get(key, ABSENT)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _differences(one, other, (*path, key))
        elif one != other or type(one) is not type(other):
            yield (*path, key), one, other


def _file(loaded: Loaded, at: SpecPath, model: str) -> str:
    """Return the file whose overlay comes nearest to *at*, the one of the model among equals."""
    files = loaded.source.files()
    own = (_MODELS, model)
    return max(files, key=lambda name: (depth(files[name], at), depth(files[name], own)))


def _shown(value: object) -> str:
    return "nothing" if isinstance(value, _Absent) else flow(value)
