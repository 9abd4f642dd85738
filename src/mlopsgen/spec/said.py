"""How paths, values, types and corrections are said in messages about the spec."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from mlopsgen.diagnostics import Mend, SpecPath
from mlopsgen.spec.form import Notation
from mlopsgen.spec.route import Asked, Route, bare, fields, required

_SHOWN = 60
"""Characters of a value that are quoted; the excerpt below the message has the rest."""

_BARE = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z/](?:[a-z0-9./_@=#-]|:(?=\S))*"
    r"|[0-9]+\.[0-9]+\.[0-9]+[0-9./]*"
    r"|[0-9]+(?:[kmgt]i|m?s|m|h|%|xlarge)",
    re.IGNORECASE,
)
_KINDS: Mapping[object, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "`true` or `false`",
    tuple: "a list",
    dict: "a map",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """An error of pydantic, with the route to it and the exact text of a scalar in the file."""

    kind: str
    route: Route
    value: object
    limits: Mapping[str, Any]
    written: Callable[[SpecPath], str | None]

    @property
    def asked(self) -> Asked:
        """What is asked for where the mistake is."""
        return self.route.asked or Asked(object)

    @property
    def path(self) -> SpecPath:
        """Where the mistake is."""
        return self.route.path

    @property
    def name(self) -> str:
        """The path, in backticks."""
        return named(self.path)

    @property
    def text(self) -> str:
        """The value as it stands in the file, for quoting in a message."""
        if isinstance(self.value, str) or self.route.on_key:
            return quoted(self.value)
        return self.written(self.path) or plain(self.value)

    @property
    def clause(self) -> str:
        """The value with its kind, as half a sentence."""
        match self.value:
            case bool():
                return f"{self.text}{self._bare} is a yes-or-no value"
            case float() if self.asked.type is int:
                return f"{self.text} is written with a fraction"
            case int() | float():
                number = f"the number {plain(self.value)}" if self._bare else "a number"
                return f"{self.text}{self._bare} is {number}"
            case str():
                return f"{self.text} is text"
            case _:
                return f"{plain(self.value)} is written there"

    @property
    def _bare(self) -> str:
        """What makes a text of the value, where text is asked for."""
        return " without quotes" if str in self.asked.members else ""

    def instead(self, text: str, *, bare: bool = False) -> Mend | None:
        """Return the mend that puts *text* in place of the value, in the quotes that it has.

        Where it has none and *text* is *bare*, there will be none.
        """
        quote = (self.written(self.path) or "")[:1]
        plain = quote in {"'", '"'} and not {"'", '"', "\\"} & {*text}
        otherwise = text if bare else yaml_text(text)
        return Mend(f"{quote}{text}{quote}" if plain else otherwise) if text else None

    def line(self, text: object) -> str:
        """Return what to write for the value to be *text*, key and all, in backticks."""
        last = self.path[-1] if self.path else ""
        return f"`{yaml_text(last)}: {text}`" if isinstance(last, str) else f"`{text}`"


def named(path: SpecPath) -> str:
    """Return *path* in backticks: `pipelines.train.steps.fit.command[0]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_clean(step)}" for step in path)
    return f"`{text.removeprefix('.')}`" if path else "the platform"


def quoted(value: object) -> str:
    """Return *value* in backticks, clipped."""
    text = _clean(str(value))
    return f"`{text[:_SHOWN]}...`" if len(text) > _SHOWN else f"`{text}`" if text else '`""`'


def listed(words: tuple[str, ...] | list[str]) -> str:
    """Return *words* in backticks with commas between them."""
    return ", ".join(f"`{word}`" for word in words)


def yaml_text(text: str | float) -> str:
    """Return *text* as it may stand in a flow map, in quotes unless no reader mistakes it."""
    if not isinstance(text, str) or _BARE.fullmatch(text):
        return str(text)
    return json.dumps(text, ensure_ascii=False)


def kind_of(asked: Asked) -> str:
    """Return what *asked* is, in a word or two."""
    if isinstance(asked.form, Notation):
        return asked.form.words
    kinds = dict.fromkeys(_kind(one) for one in asked.members)
    if _KINDS[float] in kinds:
        kinds.pop(_KINDS[int], None)
    return " or ".join(kinds)


def sample(asked: Asked) -> str:
    """Return a value that would do for *asked*, as a flow value of YAML."""
    if isinstance(asked.form, Notation):
        return str(asked.form.examples[0])
    if asked.form and asked.form.examples:
        return yaml_text(asked.form.examples[0])
    if asked.choices:
        return yaml_text(asked.choices[0])
    if asked.model:
        parts = fields(asked.model)
        return _flow({key: sample(parts[key]) for key in required(asked.model)})
    return _plain_sample(asked, bare(asked.members[0]))


def _plain_sample(asked: Asked, first: Asked) -> str:
    """Return a sample of what has neither a form nor keys."""
    if first.model or first.form:
        return sample(first)
    match get_origin(first.type), get_args(first.type):
        case (origin, (key, value)) if origin is dict:
            return _flow({sample(bare(key)): sample(bare(value))})
        case (origin, (item, *_)) if origin is tuple:
            return f"[{sample(bare(item))}]"
    if first.type is bool:
        return "true"
    if first.type in (int, float):
        least = asked.limit("ge")
        return str(asked.limit("gt") + 1 if least is None and asked.limit("gt") else least or 1)
    return "TEXT"


def _flow(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"


def _kind(one: object) -> str:
    bared = bare(one)
    if bared.model:
        return "a map"
    if get_origin(bared.type) is Literal:
        return f"one of {listed(bared.choices)}"
    return _KINDS.get(get_origin(bared.type) or bared.type, "a value")


def plain(value: object) -> str:
    """Return *value*, which is no text, as YAML has it."""
    words = {NoneType: "nothing", list: "a list", tuple: "a list", dict: "a map"}
    if isinstance(value, bool):
        return str(value).lower()
    return words.get(type(value), str(value))


def _clean(text: object) -> str:
    """Return *text* on one line, without characters that a terminal acts on."""
    escaped = str(text).encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in escaped)
