"""Values of environments, and how they differ: for people, as YAML and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlopsgen.diagnostics import Place
from mlopsgen.explain.forms import written
from mlopsgen.explain.held import Held
from mlopsgen.explain.parity import Difference
from mlopsgen.explain.places import values as places
from mlopsgen.report.as_json import VERSION
from mlopsgen.report.characters import columns, shown
from mlopsgen.report.located import dotted
from mlopsgen.report.machine import to_json
from mlopsgen.serialize import to_yaml

_LONGEST = 60
"""Columns of a table's column, and characters of a value in it; what is longer stands out."""

_NONE = "(none)"
Values = Mapping[str, Sequence[Held]]
"""What holds, by environment."""


def text(values: Values, *, origins: bool) -> str:
    """Return a line for each value, lined up; with *origins* the place that says it."""
    parts = []
    for name, held in values.items():
        rows = [(dotted(one.path), _flow(one.value, 200), said(one)) for one in held]
        table = _aligned(rows if origins else [row[:2] for row in rows])
        head = f"{name}:\n" if len(values) > 1 else ""
        parts.append(f"{head}{table}")
    return "\n".join(parts)


def said(one: Held) -> str:
    """Return which line says *one*, and for whom."""
    where = f"{one.place.file}:{one.place.line}" if one.place else ""
    return ", ".join(filter(None, (where, one.because)))


def parity(found: Sequence[Difference], environments: Sequence[str]) -> str:
    """Return a table of what differs, each value with its line below it."""
    rows: list[tuple[str, ...]] = [("", *environments)]
    for each in found:
        cells = [each.cells[name] for name in environments]
        rows.append((dotted(each.path), *(cell(one, whole=each.whole) for one in cells)))
        rows.append(("", *(said(one) if one else "" for one in cells)))
    return _aligned(rows)


def cell(one: Held | None, *, whole: bool) -> str:
    """Return a value for a table, cut where it is long; *whole* is that of an entry."""
    if one is None:
        return _NONE
    return "there" if whole else _flow(one.value, _LONGEST)


def _flow(value: object, longest: int) -> str:
    found = written(value) if not _nested(value) else json.dumps(value, ensure_ascii=False)
    plain = found or ('""' if value == "" else "[]")
    return plain if len(plain) <= longest else f"{plain[: longest - 3]}..."


def _nested(value: object) -> bool:
    members = value if isinstance(value, list) else (value,)
    return any(isinstance(each, (Mapping, list)) for each in members)


def _aligned(rows: Iterable[Sequence[str]]) -> str:
    clean = [[shown(cell) for cell in row] for row in rows]
    wide = [min(max(map(columns, column)), _LONGEST) for column in zip(*clean, strict=True)]
    lines = (
        "  ".join(f"{cell}{' ' * (wide[n] - columns(cell))}" for n, cell in enumerate(row))
        for row in clean
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def yaml(values: Values, *, origins: bool) -> str:
    """Return the values as they would stand in one platform.yaml, of each environment."""
    several = len(values) > 1
    documents = []
    for name, held in values.items():
        tree: dict[str, Any] = {}
        comments: dict[tuple[str | int, ...], str] = {}
        for one in held:
            _put(tree, one.path, one.value)
            comments[0, *one.path] = said(one)
        body = to_yaml((tree,))
        if origins:
            body = _commented(body, comments)
        documents.append(f"# {name}\n{body}" if several else body)
    return "---\n".join(documents)


def _put(tree: dict[str, Any], path: Sequence[str | int], value: object) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(str(step), {})
    tree[str(path[-1])] = value


def _commented(body: str, comments: Mapping[tuple[str | int, ...], str]) -> str:
    lines = body.splitlines()
    for found in places(body):
        comment = comments.get(found.path)
        if comment:
            lines[found.line - 1] += f"  # {shown(comment)}"
    return "".join(f"{line}\n" for line in lines)


def as_json(values: Values) -> str:
    """Return the values for programs."""
    environments = [
        {"name": name, "values": [_json(one) for one in held]} for name, held in values.items()
    ]
    return to_json({"version": VERSION, "environments": environments})


def parity_as_json(found: Sequence[Difference]) -> str:
    """Return what differs for programs."""
    rows = [
        {
            "path": dotted(each.path),
            "whole": each.whole,
            "environments": {
                name: _json(one) if one and not each.whole else _there(one)
                for name, one in each.cells.items()
            },
        }
        for each in found
    ]
    return to_json({"version": VERSION, "differences": rows})


def _json(one: Held) -> dict[str, Any]:
    found = {"path": dotted(one.path), "value": one.value, "because": one.because}
    return found | _place(one.place)


def _there(one: Held | None) -> dict[str, Any] | None:
    return _place(one.place) if one else None


def _place(place: Place | None) -> dict[str, Any]:
    if place is None:
        return {"file": None, "line": None, "column": None}
    return {"file": place.file, "line": place.line, "column": place.column}
