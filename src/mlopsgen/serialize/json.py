"""JSON with one value a line, from the same plain trees as YAML."""

from __future__ import annotations

from collections.abc import Callable
from json.encoder import encode_basestring

from mlopsgen.serialize.plain import PLAIN, UnwritableError, key_text, leaf, plain, whole

Write = Callable[[str], object]


def to_json(value: object) -> str:
    """Return *value* as JSON, keys in the order given, one value a line, beyond-ASCII text kept.

    Raises UnwritableError as `to_yaml` does.
    """
    out: list[str] = []
    _write(value, "\n", out.append)
    out.append("\n")
    return "".join(out)


def _write(value: object, line: str, write: Write) -> None:
    """Write *value*; *line* is the line break with the indentation of the line it starts on."""
    value = value if type(value) in PLAIN else plain(value)
    inner = line + "  "
    if isinstance(value, str):
        write(encode_basestring(whole(value)))
    elif not value or not isinstance(value, (dict, list, tuple)):
        write(leaf(value))
    elif isinstance(value, dict):
        gap = "{"
        for key, member in value.items():
            try:
                write(f"{gap}{inner}{encode_basestring(whole(key_text(key)))}: ")
                _write(member, inner, write)
            except UnwritableError as error:
                raise error.below(key) from None
            gap = ","
        write(line + "}")
    else:
        for index, member in enumerate(value):
            write(f"{',' if index else '['}{inner}")
            try:
                _write(member, inner, write)
            except UnwritableError as error:
                raise error.below(index) from None
        write(line + "]")
