"""Types of Terraform: whether a value has the type that a variable is declared with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlopsgen.diagnostics import Place
from mlopsgen.load.hcl import Type

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_TRUTHS = frozenset({"true", "false"})


@dataclass(frozen=True, slots=True)
class Mistake:
    """What doesn't fit, and where it is declared otherwise: `about` is the attribute, if it is."""

    message: str
    place: Place
    about: str = ""


def mistakes(path: str, value: object, declared: Type) -> Iterator[Mistake]:
    """Yield where *value*, which stands at *path*, is of another type than *declared*.

    Terraform makes a text of a number or a truth, and of a text that looks like one either of
    them. It takes null for every type.
    """
    if value is None or declared.kind == "any":
        return
    match declared.kind, value:
        case "object", Mapping():
            yield from _attributes(path, value, declared)
        case "map", Mapping() if declared.of:
            for key, each in value.items():
                yield from mistakes(f'{path}["{key}"]', each, declared.of)
        case "list" | "set", Sequence() if declared.of and not isinstance(value, str):
            for index, each in enumerate(value):
                yield from mistakes(f"{path}[{index}]", each, declared.of)
        case kind, _ if kind not in {"object", "map", "list", "set"} and _fits(value, kind):
            return
        case kind, _:
            message = f"`{path}` is {_said(value)}; its module declares {_kind(kind)}"
            yield Mistake(message, declared.place)


def _attributes(path: str, value: Mapping[str, object], declared: Type) -> Iterator[Mistake]:
    for key, each in value.items():
        if key not in declared.attributes:
            message = f"`{path}` has `{key}`, which its module doesn't declare and drops"
            yield Mistake(message, declared.place, key)
        else:
            yield from mistakes(f"{path}.{key}", each, declared.attributes[key][0])
    for key, (inner, optional) in declared.attributes.items():
        if key not in value and not optional:
            yield Mistake(f"`{path}` lacks `{key}`, which its module requires", inner.place)


def _fits(value: object, kind: str) -> bool:
    match value:
        case bool():
            return kind in {"bool", "string"}
        case int() | float():
            return kind in {"number", "string"}
        case str():
            numeric = kind == "number" and _NUMBER.fullmatch(value) is not None
            return kind == "string" or numeric or (kind == "bool" and value in _TRUTHS)
        case _:
            return False


def _said(value: object) -> str:
    match value:
        case bool() | int() | float():
            return f"{value}".lower()
        case str():
            return f"the text {value[:40]!r}"
        case Mapping():
            return "a map"
        case _:
            return "a list"


def _kind(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeo" else f"a {kind}"
