"""How two values differ, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from mlopsgen.diagnostics import SpecPath

_NAMES = ("name", "alert", "sid", "key", "id", "containerPort", "port")
"""Keys that tell the members of a list apart where each member has one of its own."""


class Absent(Enum):
    """Stands for a value where there is none."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Change:
    """A value that is another, new or gone; a step in brackets is a member's name."""

    path: SpecPath
    before: Any
    after: Any

    @property
    def dotted(self) -> str:
        """The path as text: `spec.containers[main].image`."""
        text = "".join(
            step if isinstance(step, str) and step.startswith("[") else _step(step)
            for step in self.path
        )
        return text.removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f'["{step}"]' if "." in step or "/" in step else f".{step}"


def changes(before: object, after: object, path: SpecPath = ()) -> Iterator[Change]:
    """Yield how *after* differs from *before*; nothing when they are equal."""
    if before == after and type(before) is type(after):
        return
    match before, after:
        case Mapping() as old, Mapping() as new:
            for key in dict.fromkeys((*old, *new)):
                yield from changes(old.get(key, ABSENT), new.get(key, ABSENT), (*path, key))
        case (list() | tuple()) as old, (list() | tuple()) as new:
            yield from _lists(old, new, path)
        case _:
            yield Change(path, before, after)


def _lists(before: Sequence[Any], after: Sequence[Any], path: SpecPath) -> Iterator[Change]:
    if not any(isinstance(each, (Mapping, list, tuple)) for each in (*before, *after)):
        if list(before) != list(after):
            yield Change(path, list(before), list(after))
        return
    name = next((name for name in _NAMES if _tells(name, before) and _tells(name, after)), None)
    if name is None:
        yield from _aligned(before, after, path)
        return
    old = {str(each[name]): each for each in before}
    new = {str(each[name]): each for each in after}
    for key in dict.fromkeys((*old, *new)):
        yield from changes(old.get(key, ABSENT), new.get(key, ABSENT), (*path, f"[{key}]"))


def _tells(name: str, members: Sequence[Any]) -> bool:
    """Whether every one of *members* has a *name* that no other has."""
    if not all(isinstance(each, Mapping) and name in each for each in members):
        return False
    return len({str(each[name]) for each in members}) == len(members)


def _aligned(before: Sequence[Any], after: Sequence[Any], path: SpecPath) -> Iterator[Change]:
    """Yield how members without names differ, those that stayed taken out first."""
    old_texts, new_texts = ([canonical(each) for each in members] for members in (before, after))
    found = SequenceMatcher(None, old_texts, new_texts, autojunk=False)
    for what, low, high, low2, high2 in found.get_opcodes():
        if what == "equal":
            continue
        for offset in range(max(high - low, high2 - low2)):
            old = before[low + offset] if low + offset < high else ABSENT
            new = after[low2 + offset] if low2 + offset < high2 else ABSENT
            position = (low if new is ABSENT else low2) + offset
            yield from changes(old, new, (*path, position))


def canonical(value: object) -> str:
    """Return *value* as text that equal values share."""
    return json.dumps(value, sort_keys=True, default=str)


def written(value: object, longest: int = 120) -> str:
    """Return *value* on one line, as YAML in flow style has it, cut at *longest* characters."""
    match value:
        case Absent():
            text = "(none)"
        case None:
            text = "null"
        case str():
            text = value if value and value == value.strip() else json.dumps(value)
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
