"""From the place of a pydantic error to a path in platform.yaml and what is asked there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from mlopsgen.diagnostics import SpecPath
from mlopsgen.spec.base import Spec
from mlopsgen.spec.form import Form


@dataclass(frozen=True, slots=True)
class Asked:
    """A type without its wrappings; `marks` is what its `Annotated` says besides."""

    type: Any
    marks: tuple[object, ...] = ()
    optional: bool = False

    @property
    def form(self) -> Form | None:
        """Its form in words, where it has one."""
        return next((mark for mark in reversed(self.marks) if isinstance(mark, Form)), None)

    @property
    def model(self) -> type[Spec] | None:
        """The type, where it is a part of the spec."""
        return self.type if isinstance(self.type, type) and issubclass(self.type, Spec) else None

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that may be written, where only some may."""
        literals = [one for one in self.members if get_origin(one) is Literal]
        return tuple(word for literal in literals for word in get_args(literal))

    @property
    def members(self) -> tuple[Any, ...]:
        """The types it may be: several for a union."""
        return get_args(self.type) if _is_union(self.type) else (self.type,)

    def limit(self, *names: str) -> Any:  # noqa: ANN401 - a number or nothing, as pydantic has it
        """Return the first limit that is called one of *names*: ge, gt, le, lt, max_length."""
        marks = [*self.marks]
        for mark in self.marks:
            marks += getattr(mark, "metadata", ())
        found = (getattr(mark, name, None) for mark in marks for name in names)
        return next((value for value in found if value is not None), None)


@dataclass(frozen=True, slots=True)
class Route:
    """A path as users write it, and what is asked there; `asked` is None below an unknown key.

    `owner` is the part of the spec whose key the last step is. `union` is the path of the
    innermost value of several kinds on the way.
    """

    path: SpecPath
    asked: Asked | None
    owner: type[Spec] | None
    on_key: bool = False
    union: SpecPath | None = None


def bare(annotation: Any, marks: tuple[object, ...] = ()) -> Asked:  # noqa: ANN401 - a type form
    """Return *annotation* without `Annotated` and `| None`."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return bare(inner, (*more, *marks))
    if _is_union(annotation):
        rest = [one for one in get_args(annotation) if one is not NoneType]
        if len(rest) < len(get_args(annotation)):
            left = bare(Union[tuple(rest)], marks)  # noqa: UP007 - the members are in a tuple
            return Asked(left.type, left.marks, optional=True)
    return Asked(annotation, marks)


@cache
def fields(model: type[Spec]) -> Mapping[str, Asked]:
    """Return what *model* asks for under each key, by the names users write."""
    named = model.model_fields.items()
    return MappingProxyType(
        {
            field.alias or name: bare(field.annotation, tuple(field.metadata))
            for name, field in named
        }
    )


def required(model: type[Spec]) -> list[str]:
    """Return the keys of *model* that have no default."""
    named = model.model_fields.items()
    return [field.alias or name for name, field in named if field.is_required()]


def follow(root: type[Spec], loc: SpecPath, *, on_key: bool) -> Route:
    """Return where *loc*, the place of an error of *root*, leads in platform.yaml.

    pydantic adds steps that nobody wrote: the member of a union, and, *on_key*, a last one
    after the name of an entry that is itself at fault.
    """
    path: SpecPath = ()
    asked: Asked | None = bare(root)
    before, owner, union = asked, None, None
    for step in loc[:-1] if on_key else loc:
        if asked is None:
            break
        before = asked
        if len(asked.members) > 1:
            union = union if _tagged(asked) else path
            asked = _member(asked, step)
            continue
        path = (*path, step)
        owner = asked.model
        asked = _below(asked, step)
    if on_key and before is not None and get_origin(before.type) is dict:
        return Route(path, bare(get_args(before.type)[0]), None, on_key=True)
    return Route(path, asked, owner, on_key=False, union=union)


def asked_at(root: type[Spec], path: SpecPath) -> list[Asked]:
    """Return what may stand at *path*, which users wrote; nothing below an unknown key."""
    here = [bare(root)]
    for step in path:
        kinds = [kind for one in here for kind in _kinds_of(one)]
        here = [below for one in kinds if (below := _below(one, step))]
    return here


def _kinds_of(asked: Asked) -> list[Asked]:
    return [asked] if len(asked.members) == 1 else [bare(one) for one in asked.members]


def _is_union(annotation: object) -> bool:
    return get_origin(annotation) in (Union, UnionType)


def _tagged(asked: Asked) -> bool:
    return all(bare(one).model for one in asked.members)


def _member(asked: Asked, step: str | int) -> Asked:
    """Return the member of a union that pydantic calls *step*."""
    for one in map(bare, asked.members):
        if one.model and step in (one.model.__name__, *_kinds(one.model)):
            return one
        origin = get_origin(one.type)
        if origin in (tuple, dict) and str(step).startswith(origin.__name__):
            return one
        if one.marks and str(step).endswith(getattr(one.type, "__name__", "?")):
            return one
    return asked


def _kinds(model: type[Spec]) -> tuple[str, ...]:
    """Return the words that tell *model* from others of its union."""
    kind = model.model_fields.get("kind")
    return bare(kind.annotation).choices if kind else ()


def _below(asked: Asked, step: str | int) -> Asked | None:
    """Return what is asked for under *step*."""
    if asked.model:
        return fields(asked.model).get(str(step))
    if get_origin(asked.type) in (dict, tuple):
        arguments = get_args(asked.type)
        return bare(arguments[1] if get_origin(asked.type) is dict else arguments[0])
    return None
