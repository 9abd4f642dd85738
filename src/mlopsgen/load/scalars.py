"""What a plain scalar stands for, and which ones YAML readers disagree about.

The grammar is the part that YAML 1.1 (PyYAML, ruamel's 1.1 mode, Go's yaml.v2 under Helm) and
YAML 1.2 read alike. What they read differently is a surprise, never a value.
Sources: https://yaml.org/spec/1.2.2/#103-core-schema, https://yaml.org/type/bool.html,
https://yaml.org/type/int.html, https://yaml.org/type/float.html.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from mlopsgen.diagnostics import Rule
from mlopsgen.load.rules import DATE, NUMBER, RANGE, WORD


@dataclass(frozen=True, slots=True)
class Surprise:
    """A scalar that cannot be left as it is written."""

    rule: Rule
    message: str
    fix: str


Scalar = str | int | float | bool | None

_CONSTANTS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_SPELLINGS = {
    "true": ("yes", "on", "y", "true"),
    "false": ("no", "off", "n", "false"),
    "null": ("null",),
}
_WORDS = {
    spelling: meaning
    for meaning, words in _SPELLINGS.items()
    for word in words
    for spelling in (word, word.capitalize(), word.upper())
} | {"<<": "a merge key", "=": "a default value"}

_NEVER_SPECIAL = frozenset("abcdeghijklmpqrsuvwxzABCDEGHIJKLMPQRSUVWXZ/_\"'")
"""First letters of no word above and of no number: most scalars are decided here."""

_MAX_DIGITS = 18
_LONGEST_NUMBER = 64
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]*(?:[eE][-+][0-9]+)?|\.[0-9]+(?:[eE][-+][0-9]+)?")
_NUMBER_1_2 = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_OCTAL_1_1 = re.compile(r"[-+]?0[0-7]+")
_BASED = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)")
_UNDERSCORED = re.compile(
    r"(?=.*_)(?=.*[0-9])[-+]?[0-9_]*\.?[0-9_]*(?:(?<=[0-9_.])[eE][-+]?[0-9_]+)?"
)
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ][ \t]*[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*)?")
_DIGITS_ONLY = re.compile(r"[-+]?[0-9._]+")


def resolve(text: str) -> Scalar | Surprise:
    """Return the value that the plain scalar *text* stands for, or why it has none."""
    if text[:1] in _NEVER_SPECIAL:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text in _WORDS:
        return _word(text)
    if len(text) > _LONGEST_NUMBER:
        return _out_of_range(text) if _DIGITS_ONLY.fullmatch(text) else text
    if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
        return _number(text)
    return _disputed(text)


def shortened(text: str, most: int = 40) -> str:
    """Return *text* on one line, cut after *most* characters, for use in a message."""
    flat = " ".join(text[: most * 4].split())
    return flat if len(text) <= most else flat[: most - 1] + "…"


def _number(text: str) -> Scalar | Surprise:
    if _INT.fullmatch(text):
        return int(text) if len(text.lstrip("-")) <= _MAX_DIGITS else _out_of_range(text)
    number = float(text)
    return number if math.isfinite(number) else _out_of_range(text)


def _disputed(text: str) -> str | Surprise:
    for pattern, surprise in _DISPUTES:
        if pattern.fullmatch(text):
            return surprise(text)
    return text


def _word(text: str) -> Surprise:
    meaning = _WORDS[text]
    fix = f'write "{text}"'
    if " " not in meaning:
        fix = f'write `{meaning}`, or "{text}" for the text'
    return Surprise(WORD, f"`{text}` is text to some YAML readers and {meaning} to others", fix)


def _out_of_range(text: str) -> Surprise:
    shown = shortened(text)
    message = f"`{shown}` is no finite number of at most {_MAX_DIGITS} digits"
    return Surprise(RANGE, message, f'write "{shown}" if it is a text, or a smaller number')


def _based(text: str) -> Surprise:
    number = int(text.replace("_", ""), 0) if text.strip("+-")[2:].strip("_") else 0
    message = f"`{text}` is text to some YAML readers and {number} to others"
    return Surprise(NUMBER, message, _quote_or(text, str(number)))


def _only_1_2(text: str) -> Surprise:
    """A number in YAML 1.2 that YAML 1.1 reads in another way, or that drops what was written."""
    number = float(text)
    if not math.isfinite(number):
        return _out_of_range(text)
    exact = number.is_integer() and abs(number) < 10**_MAX_DIGITS
    shown = str(int(number)) if exact else str(number)
    message = f"`{text}` is text to some YAML readers and the number {shown} to others"
    return Surprise(NUMBER, message, _quote_or(text, shown))


def _octal(text: str) -> Surprise:
    eight, ten = int(text, 8), int(text)
    message = f"`{text}` is {eight} to YAML 1.1 readers, as octal, and {ten} to others"
    return Surprise(NUMBER, message, _quote_or(text, str(ten)))


def _date(text: str) -> Surprise:
    return Surprise(DATE, f"`{text}` is a date to some YAML readers", f'write "{text}"')


def _underscored(text: str) -> Surprise:
    return _only_1_1(text, text.replace("_", ""))


def _sexagesimal(text: str) -> Surprise:
    whole = text.lstrip("+-").partition(".")[0].replace("_", "")
    seconds = reduce(lambda total, part: total * 60 + int(part), whole.split(":"), 0)
    return _only_1_1(text, f"{'-' * text.startswith('-')}{seconds}")


def _only_1_1(text: str, number: str) -> Surprise:
    message = f"`{text}` is the number {number} to YAML 1.1 readers and text to others"
    return Surprise(NUMBER, message, _quote_or(text, number))


def _quote_or(text: str, number: str) -> str:
    return f'write "{text}" for the text, or {number} for the number'


_DISPUTES: tuple[tuple[re.Pattern[str], Callable[[str], Surprise]], ...] = (
    (_NOT_FINITE, _out_of_range),
    (_DATE, _date),
    (_BASED, _based),
    (_OCTAL_1_1, _octal),
    (_NUMBER_1_2, _only_1_2),
    (_UNDERSCORED, _underscored),
    (_SEXAGESIMAL, _sexagesimal),
)
