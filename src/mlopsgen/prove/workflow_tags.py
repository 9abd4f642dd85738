"""References in texts of a workflow: `{{simple}}` tags, `{{=expression}}` tags, expressions.

Read as Argo Workflows reads them: argo-workflows 3.7.4 util/template, and expr 1.17.5 for what
stands after `=` (parser/lexer/state.go, builtin/builtin.go).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN, _CLOSE = "{{", "}}"

_TOKEN = re.compile(
    r"""\s+
    | (?P<text>'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `[^`]*`)
    | (?P<number>[0-9][0-9A-Za-z_]*(?:\.[0-9]+)?)
    | (?P<word>[^\W0-9][\w$]*)
    | (?P<sign>\?\. | \.\. | [^\s])""",
    re.VERBOSE,
)

WORDS = frozenset(
    {"and", "contains", "else", "endsWith", "false", "if", "in", "let", "matches", "nil", "not"}
    | {"or", "startsWith", "true"}
)
"""Words of the language itself; nothing can be called by them."""

FUNCTIONS = frozenset(
    {
        "abs", "all", "any", "asFloat", "asInt", "bitand", "bitnand", "bitnot", "bitor",
        "bitshl", "bitshr", "bitushr", "bitxor", "ceil", "concat", "count", "date",
        "duration", "filter", "find", "findIndex", "findLast", "findLastIndex", "first",
        "flatten", "float", "floor", "fromBase64", "fromJSON", "fromPairs", "get", "groupBy",
        "hasPrefix", "hasSuffix", "indexOf", "int", "join", "jsonpath", "keys", "last",
        "lastIndexOf", "len", "lower", "map", "max", "mean", "median", "min", "none", "now",
        "one", "reduce", "repeat", "replace", "reverse", "round", "sort", "sortBy", "split",
        "splitAfter", "string", "sum", "take", "timezone", "toBase64", "toJSON", "toJson",
        "toPairs", "trim", "trimPrefix", "trimSuffix", "type", "uniq", "upper", "values",
    }
)  # fmt: skip
"""What an expression may call: expr's own, and those of util/expr/env/env.go but `sprig`."""

LIBRARY = "sprig"
"""A map of functions of its own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is referred to by a dotted *name*; *text* is the tag or expression it is in."""

    name: str
    text: str
    simple: bool = False
    """Whether it is the whole of a tag, where names are matched letter by letter."""


@dataclass(frozen=True, slots=True)
class Unclosed:
    """Two braces that open and never close; all text behind them is taken for a tag."""

    text: str


def references(text: str) -> Iterator[Reference | Unclosed]:
    """Yield what the tags of *text* refer to.

    A tag goes from two braces to the next two that close, whatever is between. Where others open
    there, the last of them are the tag, unless it is an expression.
    """
    _, opened, rest = text.partition(_OPEN)
    while opened:
        tag, closed, after = rest.partition(_CLOSE)
        if not closed:
            yield Unclosed(_OPEN + rest)
        elif tag.startswith("="):
            yield from of_expression(tag[1:], f"{_OPEN}{tag}{_CLOSE}")
        else:
            last = tag.rpartition(_OPEN)[2]
            yield Reference(last.strip(), f"{_OPEN}{last}{_CLOSE}", simple=True)
        _, opened, rest = after.partition(_OPEN)


def without_tags(text: str) -> str:
    """Return *text* with a letter in the place of each tag."""
    return re.sub(r"\{\{.*?\}\}", "x", text, flags=re.DOTALL)


def tags(text: str) -> list[str]:
    """Return what stands between the braces of each tag of *text*."""
    return re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL)


def of_expression(expression: str, text: str = "") -> Iterator[Reference]:
    """Yield what *expression* refers to: chains such as `inputs.parameters['a-b']`, dotted.

    A function that it calls and nobody has is a reference to its name with brackets.
    """
    tokens = [each for each in _TOKEN.finditer(expression) if each.lastgroup]
    declared: set[str] = set()
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token.lastgroup != "word" or token[0] in WORDS:
            continue
        if index > 1 and tokens[index - 2][0] in {".", "?."}:
            continue  # a part of what stands before it, such as the result of a function
        if index > 1 and tokens[index - 2][0] == "let":
            declared.add(token[0])
        chain, index = _chain(tokens, index, token[0])
        if token[0] == LIBRARY or token[0] in declared or _is_key(tokens, index):
            continue
        called = index < len(tokens) and tokens[index][0] == "("
        if called and chain in FUNCTIONS:
            continue
        yield Reference(f"{chain}()" if called else chain, text or expression)


def _chain(tokens: list[re.Match[str]], index: int, name: str) -> tuple[str, int]:
    """Return the whole name that begins with *name*, and the index behind it."""
    while index + 1 < len(tokens):
        sign, following = tokens[index][0], tokens[index + 1]
        if sign in {".", "?."} and following.lastgroup == "word":
            name, index = f"{name}.{following[0]}", index + 2
        elif sign == "[" and following.lastgroup == "text":
            name, index = f"{name}.{following[0][1:-1]}", index + 3
        else:
            break
    return name, index


def _is_key(tokens: list[re.Match[str]], index: int) -> bool:
    """Say whether the word before *index* is a key of a map: `{key: value}`."""
    if index < 2 or index >= len(tokens):  # noqa: PLR2004 - a key has a token on either side
        return False
    return tokens[index][0] == ":" and tokens[index - 2][0] in {"{", ","}
