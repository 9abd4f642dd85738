"""Conditions of steps: `evaluate.accuracy >= 0.9 && parameters.market == 'nl'`, and `depends`.

They are read here and written anew for Argo Workflows, so nothing in them reaches its evaluators
that isn't of these few forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NoReturn

from mlopsgen.spec.terms import (
    ITEM,
    RESULTS,
    Comparison,
    Constant,
    Joined,
    Not,
    Operand,
    Ref,
    Result,
    Term,
)

OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
_KEPT = 4096
"""Texts whose terms are kept: rules, plan and emitters ask for the same ones again and again."""

_DEPTH = 20
"""Brackets inside of each other; people read fewer."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\\x00-\x1f]*'|\"[^\"\\\x00-\x1f]*\")"
    r"|(?P<number>-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?)(?![\w.])"
    r"|(?P<name>[A-Za-z](?:[-A-Za-z0-9_]*[A-Za-z0-9_])?(?:\.[A-Za-z](?:[-A-Za-z0-9_]*[A-Za-z0-9_])?)?)"
    r"|(?P<sign>&&|\|\||[=!<>]=|[!<>()]))"
)


class ConditionError(ValueError):
    """What is wrong with a condition, as a clause."""


@lru_cache(maxsize=_KEPT)
def condition(text: str) -> Term:
    """Return what `when` says; raise ConditionError."""
    return _Reader(text, _comparison).whole()


@lru_cache(maxsize=_KEPT)
def dependencies(text: str) -> Term:
    """Return what `depends` says; raise ConditionError."""
    return _Reader(text, _result).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


class _Reader:
    """Reads one text from left to right; `&&` binds closer than `||`, as in Go."""

    def __init__(self, text: str, leaf: Callable[[_Reader], Term]) -> None:
        self._tokens = list(_tokens(text))
        self._leaf = leaf
        self._at = 0
        self._depth = 0

    def whole(self) -> Term:
        """Return the term that the whole text is."""
        term = self._any()
        if self.next.kind != "end":
            refuse(f"`{self.next.text}` follows where `&&` or `||` may")
        return term

    @property
    def next(self) -> _Token:
        """The token that comes next; the last one is the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def take(self) -> _Token:
        """Return the next token and go past it."""
        token = self.next
        self._at += 1
        return token

    def _any(self) -> Term:
        return self._join("||", self._all)

    def _all(self) -> Term:
        return self._join("&&", self._one)

    def _join(self, operator: Literal["&&", "||"], inner: Callable[[], Term]) -> Term:
        terms = [inner()]
        while self.next.text == operator and self.next.kind == "sign":
            self.take()
            terms.append(inner())
        return terms[0] if len(terms) == 1 else Joined(operator, tuple(terms))

    def _one(self) -> Term:
        if self.next == _Token("sign", "!"):
            self.take()
            return Not(self._nested(self._one))
        if self.next == _Token("sign", "("):
            self.take()
            term = self._nested(self._any)
            if self.take() != _Token("sign", ")"):
                refuse("a bracket isn't closed")
            return term
        return self._leaf(self)

    def _nested(self, inner: Callable[[], Term]) -> Term:
        self._depth += 1
        if self._depth > _DEPTH:
            refuse(f"more than {_DEPTH} brackets and `!` are inside of each other")
        term = inner()
        self._depth -= 1
        return term


def refuse(clause: str) -> NoReturn:
    """Raise the error that *clause* says."""
    raise ConditionError(clause)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            refuse(f"`{text[at:].strip()[:20]}` is no value and no operator")
        yield _Token(match.lastgroup or "", match[match.lastgroup or 0])
        at = match.end()


def _comparison(reader: _Reader) -> Comparison:
    left = _operand(reader.take())
    sign = reader.take()
    if sign.text not in OPERATORS or sign.kind != "sign":
        refuse(f"`{left.written}` is compared with nothing")
    right = _operand(reader.take())
    found = Comparison(left, sign.text, right)
    if not found.refs:
        refuse(f"`{left.written} {sign.text} {right.written}` compares what never changes")
    if len({one.source == ITEM for one in found.refs}) > 1:
        # Argo Workflows evaluates the one when a step starts and the other for each item.
        refuse(
            f"`{left.written}` is compared with `{right.written}`; an item is compared with what"
            " is written or with other parts of it"
        )
    texts = [one.written for one in (left, right) if _is_text(one)]
    if found.numeric and texts:
        refuse(f"{texts[0]} is text, and `{sign.text}` compares numbers")
    return found


def _is_text(one: Operand) -> bool:
    return isinstance(one, Constant) and not isinstance(one.value, float)


def _operand(token: _Token) -> Operand:
    match token.kind:
        case "text":
            if "{{" in token.text or "}}" in token.text:
                refuse(f"{token.text} has double braces, which mark expressions of Argo Workflows")
            return Constant(token.text[1:-1], token.text)
        case "number":
            return Constant(float(token.text), token.text)
        case "name" if token.text in ("true", "false"):
            return Constant(token.text == "true", token.text)
        case "name":
            source, _, name = token.text.partition(".")
            if not name and source != ITEM:
                refuse(f"`{token.text}` is no STEP.OUTPUT, parameters.NAME or item")
            return Ref(source, name)
        case "end":
            refuse("it ends where a value must follow")
        case _:
            refuse(f"`{token.text}` stands where a value must")


def _result(reader: _Reader) -> Result:
    token = reader.take()
    if token.kind == "end":
        refuse("it ends where a step must follow")
    if token.kind != "name":
        refuse(f"`{token.text}` stands where a step must")
    step, _, result = token.text.partition(".")
    if result not in RESULTS:
        refuse(
            f"`{token.text}` doesn't say how `{step}` must have ended, as `{step}.Succeeded` does"
        )
    return Result(step, result)
