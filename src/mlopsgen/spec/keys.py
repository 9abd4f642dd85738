"""Keys that aren't known, and what was probably meant by them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from mlopsgen.diagnostics import Finding, Mend, SpecPath
from mlopsgen.spec.base import Spec
from mlopsgen.spec.route import Asked, bare, fields
from mlopsgen.spec.rules import UNKNOWN_KEY
from mlopsgen.spec.said import Mistake, listed, named, quoted, yaml_text
from mlopsgen.spec.synonyms import synonym

_NEAR = 0.7
"""Share of letters that two keys have in common to be taken for one another; at 0.6, difflib's
own, `image` is near `name`."""


_CERTAIN = 0.8
"""The share above which a slip is certain, where no other key has even `_NEAR`."""


@dataclass(frozen=True, slots=True)
class Meant:
    """Where a key that isn't known should have been, and why it has another name here."""

    path: SpecPath
    because: str = ""
    certain: bool = False
    """Whether nothing else can have been meant, and the value may stay as it is."""


def unknown_key(mistake: Mistake, meant: Meant | None) -> Finding:
    """Return the finding for a key that nothing reads."""
    *parent, key = mistake.path
    owner = mistake.route.owner
    keys = list(fields(owner)) if owner else []
    message = f"{named(tuple(parent))} has no key {quoted(key)}"
    if meant is None:
        have = f"; the keys are {listed(keys)}" if keys else ""
        return UNKNOWN_KEY.at(mistake.path, message, fix=f"take {quoted(key)} away{have}")
    here = meant.path[len(parent) :]
    mend = Mend(str(here[0])) if meant.certain and len(here) == 1 else None
    if len(here) == 1:
        fix = f"write `{here[0]}` instead of {quoted(key)}"
    else:
        fix = f"write it below `{here[0]}`: {_nested(here, mistake.value)}"
    return UNKNOWN_KEY.at(mistake.path, message, fix=fix, why=meant.because, mend=mend)


def meant_by(mistake: Mistake) -> Meant | None:
    """Return what the unknown key of *mistake* stands for, the likeliest guess first."""
    *parent, key = mistake.path
    owner = mistake.route.owner
    if owner is None or not isinstance(key, str):
        return None
    parts = fields(owner)
    if known := synonym(key, owner):
        because = f"{known.because} {UNKNOWN_KEY.why}" if known.because else ""
        return Meant((*parent, *known.here.split(".")), because, certain=known.same)
    here = _spelt(key, list(parts)) or _below(key, parts) or closest(key, list(parts))
    certain = here == _slip(key, list(parts))
    return Meant((*parent, *here.split(".")), certain=certain) if here else None


def closest(word: str, words: list[str] | tuple[str, ...]) -> str:
    """Return the one of *words* that *word* is a slip of, or nothing."""
    if same := _spelt(word, words):
        return same
    folded = {_fold(one): one for one in words}
    near = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=_NEAR)
    return folded[near[0]] if near else ""


def _slip(word: str, words: list[str]) -> str:
    """Return the only one of *words* that *word* can be a slip of, or nothing."""
    folded = {_fold(one): one for one in words}
    if same := folded.get(_fold(word)):
        return same
    near = difflib.get_close_matches(_fold(word), folded, n=2, cutoff=_CERTAIN)
    others = difflib.get_close_matches(_fold(word), folded, n=2, cutoff=_NEAR)
    return folded[near[0]] if near and near == others else ""


def alike(word: str, other: str) -> bool:
    """Whether two words differ by capitals, `-` or `_` only."""
    return _fold(word) == _fold(other)


def _spelt(word: str, words: list[str] | tuple[str, ...]) -> str:
    """Return the one of *words* that differs from *word* only by capitals, `-` or `_`."""
    return next((one for one in words if _fold(one) == _fold(word)), "")


def _fold(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def _below(key: str, parts: Mapping[str, Asked]) -> str:
    """Return the key one level down that is called *key*, if there is exactly one."""
    found = [f"{name}.{key}" for name, asked in parts.items() if key in _inner(asked)]
    return found[0] if len(found) == 1 else ""


def _inner(asked: Asked) -> list[str]:
    """Return the keys that may stand directly below *asked*, where those are known."""
    model: type[Spec] | None = asked.model
    if model:
        return list(fields(model))
    if get_origin(asked.type) is dict:
        key = bare(get_args(asked.type)[0]).type
        return list(get_args(key)) if get_origin(key) is Literal else []
    return []


def _nested(path: SpecPath, value: object) -> str:
    """Return what to write for *value* to be at *path*, in backticks."""
    inner = "..."
    if isinstance(value, bool):
        inner = str(value).lower()
    elif isinstance(value, (str, int, float)):
        inner = yaml_text(value) if isinstance(value, str) else str(value)
    for step in reversed(path[1:]):
        inner = f"{{{step}: {inner}}}"
    return f"`{path[0]}: {inner}`"
