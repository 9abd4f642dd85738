"""How a dotted name finds its value."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

_KEYED = (dict, MappingProxyType)


def step(owner: object, name: str) -> object:
    """Return what *owner* holds under *name*: a key of a mapping, else an attribute."""
    if isinstance(owner, _KEYED):
        return owner[name]
    return getattr(owner, name)


def members(value: object) -> Iterable[object]:
    """Return *value* if a statement can repeat over it.

    Text and mappings could be iterated as well, but a shape that does so is mistaken.
    """
    if isinstance(value, (list, tuple)):
        return value
    raise TypeError(type(value).__name__)
