"""Every value that holds in an environment, with where it is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.explain.keys import ANY, Key, explained
from mlopsgen.explain.project import Project
from mlopsgen.explain.settings import HIDDEN
from mlopsgen.load import ENVIRONMENTS
from mlopsgen.report.located import Source
from mlopsgen.spec import Platform, Spec
from mlopsgen.spec.form import Notation
from mlopsgen.spec.route import Asked, fields
from mlopsgen.spec.said import named


@dataclass(frozen=True, slots=True)
class Held:
    """A value as it is written, or as its default would be."""

    path: SpecPath
    value: Any
    place: Place | None
    """None where nobody wrote it."""

    because: str = ""
    """What says it, where that isn't the path itself in the base."""


def held(project: Project, environment: str, source: Source, below: SpecPath = ()) -> list[Held]:
    """Return every value *below* a path that holds in *environment*; *source* gives the places.

    The platform is one whose form is right.
    """
    platform = project.platforms[environment]
    if not isinstance(platform, Platform):
        return []
    hidden = project.hidden(environment)
    found = []
    for path, value, said in _walk(platform, project.values[environment], ()):
        if not _within(path, below):
            continue
        shown = (
            HIDDEN if _secret(path) or any(path[: len(each)] == each for each in hidden) else value
        )
        if not said:
            found.append(Held(path, shown, None, "the default"))
            continue
        place = source.stated(path, environment)
        found.append(Held(path, shown, place, _because(project, path, environment, place)))
    return found


def entry(project: Project, environment: str, source: Source, path: SpecPath) -> Held:
    """Return the entry at *path* as a whole."""
    place = source.stated(path, environment)
    return Held(path, {}, place, _because(project, path, environment, place) if place else "")


def _because(project: Project, path: SpecPath, environment: str, place: Place | None) -> str:
    """Return what says the value at *path*, where that isn't the path in the base."""
    if place is None:
        return "recorded"
    own = project.loaded.source
    origin = own.origin(path, environment)
    words = [f"of {named(origin)}"] if origin != path else []
    if environment in project.loaded.overlays and own.stated(path) != own.stated(path, environment):
        words.append(f"in `{ENVIRONMENTS}.{environment}`")
    return ", ".join(words)


def _secret(path: SpecPath) -> bool:
    key = explained(path)
    return isinstance(key, Key) and not key.shown


def _within(path: SpecPath, below: SpecPath) -> bool:
    steps = zip(path, below, strict=False)
    return len(path) >= len(below) and all(ask in (ANY, step) for step, ask in steps)


def _walk(
    spec: Spec, data: Mapping[str, Any], path: SpecPath
) -> Iterator[tuple[SpecPath, Any, bool]]:
    """Yield each value of *spec* as it is written in *data*, and whether somebody wrote it."""
    asked = fields(type(spec))
    for name, field in type(spec).model_fields.items():
        key = field.alias or name
        yield from _value(getattr(spec, name), data.get(key), asked[key], (*path, key))


def _value(
    value: object, raw: object, asked: Asked, path: SpecPath
) -> Iterator[tuple[SpecPath, Any, bool]]:
    written = raw if isinstance(raw, Mapping) else {}
    if isinstance(value, (Spec, Mapping)) and (raw is None or isinstance(raw, Mapping)):
        found = list(_below(value, written, path))
        if raw is not None and not found:
            yield path, {}, True
        yield from found
    elif raw is not None:
        yield path, raw, True
    elif value is not None and value != ():
        yield path, _written(value, asked), False


def _below(
    value: Spec | Mapping[Any, Any], written: Mapping[str, Any], path: SpecPath
) -> Iterator[tuple[SpecPath, Any, bool]]:
    if isinstance(value, Spec):
        yield from _walk(value, written, path)
        return
    for name, each in value.items():
        yield from _value(each, written.get(name), Asked(object), (*path, str(name)))


def _written(value: object, asked: Asked) -> Any:  # noqa: ANN401 - plain data
    form = asked.form
    if isinstance(form, Notation):
        return form.written(value)
    return list(value) if isinstance(value, tuple) else value
