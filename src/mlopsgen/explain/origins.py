"""From a value in a generated file back to what somebody wrote in platform.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_origin

from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain.forms import written
from mlopsgen.shapes.values import step as inside
from mlopsgen.spec import Platform, Spec
from mlopsgen.spec.route import Asked, bare, fields

How = Literal["is", "lock", "named", "name", "value", "part", "file"]
"""How an origin is known: it is the value itself, an alias that the lock resolves to it, has the
same name and value, is a name that stands there, has the same value, is the part that it is decided
from, or what the whole file is made from."""

_FLAG = re.compile(r"--(?P<name>[a-z][a-z0-9-]*)(?:=(?P<value>.*))?", re.DOTALL)

_WORD = re.compile(r"[A-Za-z][a-z]*")

_SHORTEST = 2
"""Letters of a name that is looked for in other values; shorter ones are found anywhere."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in platform.yaml that a value comes from."""

    path: SpecPath
    how: How


@dataclass(frozen=True, slots=True)
class Sought:
    """A value of a generated file: its steps, its last name and its text."""

    path: SpecPath
    key: str
    text: str | None


def sought(path: SpecPath, text: str | None) -> Sought:
    """Return what to look for; of a flag with its value, those."""
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    if text and (flag := _FLAG.fullmatch(text)):
        return Sought((*path, flag["name"]), flag["name"], flag["value"] or "true")
    return Sought(path, key, text)


def through(
    name: str, values: Mapping[str, object], below: SpecPath
) -> tuple[SpecPath | None, bool]:
    """Return the part of platform.yaml that hole *name* reads, and whether it is the value itself.

    *below* is where in the hole's value the line is.
    """
    first, *rest = name.split(".")
    if first not in values:
        return None, False
    here = values[first]
    at, exact = _owned(here), isinstance(here, Spec)
    for step in rest:
        before, here = here, inside(here, step)
        if isinstance(before, Spec) and exact and step in type(before).model_fields:
            at = (*(at or ()), type(before).model_fields[step].alias or step)
        elif isinstance(before, Mapping) and exact:
            at = (*(at or ()), step)
        elif isinstance(here, Spec):
            at, exact = _trimmed(at, type(here)), True
        elif key := _passed_on(before, step, here):
            at, exact = (*_trimmed(at, type(key[0])), key[1]), True
        else:
            at, exact = _owned(here) or at, False
    return ((*at, *below) if exact and at is not None else at), exact


def _passed_on(owner: object, step: str, value: object) -> tuple[Spec, str] | None:
    """Return the spec of *owner* and its key that *step* of the owner only passes on."""
    spec = getattr(owner, "spec", None)
    if not isinstance(spec, Spec) or step not in type(spec).model_fields:
        return None
    key = type(spec).model_fields[step].alias or step
    return (spec, key) if getattr(spec, step) == value else None


def _owned(value: object) -> SpecPath | None:
    """Return where *value*, a part of the plan, comes from."""
    origin = getattr(value, "origin", None)
    return origin if isinstance(origin, tuple) else None


def _trimmed(at: SpecPath | None, kind: type[Spec]) -> SpecPath:
    """Return the part of *at* that is a *kind*: a canary comes from its model's own spec."""
    for length in range(len(at or ()), 0, -1):
        asked = [bare(Platform)]
        for step in (at or ())[:length]:
            asked = [below for one in asked for below, _ in _under(one, step)]
        if any(kind in map(_model, one.members) for one in asked):
            return (at or ())[:length]
    return ()


def _model(annotation: object) -> type[Spec] | None:
    return bare(annotation).model


def _under(asked: Asked, step: str | int) -> Iterator[tuple[Asked, bool]]:
    """Yield what stands under *step*, and whether that is a name of the user's."""
    for one in map(bare, asked.members):
        if one.model:
            parts = fields(one.model)
            if step in parts:
                yield parts[str(step)], False
        elif get_origin(one.type) in (dict, tuple):
            yield bare(one.type.__args__[1 if get_origin(one.type) is dict else 0]), True


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of platform.yaml; `named` says that its last step is a name of the user's."""

    path: SpecPath
    text: str
    named: bool


class Index:
    """The values of a platform, found by their text and by the names of entries."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Look through *data* once."""
        self._values = [
            _Value(path, written(value).strip('"'), named)
            for path, value, named in _values(data, bare(Platform))
        ]
        self._by_text: dict[str, list[int]] = {}
        self._by_name: dict[str, list[int]] = {}
        for number, each in enumerate(self._values):
            for text in {each.text, _bare(each.text)} - {""}:
                self._by_text.setdefault(text, []).append(number)
            if each.named and len(str(each.path[-1])) > _SHORTEST:
                self._by_name.setdefault(_fold(each.path[-1]), []).append(number)

    def nearest(self, roots: Sequence[SpecPath], wanted: Sought) -> list[Origin]:
        """Return the values below *roots* that are most like *wanted*; none if none is."""
        best: list[Origin] = []
        most = (0, 0)
        words = {_fold(step) for step in wanted.path}
        for value in self._candidates(wanted, words):
            if not any(value.path[: len(root)] == root for root in roots):
                continue
            how, rank = _like(value, wanted, words)
            score = (rank, sum(_fold(step) in words for step in value.path))
            if how is None or score < most:
                continue
            best = [*(best if score == most else ()), Origin(value.path, how)]
            most = score
        return best

    def _candidates(self, wanted: Sought, words: set[str]) -> Iterator[_Value]:
        """Yield what has the text or a name that is looked for, in the order of the files."""
        found = set(self._by_text.get(wanted.text or "", ()))
        for word in {*words, _fold(wanted.text or "")}:
            found.update(self._by_name.get(word, ()))
        return (self._values[number] for number in sorted(found))


def _bare(text: str) -> str:
    """Return the URI *text* without its scheme and revision, which servers take apart."""
    return text.partition("://")[2].partition("@")[0]


def _like(value: _Value, wanted: Sought, words: set[str]) -> tuple[How | None, int]:
    """Return how *value* is like what is *wanted*, and how much that is worth."""
    last, text = value.path[-1], value.text
    same = bool(wanted.text) and text == wanted.text
    if same and _alike(last, wanted.key):
        return "named", 3
    if wanted.text and _bare(text) == wanted.text:
        return "named", 3
    if value.named and len(str(last)) > _SHORTEST:
        if wanted.text == last:
            return "name", 2
        if _fold(last) in words:
            return "part", 1
    if same and not text.isdigit() and text not in {"true", "false"} and len(text) >= _SHORTEST:
        return "value", 2
    return None, 0


def _alike(first: object, second: object) -> bool:
    """Whether two names are one, or one has all words of the other: `min` and `min_size`."""
    ours, theirs = _words(first), _words(second)
    return _fold(first) == _fold(second) or bool(ours and (ours <= theirs or theirs <= ours))


def _words(name: object) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(str(name)))


def _values(
    data: object, asked: Asked | None, path: SpecPath = ()
) -> Iterator[tuple[SpecPath, object, bool]]:
    """Yield every value of *data* with its path, and whether its last step is a user's name."""
    members: list[tuple[str | int, object]] = []
    if isinstance(data, Mapping):
        members = list(data.items())
    elif isinstance(data, list):
        members = list(enumerate(data))
    for step, value in members:
        below, named = next(_under(asked, step), (None, False)) if asked else (None, False)
        own = isinstance(step, str) and (named or path == ("components",))
        yield (*path, step), value, own
        yield from _values(value, below, (*path, step))


def _fold(step: object) -> str:
    """Return *step* as names are compared: nvidia.com/gpu is `gpus`, and vpc_cidr is `vpcCidr`."""
    name = str(step).rpartition("/")[2].lower().removesuffix("s")
    return name.replace("_", "").replace("-", "")
