"""Values that YAML readers disagree about, mended where the spec takes only one of the readings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, get_args, get_origin

from mlopsgen.diagnostics import Finding, Mend, Place, SpecPath
from mlopsgen.load.places import Node
from mlopsgen.load.rules import DATE, KEY, NUMBER, RANGE, WORD
from mlopsgen.load.scalars import resolve
from mlopsgen.load.source import ENVIRONMENTS, Source
from mlopsgen.spec.certain import YES_NO
from mlopsgen.spec.form import Notation
from mlopsgen.spec.platform import Platform
from mlopsgen.spec.route import Asked, asked_at, bare

_CODES = frozenset(rule.code for rule in (WORD, NUMBER, DATE, RANGE))
_OVERLAY = 2
"""Steps that lead to an overlay: `environments` and its name."""

_GROUPED = re.compile(r"\+?[1-9][0-9]*(?:_[0-9]+)*")
"""A whole number that everybody reads alike once its `+` and its `_` are gone."""


def mended(findings: Iterable[Finding], source: Source) -> Iterator[Finding]:
    """Yield *findings* of the reader, with the text that mends them where that is certain."""
    for each in findings:
        at = each.at
        if isinstance(at, Place) and at.file in source.files() and _about_a_scalar(each):
            yield replace(each, mend=_mend(source.root_of(at.file), at))
        else:
            yield each


def _about_a_scalar(finding: Finding) -> bool:
    return finding.code in _CODES or finding.code == KEY.code


def _mend(root: Node, at: Place) -> Mend | None:
    """Return the mend of the key or value at *at*."""
    for path, node in _nodes(root, ()):
        if path and node.key == at and isinstance(path[-1], str):
            key = path[-1]
            return Mend(json.dumps(key, ensure_ascii=False)) if _key(key) else None
        if node.at == at and node.written:
            steps = path[_OVERLAY:] if path[:1] == (ENVIRONMENTS,) else path
            return _value(node.written, asked_at(Platform, steps))
    return None


def _nodes(node: Node, path: SpecPath) -> Iterator[tuple[SpecPath, Node]]:
    yield path, node
    for step, child in node.children.items():
        yield from _nodes(child, (*path, step))


def _key(text: str) -> bool:
    """Whether *text* can have been meant as a key: anything but nothing."""
    return bool(text) and text != "<<" and resolve(text) is not None


def _value(written: str, asked: list[Asked]) -> Mend | None:
    """Return *written* as the only kind of value that *asked* takes."""
    kinds = {kind for one in asked for kind in _kinds(one)}
    if kinds == {str}:
        return Mend(json.dumps(written, ensure_ascii=False))
    if kinds == {bool} and written.lower() in YES_NO:
        return Mend(YES_NO[written.lower()])
    if kinds and kinds <= {int, float} and _GROUPED.fullmatch(written):
        return Mend(written.strip("+").replace("_", ""))
    return None


def _kinds(asked: Asked) -> Iterator[object]:
    """Yield what *asked* takes; a quantity or a secret is neither text nor number here."""
    if isinstance(asked.form, Notation) or (asked.form and not asked.form.shown):
        yield Notation
        return
    for one in map(bare, asked.members):
        if get_origin(one.type) is Literal:
            yield from {type(word) for word in get_args(one.type)}
        else:
            yield get_origin(one.type) or one.type
