"""What a YAML mistake is called in words of the person who made it."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from mlopsgen.diagnostics import Finding, Place, Related, Rule
from mlopsgen.load.rules import ALIAS, ANCHOR, SYNTAX, TAB, TAG


@dataclass(frozen=True, slots=True)
class _Words:
    """Our words for one of libyaml's: `says` is searched in its context and problem together.

    `at_start` points at what began instead of where reading stopped, and `other` says what the
    other of the two places is. `{char}` stands for the character that reading stopped at.
    """

    says: str
    message: str
    fix: str
    rule: Rule = SYNTAX
    at_start: bool = False
    other: str = ""


_QUOTE = "put the whole value into double quotes"
_NO_TAG = "delete the tag; put the value into double quotes if it is text that starts with `!`"
_CLOSE = "add the closing quote at the end of the text"
_ALIGN = "start the line in the same column as the others of its kind"

_TABLE = (
    _Words("an alias", "`*` begins an alias, but no name follows", _QUOTE, ALIAS, at_start=True),
    _Words("an anchor", "`&` begins an anchor, but no name follows", _QUOTE, ANCHOR, at_start=True),
    _Words("a tag", "`!` begins a tag", _NO_TAG, TAG, at_start=True),
    _Words("tag handle", "`!` begins a tag", _NO_TAG, TAG),
    _Words("directive", "`%` at the start of a line begins a directive", "delete the line", TAG),
    _Words("incompatible YAML", "`%YAML` is a directive", "delete the line", TAG),
    _Words("a tab character", "a tab indents this line", "indent with spaces", TAB),
    _Words(
        "quoted scalar found unexpected", "the quote that opens here is never closed", _CLOSE,
        at_start=True,
    ),
    _Words(
        "unknown escape", "a backslash before this character means nothing in double quotes",
        "write two backslashes, or use single quotes",
    ),
    _Words(
        "hexdecimal number", "the escape ends before its hexadecimal digits do",
        "give `\\x` two digits, `\\u` four and `\\U` eight",
    ),
    _Words("Unicode character escape", "the escape names no character", "write the character"),
    _Words(
        "mapping values are not allowed", "a `:` stands where no key can be",
        "quote the value if the colon belongs to it, or align the line with the keys around it",
    ),
    _Words(
        "block sequence entries", "a list cannot start on the line of its key",
        "start the list on its own line, or write [a, b]",
    ),
    _Words("mapping keys are not allowed", "`?` stands where no key can be", _QUOTE),
    _Words(
        "expected ':'", "this line is no `key: value`",
        "add a colon and a space after the key, or indent the line below the text it continues",
        at_start=True,
    ),
    _Words(
        "block mapping did not find expected key", "this is no key of the mapping around it",
        f"{_ALIGN}, or quote the value it follows", other="the mapping starts here",
    ),
    _Words(
        "'-' indicator", "this is no item of the list around it", _ALIGN,
        other="the list starts here",
    ),
    _Words(
        "',' or ']'", "the list that opens here is not closed",
        "add `]`, or a comma between items", at_start=True, other="reading stops here",
    ),
    _Words(
        "',' or '}'", "the mapping that opens here is not closed",
        "add `}`, or a comma between entries", at_start=True, other="reading stops here",
    ),
    _Words("node content", "a value is missing before this", "write the value, or delete this"),
    _Words(
        "<document start>", "the platform ends before this, so it belongs to nothing",
        "delete it, or move it into the mapping above",
    ),
    _Words(
        "block scalar", "only `+`, `-` or a digit may follow `|` and `>` on their line",
        "start the text on the next line",
    ),
    _Words(
        "cannot start any token", 'no text without quotes starts with "{char}"', _QUOTE,
    ),
)  # fmt: skip
_OTHER = _Words("", "reading stops here: no YAML continues like this", _QUOTE)


def mistake(name: str, text: str, error: yaml.YAMLError) -> Finding:
    """Return the finding for what libyaml says about *text*, the file *name*."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return SYNTAX.at(Place(name, 1, 1), _OTHER.message, fix=_OTHER.fix)
    lines = text.split("\n")
    stop = _place(name, lines, error.problem_mark)
    start = _place(name, lines, error.context_mark or error.problem_mark)
    if _indented_by_tab(lines[stop.line - 1]):
        at = Place(name, stop.line, lines[stop.line - 1].index("\t") + 1)
        return TAB.at(at, "a tab indents this line", fix="indent with spaces")
    said = f"{error.context or ''} {error.problem or ''}"
    words = next((row for row in _TABLE if row.says in said), _OTHER)
    char = lines[stop.line - 1][stop.column - 1 : stop.column]
    related = (Related(stop if words.at_start else start, words.other),) if words.other else ()
    return words.rule.at(
        start if words.at_start else stop,
        words.message.replace("{char}", char),
        fix=words.fix,
        related=related,
    )


def _indented_by_tab(line: str) -> bool:
    return "\t" in line[: len(line) - len(line.lstrip(" \t"))]


def _place(name: str, lines: list[str], mark: yaml.Mark) -> Place:
    """Return the place of *mark*; the end of the file is the end of its last line with text."""
    line, column = mark.line, mark.column
    if line >= len(lines) or not any(lines[line:]):
        line = max((n for n in range(min(line, len(lines))) if lines[n].strip()), default=0)
        column = len(lines[line].rstrip("\r"))
    return Place(name, line + 1, column + 1)
