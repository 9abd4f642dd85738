"""A value set or taken away in the text of a file, with everything around it as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlopsgen.diagnostics import SpecPath
from mlopsgen.edit.tree import Kind, Stretch, comments, stretches
from mlopsgen.spec.said import yaml_text

_WIDTH = 100
"""Columns of a line; a map that would be longer has lines of its own, where its place has."""


class PlacingError(Exception):
    """A value that can't be changed without losing a comment."""


def depth(text: str, path: SpecPath) -> int:
    """Return how many steps of *path* the file *text* has."""
    return len(_walked(stretches(text), path)[1])


def with_value(text: str, path: SpecPath, value: object) -> str:
    """Return *text* with *value* at *path*, whose first step is a key of the file."""
    root = stretches(text)
    node, entries = _walked(root, path)
    rest = path[len(entries) :]
    if not rest:
        return _replaced(text, entries[-1][0], node, value)
    for step in reversed(rest[1:]):
        value = {str(step): value}
    if node.kind is Kind.MAPPING and not (entries and text[node.start : node.end] == "{}"):
        return _added(text, node, str(rest[0]), value)
    return _replaced(text, entries[-1][0], node, {str(rest[0]): value})


def without(text: str, path: SpecPath) -> str:
    """Return *text* without the entry at *path*, which it has; an empty mapping stays as `{}`."""
    root = stretches(text)
    _, entries = _walked(root, path)
    key, value = entries[-1]
    parent = entries[-2][1] if len(entries) > 1 else root
    if len(parent.below) == len(entries[-1]):
        above = entries[-2][0] if len(entries) > 1 else parent
        return _replaced(text, above, parent, {})
    if parent.flow:
        index = parent.entries().index((key, value))
        if index:
            return text[: parent.entries()[index - 1][1].end] + text[value.end :]
        return text[: key.start] + text[parent.entries()[1][0].start :]
    start = text.rfind("\n", 0, key.start) + 1
    end = text.find("\n", max(value.end - 1, key.end))
    return text[:start] + (text[end + 1 :] if end >= 0 else "")


def flow(value: object) -> str:
    """Return *value* as it is written on one line."""
    match value:
        case Mapping():
            pairs = (f"{yaml_text(str(key))}: {flow(each)}" for key, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(flow, value)) + "]"
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return yaml_text(value)
        case _:
            return str(value)


def _walked(root: Stretch, path: SpecPath) -> tuple[Stretch, list[tuple[Stretch, Stretch]]]:
    """Return the deepest value on *path*, and the entries that lead there."""
    node, entries = root, []
    for step in path:
        entry = node.child(str(step))
        if entry is None:
            break
        entries.append(entry)
        node = entry[1]
    return node, entries


def _replaced(text: str, key: Stretch, node: Stretch, value: object) -> str:
    """Return *text* with *value* in the place of *node*, which belongs to *key*."""
    new = flow(value)
    if node.block:
        colon = text.index(":", key.end) + 1
        if comments(text[colon : node.end], _nothing()):
            line = text.count("\n", 0, key.start) + 1
            msg = f"line {line} has comments inside of what would be replaced"
            raise PlacingError(msg)
        return f"{text[:colon]} {new}{text[node.end :]}"
    raw = text[node.start : node.end]
    if raw in {"", "{}"} and isinstance(value, Mapping) and (below := _opened(text, key, value)):
        colon, end = text.index(":", key.end) + 1, (f"{text}\n").index("\n", node.end)
        end -= text[node.end : end].endswith("\r")
        return text[:colon] + text[node.end : end] + below + text[end:]
    if not raw:
        return f"{text[: node.start]} {new}{text[node.end :]}"
    quote = raw[0]
    if isinstance(value, str) and quote in {"'", '"'} and not {"'", '"', "\\"} & {*value}:
        new = f"{quote}{value}{quote}"
    return f"{text[: node.start]}{new}{text[node.end :]}"


def _opened(text: str, key: Stretch, value: Mapping[str, object]) -> str:
    """Return the lines of *value* below *key*; none where it fits behind it."""
    pad = text[text.rfind("\n", 0, key.start) + 1 : key.start]
    fits = len(pad) + len(f"{key.value}: {flow(value)}") <= _WIDTH
    return "" if fits or pad.strip() else _joined(text, _lines(value, f"{pad}  "))


def _nothing() -> Stretch:
    return Stretch(Kind.LIST, 0, 0)


def _added(text: str, node: Stretch, name: str, value: object) -> str:
    """Return *text* with *value* as *name*, the last of the mapping *node*."""
    entry = f"{yaml_text(name)}: {flow(value)}"
    if node.flow:
        end = node.below[-1].end if node.below else node.start + 1
        return f"{text[:end]}{', ' if node.below else ''}{entry}{text[end:]}"
    first = node.below[0].start
    pad = " " * (first - text.rfind("\n", 0, first) - 1)
    lines = _joined(text, _lines({name: value}, pad))
    last = len(text[: node.end].rstrip())
    stop = text.find("\n", last)
    if stop < 0:
        return text + lines
    stop -= text[stop - 1] == "\r"
    return text[:stop] + lines + text[stop:]


def _lines(value: Mapping[str, object], pad: str) -> Iterator[str]:
    """Yield the entries of *value*, each on one line or, where it is too long, on several."""
    for key, each in value.items():
        name, new = yaml_text(str(key)), flow(each)
        if isinstance(each, Mapping) and each and len(f"{pad}{name}: {new}") > _WIDTH:
            yield f"{pad}{name}:"
            yield from _lines(each, f"{pad}  ")
        else:
            yield f"{pad}{name}: {new}"


def _joined(text: str, lines: Iterable[str]) -> str:
    """Return *lines* as they follow a line of *text*."""
    line_end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    return "".join(f"{line_end}{line}" for line in lines)
