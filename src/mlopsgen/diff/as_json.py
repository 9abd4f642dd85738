"""A comparison for programs: one object on standard output."""

from __future__ import annotations

from typing import Any

from mlopsgen.diff.compare import Comparison, Environment
from mlopsgen.diff.fields import ABSENT, Change
from mlopsgen.diff.risks import Entry
from mlopsgen.diff.summary import Said
from mlopsgen.report.as_json import VERSION
from mlopsgen.report.located import dotted
from mlopsgen.report.machine import to_json


def render(comparison: Comparison) -> str:
    """Return *comparison* as JSON."""
    return to_json(
        {
            "version": VERSION,
            "before": comparison.before,
            "after": comparison.after,
            "different": comparison.different,
            "note": comparison.note,
            "environments": [_environment(each) for each in comparison.environments],
        }
    )


def _environment(one: Environment) -> dict[str, Any]:
    return {
        "name": one.name,
        "state": one.state,
        "summary": [_said(each) for each in one.said],
        "risks": [
            {
                "kind": each.kind,
                "level": each.level,
                "subject": each.subject,
                "file": f"{one.name}/{each.path}",
                "reason": each.reason,
            }
            for each in one.risks
        ],
        "objects": [_entry(each, one.name) for each in one.objects],
        "files": [_entry(each, one.name) for each in one.files],
    }


def _said(one: Said) -> dict[str, Any]:
    place = one.place
    return {
        "sentence": one.sentence,
        "path": dotted(one.path),
        "change": one.kind,
        "before": one.before,
        "after": one.after,
        "models": list(one.takers),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "side": "before" if one.old else "after",
    }


def _entry(entry: Entry, environment: str) -> dict[str, Any]:
    key = entry.key
    named = {"group": key.group, "kind": key.kind, "namespace": key.namespace, "name": key.name}
    return {
        **(named if key.kind else {}),
        "change": entry.kind,
        "file": f"{environment}/{entry.path}",
        "fields": [_field(each) for each in entry.fields],
    }


def _field(change: Change) -> dict[str, Any]:
    """Return *change*; a side that has no value has no key."""
    sides = (("before", change.before), ("after", change.after))
    return {"path": change.dotted} | {name: value for name, value in sides if value is not ABSENT}
