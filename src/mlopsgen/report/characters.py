"""Characters as a terminal shows them: how wide they are, and which must not reach it raw."""

from __future__ import annotations

import unicodedata

_WIDE = frozenset("WF")
"""East Asian widths of characters that take two columns (Unicode Standard Annex 11)."""

_STACKED = frozenset({"Mn", "Me"})
"""Categories of marks that are drawn over the character before them."""


def shown(text: str) -> str:
    r"""Return *text* with all that could steer a terminal, or hide in it, spelled out.

    That is control, format (bidirectional too), private and unassigned characters, lone
    surrogates, and every space but the usual one. A newline becomes `\n`: callers that want
    lines split before.
    """
    return text if text.isprintable() else "".join(map(glyph, text))


def glyph(character: str) -> str:
    """Return what stands for *character* on screen."""
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


def columns(text: str) -> int:
    """Return how many columns *text*, already `shown`, takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in _STACKED or "\u1160" <= character <= "\u11ff":
        return 0  # the range is Hangul vowels and finals, drawn into their syllable
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def wrapped(text: str, width: int) -> list[str]:
    """Return the words of *text* in lines of at most *width* columns; no word is cut."""
    lines: list[str] = []
    line, used = "", 0
    for word in text.split():
        size = columns(word)
        if line and used + 1 + size > width:
            lines.append(line)
            line, used = "", 0
        line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*lines, line]
