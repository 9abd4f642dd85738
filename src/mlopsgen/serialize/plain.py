"""What a tree may be made of, and the scalars that YAML and JSON write alike."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

PLAIN = frozenset({str, int, float, bool, type(None), dict, list, tuple})
"""The exact types that need no second look."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")


class UnwritableError(ValueError):
    """A value that readers would not give back as it was; `path` says where in the tree it is."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.path: tuple[object, ...] = ()

    def __str__(self) -> str:
        """Return the path, if there is one, and what is wrong with the value there."""
        route = ".".join(map(str, self.path)).encode(errors="backslashreplace").decode()
        return f"`{route}`: {self.args[0]}" if self.path else str(self.args[0])

    def below(self, step: object) -> UnwritableError:
        """Return this error as seen from one level further up."""
        self.path = (step, *self.path)
        return self


def leaf(value: object) -> str:
    """Return what YAML and JSON write alike: a number, true, false, null, `{}` or `[]`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return _float(value)
        case dict():
            return "{}"
        case list() | tuple():
            return "[]"
        case _:
            return str(value)


def _float(value: float) -> str:
    """Return *value* with a dot, without which YAML 1.1 takes `1e-05` for text."""
    if not math.isfinite(value):
        msg = f"{value} is no number in JSON"
        raise UnwritableError(msg)
    text = repr(value)
    return text if "." in text else text.replace("e", ".0e")


def key_text(key: object) -> str:
    """Return *key* if it is text."""
    if isinstance(key, str):
        return str.__str__(key)
    msg = f"the key is of type {type(key).__name__}, not text"
    raise UnwritableError(msg)


def whole(value: str) -> str:
    """Return *value* if UTF-8 can hold it."""
    if found := _SURROGATE.search(value):
        msg = f"U+{ord(found[0]):04X} is half a character, which no UTF-8 file can hold"
        raise UnwritableError(msg)
    return value


def plain(value: object) -> object:
    """Return *value* as the builtin it extends: text for a StrEnum, a dict for any mapping."""
    match value:
        case None | bool():
            return value
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case list() | tuple():
            return value if type(value) in PLAIN else list(value)
        case Mapping():
            return value if type(value) is dict else dict(value)
        case _:
            msg = f"a {type(value).__name__} is no plain data"
            raise UnwritableError(msg)
