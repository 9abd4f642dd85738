"""Single values as the layout has them: without quotes that nothing needs, moved as a whole."""

from __future__ import annotations

import re

from mlopsgen.edit.tree import Stretch
from mlopsgen.load.scalars import resolve

_WORD = re.compile(r"[A-Za-z/][A-Za-z0-9./_-]*")
"""Text that may stand without quotes anywhere, unless the loader knows it for more than text."""


def continued(raw: str, indent: int) -> str:
    """Return a text that goes on over several lines, the lines after the first at *indent*."""
    first, *rest = raw.split("\n")
    moved = [f"{' ' * indent}{line.lstrip()}" if line.strip() else "" for line in rest]
    return "\n".join([first.rstrip(), *moved])


def shifted(raw: str, by: int) -> str:
    """Return brackets of several lines, the lines after the first moved *by* so many columns."""
    first, *rest = raw.split("\n")
    widths = [max(len(line) - len(line.lstrip(" ")) + by, 0) for line in rest]
    moved = (f"{' ' * width}{line.strip()}" for width, line in zip(widths, rest, strict=True))
    return "\n".join(line.rstrip() for line in (first, *moved))


def unquoted(raw: str, node: Stretch) -> str:
    """Return a scalar of one line, in double quotes where it needs any."""
    value = node.value
    if node.style not in {"'", '"'} or "\n" in raw:
        return raw
    if _WORD.fullmatch(value) and resolve(value) == value:
        return value
    plain = value.isprintable() and '"' not in value and "\\" not in value
    return f'"{value}"' if plain else raw
