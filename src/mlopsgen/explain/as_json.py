"""Explanations for programs: one object on standard output, `version` as in findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.explain import RULES, page
from mlopsgen.explain.flows import Verdict
from mlopsgen.explain.keys import Key
from mlopsgen.explain.lines import File
from mlopsgen.explain.models import Account
from mlopsgen.explain.settings import Setting
from mlopsgen.report.as_json import VERSION
from mlopsgen.report.located import Source, dotted
from mlopsgen.report.machine import to_json


def rules(codes: Iterable[str], *, pages: bool) -> str:
    """Return the rules with *codes*, with their *pages* or without."""
    found = [
        {
            "code": code,
            "title": RULES[code].title,
            "severity": RULES[code].severity.value,
            "why": RULES[code].why,
            **({"page": page(code)} if pages else {}),
        }
        for code in codes
    ]
    return to_json({"version": VERSION, "rules": found})


def key(found: Key, settings: Sequence[Setting], accounts: Sequence[Account]) -> str:
    """Return what a key means, what it is and what it becomes."""
    return to_json(
        {
            "version": VERSION,
            "key": {
                "path": dotted(found.path),
                "description": found.says,
                "form": found.form,
                "default": found.default,
                "required": found.required,
                "keys": dict(found.keys),
            },
            "settings": [
                {
                    "path": dotted(each.path),
                    "environments": each.environments,
                    "value": each.value,
                    "because": each.because,
                    **_place(each.place),
                    "instead": _place(each.instead) if each.instead else None,
                }
                for each in settings
            ],
            "becomes": [asdict(each) for each in accounts],
        }
    )


def file(found: File, source: Source) -> str:
    """Return where a generated file, or a line of it, comes from."""
    return to_json(
        {
            "version": VERSION,
            "file": found.name,
            "environment": found.environment,
            "state": found.state or "up to date",
            "emitter": found.emitter,
            "shapes": found.shapes,
            "origins": [_origin(path, found, source) for path in found.origins],
            "lines": [
                {
                    "line": each.number,
                    "text": each.text,
                    "path": dotted(each.path),
                    "hole": each.hole,
                    "holeLine": each.hole_line,
                    "fixed": each.fixed,
                    "origins": [
                        {"how": one.how, **_origin(one.path, found, source)} for one in each.origins
                    ],
                }
                for each in found.lines
            ],
        }
    )


def flow(found: Iterable[Verdict], source: Source) -> str:
    """Return who may connect to whom, and the policies that say so."""
    rows = []
    for each in found:
        environment = each.environments[0]
        row = asdict(each)
        row["allowed"] = each.allowed
        row["declared"] = [
            {"because": because, "path": dotted(path), **_place(source.stated(path, environment))}
            for because, path in each.declared
        ]
        rows.append(row)
    return to_json({"version": VERSION, "flows": rows})


def _origin(path: SpecPath, found: File, source: Source) -> dict[str, Any]:
    return {"path": dotted(path), **_place(source.stated(path, found.environment))}


def _place(place: Place | None) -> dict[str, Any]:
    """Return where a value is written; a default has no place."""
    if place is None:
        return {"file": None, "line": None, "column": None}
    return {"file": place.file, "line": place.line, "column": place.column}
