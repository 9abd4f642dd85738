"""Where a value of platform.yaml comes from: the file that says it, or the default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.explain.forms import written
from mlopsgen.explain.keys import ANY, Key, Unknown
from mlopsgen.explain.project import Project
from mlopsgen.report.located import Source
from mlopsgen.spec import Spec
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import named, quoted

HIDDEN = "not shown"
"""Stands for a value that may be a secret."""

_LONGEST = 200
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value as it is in some environments, and why."""

    path: SpecPath
    environments: tuple[str, ...]
    value: str
    place: Place | None
    """None where nobody wrote it."""

    because: str
    """How it came about, as what follows a comma."""

    instead: Place | None = None
    """Where the base says another value, which the environment replaces."""


def missing(key: Key, project: Project) -> Unknown | None:
    """Return that a name in the path of *key* is no name of the platform's, if one isn't."""
    for depth in key.names:
        name, parent = key.path[depth], key.path[:depth]
        known = {each for data in project.values.values() for each in _names(data, parent)}
        if not project.values or name == ANY or name in known:
            continue
        near = closest(str(name), sorted(known))
        hint = f"; did you mean {named((*parent, near))}?" if near else ""
        return Unknown(f"{named(parent)} has no {quoted(name)}{hint}")
    return None


def settings(key: Key, project: Project, source: Source) -> list[Setting]:
    """Return what *key* is in each environment, equal ones united; *source* gives the places."""
    found: dict[Setting, list[str]] = {}
    for environment, data in project.values.items():
        hidden = project.hidden(environment)
        for path in expanded(data, key.path):
            value, because = _value(key, project, environment, path)
            if value and (not key.shown or any(each[: len(path)] == path for each in hidden)):
                value = HIDDEN
            place, base = source.stated(path, environment), source.stated(path)
            replaced = environment in project.loaded.overlays and place != base
            one = Setting(path, (), value, place, because, base if replaced else None)
            found.setdefault(one, []).append(environment)
    united = [replace(one, environments=tuple(names)) for one, names in found.items()]
    return sorted(united, key=lambda one: [str(step) for step in one.path])


def expanded(data: object, path: SpecPath, done: SpecPath = ()) -> Iterator[SpecPath]:
    """Yield *path* with every name and position in *data* for ANY."""
    if ANY not in path:
        yield (*done, *path)
        return
    first, rest = path[0], path[1:]
    for step in _children(data) if first == ANY else (first,):
        yield from expanded(_child(data, step), rest, (*done, step))


def _children(data: object) -> list[str | int]:
    if isinstance(data, Mapping):
        return list(data)
    return list(range(len(data))) if isinstance(data, list) else []


def _child(data: object, step: str | int) -> Any:  # noqa: ANN401 - plain data
    if isinstance(data, Mapping):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _names(data: object, path: SpecPath) -> Iterator[str]:
    for place in expanded(data, path):
        here = data
        for step in place:
            here = _child(here, step)
        yield from here if isinstance(here, Mapping) else ()


def _value(key: Key, project: Project, environment: str, path: SpecPath) -> tuple[str, str]:
    """Return the value at *path*, and what wrote it where that isn't the path itself."""
    source = project.loaded.source
    place = source.stated(path, environment)
    data: object = project.values[environment]
    for step in path:
        data = _child(data, step)
    if place is None or data is None:
        value, because = _default(key, project, environment, path)
        taken = place is not None and environment in project.loaded.overlays
        return value, f"{because}, null takes away what was written" if taken else because
    origin = source.origin(path, environment)
    words = [f"of {named(origin)}"] if origin != path else []
    if place != source.stated(path) and environment in project.loaded.overlays:
        words.append(f"in `environments.{environment}`")
    return _shown(data), ", ".join(words)


def _default(key: Key, project: Project, environment: str, path: SpecPath) -> tuple[str, str]:
    """Return the value that nobody wrote, and why it is that."""
    here: object = project.platforms[environment]
    for depth, step in enumerate(path):
        if isinstance(here, Spec):
            fields = type(here).model_fields.items()
            name = next((name for name, field in fields if (field.alias or name) == step), "")
            here = getattr(here, name, None)
        elif isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, tuple) and isinstance(step, int):
            here = here[step] if step < len(here) else None
        else:
            return "", ""
        if here is None and depth < len(path) - 1:
            return "", f"there is no {named(path[: depth + 1])}"
    return (key.default, "the default") if key.default else ("", "nobody wrote it")


def _shown(data: object) -> str:
    if isinstance(data, (Mapping, list)) and (len(data) > 0 or isinstance(data, Mapping)):
        flat = written(data) if isinstance(data, list) else ""
        if flat and "[]" not in flat and len(flat) <= _LONGEST:
            return flat
        return f"{len(data)} {'entry' if len(data) == 1 else 'entries'}"
    text = written(data) or ('""' if data == "" else "[]")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
