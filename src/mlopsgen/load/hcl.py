"""HCL, as much of it as variables and module calls need: blocks, their attributes, and types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlopsgen.diagnostics import Place

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\f]+)
  | (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<line>\n)
  | (?P<heredoc><<-?(?P<end>[A-Za-z_]\w*)[ \t\r]*\n.*?(?:^[ \t]*(?P=end)[ \t\r]*$|\Z))
  | (?P<text>"(?>\\.|[$%]\{(?>[^{}"\n]|"(?>\\.|[^"\\\n])*+"|\{[^{}\n]*+\})*+\}|[^"\\\n])*+")
  | (?P<name>[A-Za-z_][\w-]*)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<mark>[][(){}]|=>|[<>=!]=|&&|\|\||\.\.\.|[^\s\w"])
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_DEEPEST = 100
PRIMITIVES = frozenset({"any", "bool", "number", "string"})
_OF_ONE = frozenset({"list", "map", "set"})


class HclError(Exception):
    """What is written isn't HCL, as far as it is looked at."""

    def __init__(self, said: str, line: int, column: int) -> None:
        super().__init__(said)
        self.line, self.column = line, column


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a text with its quotes, or a mark."""

    kind: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its labels, its attributes as tokens, and the blocks in it."""

    kind: str
    labels: tuple[str, ...]
    place: Place
    attributes: Mapping[str, tuple[Token, ...]]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Type:
    """A type of Terraform: `of` what a list, set or map is, `attributes` what an object has."""

    kind: str
    place: Place
    of: Type | None = None
    attributes: Mapping[str, tuple[Type, bool]] = field(default_factory=dict)
    """The type of each attribute, and whether it may be left out."""


def blocks(text: str, name: str) -> Iterator[Block]:
    """Yield the blocks of *text*, the file *name*; raise HclError where it isn't HCL."""
    reading = _Reading(list(_tokens(text, name)), name)
    while reading.here:
        if reading.here.kind == "line":
            reading.step()
        elif isinstance(found := reading.entry(0), Block):
            yield found


def typed(tokens: Sequence[Token]) -> Type | None:
    """Return the type that *tokens* write; None for what isn't a type that is known here."""
    words = [token for token in tokens if token.kind != "line"]
    try:
        found, rest = _type(words, 0)
    except (IndexError, RecursionError):
        return None
    return found if rest == len(words) else None


def _tokens(text: str, name: str) -> Iterator[Token]:
    at, line, start = 0, 1, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            said = f"{text[at]!r} starts nothing that Terraform knows"
            raise HclError(said, line, at - start + 1)
        kind, word = found.lastgroup or "", found.group()
        if kind == "end":
            kind = "heredoc"
        if kind not in {"space", "comment"}:
            yield Token(kind, word, Place(name, line, at - start + 1, len(word.partition("\n")[0])))
        if passed := word.count("\n"):
            line += passed
            start = at + word.rindex("\n") + 1
        at = found.end()


class _Reading:
    """A walk over the tokens of one file."""

    def __init__(self, tokens: Sequence[Token], name: str) -> None:
        self._tokens, self._at, self._name = tokens, 0, name

    @property
    def here(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def step(self) -> None:
        self._at += 1

    def entry(self, depth: int) -> Block | tuple[str, tuple[Token, ...]]:
        """Return the block, or the attribute with its value, that starts here."""
        head = self._needed("a name")
        if head.kind != "name" or depth > _DEEPEST:
            said = f"`{head.text}` is no name"
            raise HclError(said, head.place.line, head.place.column)
        self.step()
        labels: list[str] = []
        while (token := self._needed("`{` or `=`")).kind in {"text", "name"}:
            labels.append(token.text.strip('"'))
            self.step()
        self.step()
        if token.text == "=" and not labels:
            return head.text, tuple(self._value())
        if token.text != "{":
            said = f"`{token.text}` stands where `{{` or `=` belongs"
            raise HclError(said, token.place.line, token.place.column)
        return self._body(head, tuple(labels), depth)

    def _body(self, head: Token, labels: tuple[str, ...], depth: int) -> Block:
        attributes: dict[str, tuple[Token, ...]] = {}
        inner: list[Block] = []
        while (token := self._needed("`}`")).text != "}":
            if token.kind == "line":
                self.step()
            elif isinstance(found := self.entry(depth + 1), Block):
                inner.append(found)
            else:
                attributes[found[0]] = found[1]
        self.step()
        return Block(head.text, labels, head.place, attributes, tuple(inner))

    def _value(self) -> Iterator[Token]:
        """Yield the tokens up to the end of the line, or of what is open at it."""
        depth = 0
        while token := self.here:
            if not depth and (token.kind == "line" or token.text in _CLOSE):
                return
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
            yield token
            self.step()

    def _needed(self, what: str) -> Token:
        if token := self.here:
            return token
        last = self._tokens[-1].place if self._tokens else Place(self._name, 1, 1)
        said = f"it ends where {what} belongs"
        raise HclError(said, last.line, last.column)


def _type(words: Sequence[Token], at: int) -> tuple[Type | None, int]:
    """Return the type at *at* and where it ends."""
    kind, place = words[at].text, words[at].place
    if kind in PRIMITIVES:
        return Type(kind, place), at + 1
    if kind in _OF_ONE and words[at + 1].text == "(":
        inner, end = _type(words, at + 2)
        if inner is None or words[end].text != ")":
            return None, end
        return Type(kind, place, inner), end + 1
    if kind == "object" and [words[at + 1].text, words[at + 2].text] == ["(", "{"]:
        return _object(words, at + 3, place)
    return None, at


def _object(words: Sequence[Token], at: int, place: Place) -> tuple[Type | None, int]:
    attributes: dict[str, tuple[Type, bool]] = {}
    while words[at].text != "}":
        name, equals = words[at].text.strip('"'), words[at + 1].text
        optional = words[at + 2].text == "optional"
        inner, end = _type(words, at + (4 if optional else 2))
        if inner is None or equals not in {"=", ":"}:
            return None, end
        if optional:
            end = _closed(words, end) + 1
        attributes[name] = (inner, optional)
        at = end + 1 if words[end].text == "," else end
    if words[at + 1].text != ")":
        return None, at
    return Type("object", place, attributes=attributes), at + 2


def _closed(words: Sequence[Token], at: int) -> int:
    """Return where the bracket closes that is open at *at*: after a type there may be a default."""
    depth = 0
    while depth or words[at].text != ")":
        depth += (words[at].text in _OPEN) - (words[at].text in _CLOSE)
        at += 1
    return at
