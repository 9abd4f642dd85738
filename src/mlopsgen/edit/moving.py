"""One step of a migration: in the text of a file, and in plain data to hold that against."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Finding, Place, Related, SpecPath
from mlopsgen.edit.migrations.change import ANY, Change, Step
from mlopsgen.edit.placing import flow
from mlopsgen.edit.rules import BOTH, UNCARRIED
from mlopsgen.edit.tree import Kind, Stretch, stretches
from mlopsgen.load import ENVIRONMENTS
from mlopsgen.load.reader import read
from mlopsgen.spec.said import named, plain


class MigrationError(Exception):
    """A migration would change what the files say. Always our bug, never the user's."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a step changed, and where."""

    file: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the text that a change is about, and the mapping it is in."""

    path: SpecPath
    parent: Stretch
    key: Stretch
    value: Stretch


def moved(name: str, text: str, step: Step) -> tuple[str, tuple[Moved, ...]] | list[Finding]:
    """Return *text*, the file *name*, one *step* on with what was moved; what keeps it from that.

    Only the keys and values that change are touched, and what comes of it is read again.
    """
    data = read(name, text).data
    findings: list[Finding] = []
    edits: list[tuple[int, int, str]] = []
    moves: list[tuple[int, Moved]] = []
    for change in step.everything:
        for entry in _entries(stretches(text), change):
            wrong = _wrong(name, text, change, entry, _at(data, entry.path))
            if wrong:
                findings.append(wrong)
                continue
            done = list(_edits(text, change, entry, _at(data, entry.path)))
            edits += done
            moves.append((entry.key.start, _move(name, text, entry, done)))
    if findings:
        return findings
    new = text
    for start, end, words in sorted(edits, reverse=True):
        new = f"{new[:start]}{words}{new[end:]}"
    again = read(name, new)
    if not again.whole or said(again.data) != said(carried(data, step)):
        msg = f"{name}: migrated, it would not say the same"
        raise MigrationError(msg)
    return new, tuple(move for _, move in sorted(moves, key=lambda each: each[0]))


def said(data: object) -> str:
    """Return what *data* says, types and order of keys included."""
    return json.dumps(data)


def carried(data: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Return *data*, of a file or of a whole platform, one *step* on."""
    result: dict[str, Any] = json.loads(json.dumps(data))
    for change in step.everything:
        for parent, _ in pairs(result, change):
            items = list(parent.items())
            parent.clear()
            for key, value in items:
                mine = key == change.path[-1]
                parent[change.becomes if mine else key] = _value(change, value) if mine else value
    return result


def pairs(data: Mapping[str, Any], change: Change) -> list[tuple[dict[str, Any], SpecPath]]:
    """Return the mappings of *data* that have the key of *change*, with the path of the key."""
    found: list[tuple[dict[str, Any], SpecPath]] = []
    for steps in _paths(change):
        here: list[tuple[Any, SpecPath]] = [(data, ())]
        for step in steps[:-1]:
            here = [
                (value, (*path, key))
                for node, path in here
                if isinstance(node, dict)
                for key, value in node.items()
                if step in {ANY, key}
            ]
        found += [
            (node, (*path, steps[-1]))
            for node, path in here
            if isinstance(node, dict) and steps[-1] in node
        ]
    return found


def _paths(change: Change) -> tuple[tuple[str, ...], ...]:
    return change.path, (ENVIRONMENTS, ANY, *change.path)


def _value(change: Change, value: object) -> object:
    return value if value is None or change.value is None else change.value(value)


def _entries(root: Stretch, change: Change) -> Iterator[_Entry]:
    for steps in _paths(change):
        here: list[tuple[Stretch, SpecPath]] = [(root, ())]
        for step in steps[:-1]:
            here = [
                (value, (*path, key.value))
                for node, path in here
                if node.kind is Kind.MAPPING
                for key, value in node.entries()
                if step in {ANY, key.value}
            ]
        for parent, path in here:
            if entry := parent.child(steps[-1]):
                yield _Entry((*path, steps[-1]), parent, *entry)


def _at(data: Any, path: SpecPath) -> Any:  # noqa: ANN401 - whatever a user's file holds
    for step in path:
        data = data[step]
    return data


def _wrong(name: str, text: str, change: Change, entry: _Entry, value: object) -> Finding | None:
    """Return what keeps *entry* from being moved."""
    new = None if change.becomes == entry.path[-1] else entry.parent.child(change.becomes)
    if new:
        return both(
            entry.path,
            change.becomes,
            _place(name, text, entry.key),
            Related(_place(name, text, new[0]), "and here"),
        )
    if value is None or _value(change, value) is not None:
        return None
    raw = text[entry.value.start : entry.value.end]
    shown = raw if entry.value.kind is Kind.SCALAR and "\n" not in raw else plain(value)
    return UNCARRIED.at(
        _place(name, text, entry.value),
        f"{named(entry.path)} is `{shown}`; what is carried is {change.takes}",
        fix=f"write {change.takes}, or take `{entry.path[-1]}` away",
    )


def both(path: SpecPath, new: str, at: SpecPath | Place, related: Related) -> Finding:
    """Return that the old key at *path* stands beside the *new* one."""
    return BOTH.at(
        at,
        f"{named(path)} stands beside `{new}`, which it would become",
        fix=f"take `{path[-1]}` away, or `{new}`",
        related=(related,),
    )


def _edits(
    text: str, change: Change, entry: _Entry, value: object
) -> Iterator[tuple[int, int, str]]:
    """Yield what takes the place of which stretch of *text*."""
    key = entry.key
    if change.becomes != entry.path[-1]:
        yield key.start, key.end, _like(text, key, change.becomes)
    new = _value(change, value)
    if value is not None and change.value is not None:
        # A file in the style of JSON stays JSON.
        words = json.dumps(new) if key.style == '"' else _like(text, entry.value, new)
        yield entry.value.start, entry.value.end, words


def _like(text: str, old: Stretch, new: object) -> str:
    """Return *new* in the quotes that *old* has."""
    quote = text[old.start] if old.style in {"'", '"'} else ""
    return f"{quote}{new}{quote}" if quote else flow(new)


def _move(name: str, text: str, entry: _Entry, edits: list[tuple[int, int, str]]) -> Moved:
    """Return what *edits* make of *entry*: its key, and its value where that changes as well."""
    start = min(edit[0] for edit in edits)
    end = max(edit[1] for edit in edits)
    after = text[start:end]
    for first, last, words in sorted(edits, reverse=True):
        after = f"{after[: first - start]}{words}{after[last - start :]}"
    return Moved(name, _place(name, text, entry.key).line, text[start:end], after)


def _place(name: str, text: str, node: Stretch) -> Place:
    line = text.count("\n", 0, node.start) + 1
    column = node.start - text.rfind("\n", 0, node.start)
    raw = text[node.start : node.end]
    return Place(name, line, column, max(len(raw), 1) if "\n" not in raw else 1)
