"""Block-style YAML that libyaml, ruamel and Go read as the tree it was written from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from mlopsgen.serialize.plain import PLAIN, UnwritableError, key_text, leaf, plain, whole

LONGEST_KEY = 1000
"""UTF-8 bytes of a key as written. YAML readers give up on a key without `? ` after 1024."""

_REMEMBERED = 1 << 15
"""Distinct texts whose form is remembered. A thousand models write some ten thousand."""

_BARE = re.compile(
    r"""
    (?! (?: y|n|yes|no|on|off|true|false|null|nan|inf|infinity | e[+-]?[0-9]+ ) \Z )
    (?: [a-z/] | --[a-z] )
    (?:
        [a-z0-9!"$%&'()*+,./;<=>?@\[\\\]^_`{|}~-]
      | : (?= [a-z0-9/._-] )
      | (?<! [ ] ) \#
      | [ ] (?= [^ ] )
    )*
  | (?: 0 | [1-9][0-9]* ) (?: \.[0-9]+ )? (?: m | s | h | [KMGTP]i | % )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""Text that means itself without quotes in YAML 1.1 and 1.2, for libyaml, ruamel and Go alike.
It starts with a letter, a slash or `--`, or is an amount with a unit. PyYAML alone would leave
`1e3`, `0o17` and `08` bare, and the API server reads those as numbers; a reader in JavaScript
takes `e9` for one."""

_HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff0-\ufffc\ufffe\uffff"
)
"""Controls, breaks that only some readers know, and characters nobody sees in a diff (joiners,
direction marks, odd spaces). Written as ranges because `str.isprintable` follows the Unicode
tables of each Python, and the output must not."""

_ESCAPED = re.compile(rf'[\n\t"\\{_HIDDEN}]')
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_NO_BLOCK = re.compile(rf"\A\n*(?:[ \t]|\Z)|[ \t](?:\n|\Z)|\n *\t|[{_HIDDEN}]")
"""What keeps text out of a `|` block: a first line that starts with a space, no line at all,
space at the end of a line, a tab that could be taken for indentation."""

Write = Callable[[str], object]


def to_yaml(documents: Sequence[Mapping[str, Any]]) -> str:
    """Return *documents* as block-style YAML, keys in the order given, `---` between documents.

    Raises UnwritableError for lone surrogates, nan and infinities, keys that are no text or too
    long for a YAML reader, and objects that are no plain data.
    """
    texts = []
    for document in documents:
        out: list[str] = []
        _mapping(document, "", "", out.append)
        texts.append("".join(out) or "{}\n")
    return "---\n".join(texts)


def _mapping(node: Mapping[str, Any], pad: str, start: str, write: Write) -> None:
    """Write the entries of *node* in column *pad*; the first follows *start* on its line."""
    for key, member in node.items():
        try:
            value: Any = member if type(member) in PLAIN else plain(member)
            kind = type(value)
            if kind is str and "\n" not in value:
                write(f"{start}{_key(key)} {_line(value)}\n")
            elif kind is dict and value:
                write(f"{start}{_key(key)}\n")
                _mapping(value, pad + "  ", pad + "  ", write)
            elif (kind is list or kind is tuple) and value:
                write(f"{start}{_key(key)}\n")
                _list(value, pad + "  ", pad + "  ", write)
            else:
                write(f"{start}{_key(key)} {_leaf(value, pad)}\n")
        except UnwritableError as error:
            raise error.below(key) from None
        start = pad


def _list(node: Sequence[Any], pad: str, start: str, write: Write) -> None:
    """Write the items of *node*, dashes in column *pad*; the first follows *start* on its line."""
    for index, member in enumerate(node):
        try:
            value: Any = member if type(member) in PLAIN else plain(member)
            kind = type(value)
            if kind is str and "\n" not in value:
                write(f"{start}- {_line(value)}\n")
            elif kind is dict and value:
                _mapping(value, pad + "  ", start + "- ", write)
            elif (kind is list or kind is tuple) and value:
                _list(value, pad + "  ", start + "- ", write)
            else:
                write(f"{start}- {_leaf(value, pad)}\n")
        except UnwritableError as error:
            raise error.below(index) from None
        start = pad


def _leaf(value: object, pad: str) -> str:
    """Return what follows a key or a dash: a scalar, `{}` or `[]`. *pad* is that line's column."""
    return _block(value, pad + "  ") if isinstance(value, str) else leaf(value)


@lru_cache(_REMEMBERED)
def _key(key: object) -> str:
    """Return *key* as written, with its colon."""
    text = f"{_line(key_text(key))}:"
    if len(text.encode()) > LONGEST_KEY:
        msg = f"a key of {len(text.encode())} bytes; YAML readers take {LONGEST_KEY}"
        raise UnwritableError(msg)
    return text


@lru_cache(_REMEMBERED)
def _line(text: str) -> str:
    """Return *text* as a scalar on one line: bare where no reader can mistake it, else quoted."""
    return text if _BARE.fullmatch(text) else f'"{_ESCAPED.sub(_escape, text)}"'


def _block(text: str, pad: str) -> str:
    """Return *text* as a `|` block in column *pad* if that loses nothing, else on one line."""
    if _NO_BLOCK.search(text):
        return _line(text)
    body = text.rstrip("\n")
    kept = len(text) - len(body)
    lines = "".join(f"\n{pad}{line}" if line else "\n" for line in body.split("\n"))
    return f"|{'-+'[kept > 1] if kept != 1 else ''}{lines}" + "\n" * (kept - 1)


def _escape(match: re.Match[str]) -> str:
    character = whole(match[0])
    code = ord(character)
    wide = f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"  # noqa: PLR2004 - two digits
    return _SHORT.get(character, wide)
