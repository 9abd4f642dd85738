"""What a key of platform.yaml means: the spec's own words, its form and its default."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args, get_origin

from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain.forms import form, written
from mlopsgen.spec import Platform, Spec
from mlopsgen.spec.documentation import descriptions, paragraph
from mlopsgen.spec.form import Notation
from mlopsgen.spec.keys import closest
from mlopsgen.spec.route import Asked, bare, fields
from mlopsgen.spec.said import kind_of, listed, named, quoted
from mlopsgen.spec.schema import platform_schema
from mlopsgen.spec.synonyms import synonym

ANY = "*"
"""Stands in a path for any name or position."""

_STEP = re.compile(
    r'\.?(?:(?P<quoted>"(?:[^"\\]|\\.)*")|\[(?P<index>[0-9]*|\*)\]|(?P<any><[^<>]*>)'
    r'|(?P<bare>[^.\[\]"<>]+))'
)
_ENTRY = 2
"""Steps of a path to an entry: `models` and its name."""

_OUTSIDE = ("include", "environments")
"""Keys of the file that are no part of the platform as it is in one environment."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What was asked for isn't there; `said` says so, with what was probably meant."""

    said: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What may stand at a path: `key` of `owner`, or an entry of a map or list without one."""

    asked: Asked
    owner: type[Spec] | None = None
    key: str = ""
    place: Literal["key", "name", "position"] = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of platform.yaml, explained. `path` may have ANY for names."""

    path: SpecPath
    says: str
    form: str
    default: str
    """As it is written; empty where there is none."""

    required: bool
    keys: tuple[tuple[str, str], ...]
    """The keys below it, each with what it means."""

    names: tuple[int, ...]
    """Which steps of the path are names of the user's."""

    shown: bool = True
    """Whether its value may be; a secret's may not."""

    @property
    def inside(self) -> bool:
        """Whether it is a part of the platform as it is in one environment."""
        return self.path[0] not in _OUTSIDE

    @property
    def entry(self) -> bool:
        """Whether it is an entry that becomes objects: a model, a pool, a component."""
        whole = len(self.path) == _ENTRY and ANY not in self.path
        return whole and (bool(self.names) or self.path[0] == "components")


def parsed(text: str) -> SpecPath | None:
    """Return *text* as a path, None where it can't be one."""
    steps: list[str | int] = []
    end = 0
    for match in _STEP.finditer(text):
        if match.start() != end or (end > 0 and match[0][0] not in ".["):
            return None
        end = match.end()
        if match["quoted"]:
            steps.append(_unquoted(match["quoted"]))
        elif match["bare"]:
            steps.append(match["bare"].strip())
        elif match["index"] and match["index"] != ANY:
            steps.append(int(match["index"][:9]))
        else:
            steps.append(ANY)
    return tuple(steps) if steps and end == len(text) and text[0] != "." else None


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')


def explained(path: SpecPath, data: object = None) -> Key | Unknown:
    """Return what the key at *path* means; *data* tells kinds apart where the file says one."""
    if path[0] in _OUTSIDE:
        return _outside(path)
    kinds, above = [Kind(bare(Platform))], ""
    steps: list[str | int] = []
    names: list[int] = []
    for step in path:
        below = [found for kind in kinds for found in _below(kind.asked, step)]
        if not below:
            return Unknown(_unknown(tuple(steps), step, kinds))
        if below[0].place == "name":
            names.append(len(steps))
        position = below[0].place == "position" and step != ANY
        steps.append(int(step) if position else step if step == ANY else str(step))
        data = data.get(step) if isinstance(data, Mapping) else None
        above, kinds = _said(kinds), _of_kind(below, data)
    return _key(tuple(steps), kinds, tuple(names), above)


def _of_kind(kinds: list[Kind], data: object) -> list[Kind]:
    """Return *kinds*, of several that may stand there the one that *data* says it is."""
    said = data.get("kind") if isinstance(data, Mapping) else None
    found = [
        replace(kind, asked=one)
        for kind in kinds
        for one in _members(kind.asked)
        if one.model and "kind" in fields(one.model) and said in fields(one.model)["kind"].choices
    ]
    return found or kinds


def _members(asked: Asked) -> list[Asked]:
    return [replace(bare(one), marks=(*asked.marks, *bare(one).marks)) for one in asked.members]


def _below(asked: Asked, step: str | int) -> Iterator[Kind]:
    """Yield what may stand under *step* of a value that is *asked* for."""
    for one in _members(asked):
        if one.model:
            parts = fields(one.model)
            if step in parts:
                yield Kind(parts[str(step)], one.model, str(step))
            continue
        match get_origin(one.type), get_args(one.type):
            case (origin, (name, value)) if origin is dict:
                choices = bare(name).choices
                if not choices or step in choices or step == ANY:
                    yield Kind(bare(value), place="name")
            case (origin, (item, *_)) if origin is tuple and _counts(step):
                yield Kind(bare(item), place="position")


def _counts(step: str | int) -> bool:
    """Whether *step* may be a position in a list."""
    return step == ANY or (str(step).isascii() and str(step).isdigit())


def _unknown(parent: SpecPath, step: str | int, kinds: list[Kind]) -> str:
    """Return that *parent* has nothing under *step*, and what it has."""
    owners = [one.model for kind in kinds for one in _members(kind.asked) if one.model]
    keys = list(dict.fromkeys(key for owner in owners for key in fields(owner)))
    keys += [str(word) for kind in kinds for word in _words(kind.asked)]
    if not keys:
        forms = " or ".join(dict.fromkeys(kind_of(kind.asked) for kind in kinds))
        return f"{named(parent)} is {forms} and has nothing below it"
    known = next((found for owner in owners if (found := synonym(str(step), owner))), None)
    near = known.here if known else closest(str(step), keys)
    where = f"{named(parent)} has" if parent else "platform.yaml has"
    hint = f"did you mean {named((*parent, *near.split('.')))}?" if near else ""
    return f"{where} no key {quoted(step)}; {hint or f'the keys are {listed(keys)}'}"


def _words(asked: Asked) -> tuple[str, ...]:
    """Return the names that an entry of a map may have, where only some may."""
    arguments = get_args(asked.type)
    return bare(arguments[0]).choices if get_origin(asked.type) is dict else ()


def _key(path: SpecPath, kinds: list[Kind], names: tuple[int, ...], above: str) -> Key:
    return Key(
        path=path,
        says=_said(kinds) or above,
        form=" or ".join(dict.fromkeys(form(kind.asked) for kind in kinds)),
        default=next(filter(None, map(_default, kinds)), ""),
        required=any(_required(kind) for kind in kinds),
        keys=tuple(dict(_keys(kinds)).items()),
        names=names,
        shown=all(kind.asked.form is None or kind.asked.form.shown for kind in kinds),
    )


def _said(kinds: list[Kind]) -> str:
    return " ".join(dict.fromkeys(filter(None, map(_says, kinds))))


def _says(kind: Kind) -> str:
    if kind.owner:
        return descriptions(kind.owner)[kind.key]
    return " ".join(paragraph(one.model.__doc__ or "") for one in _members(kind.asked) if one.model)


def _required(kind: Kind) -> bool:
    return bool(kind.owner and _field(kind.owner, kind.key).is_required())


def _field(owner: type[Spec], key: str) -> Any:  # noqa: ANN401 - pydantic's own
    named_ = owner.model_fields.items()
    return next(field for name, field in named_ if (field.alias or name) == key)


def _default(kind: Kind) -> str:
    """Return the default of *kind* as it would be written."""
    if kind.owner is None or _required(kind):
        return ""
    value = _field(kind.owner, kind.key).default
    if isinstance(kind.asked.form, Notation) and value is not None:
        return str(kind.asked.form.written(value))
    return "" if isinstance(value, Spec) else written(value)


def _keys(kinds: list[Kind]) -> Iterator[tuple[str, str]]:
    for kind in kinds:
        for one in _members(kind.asked):
            if one.model:
                yield from descriptions(one.model).items()


def _outside(path: SpecPath) -> Key | Unknown:
    """Return what a key of the file means that isn't a part of the platform."""
    said = platform_schema()["properties"][path[0]]["description"]
    if path[0] == "include":
        kind = "a list of paths, such as `teams/*.yaml`"
    else:
        kind = "a map of environments, each with what differs in it"
    if path[1:] and path[0] == "include":
        return Unknown("`include` is a list of paths and has nothing below it")
    return Key(path=path, says=said, form=kind, default="", required=False, keys=(), names=())
