"""Findings for programs: the contract is schemas/findings.schema.json."""

from __future__ import annotations

from collections.abc import Iterable

from mlopsgen.report.ignored import Ignored
from mlopsgen.report.located import Located, dotted
from mlopsgen.report.machine import to_json

VERSION = 1
"""Raised when a reader of the last version could misread this one; new keys do not raise it."""


def render(items: Iterable[Located], artifacts: int, ignored: Iterable[Ignored] = ()) -> str:
    """Return *items*, those *ignored* and the number of files built as one JSON object."""
    return to_json(
        {
            "version": VERSION,
            "findings": [_finding(item) for item in items],
            "ignored": [{**_finding(one.item), "reason": one.reason} for one in ignored],
            "artifacts": artifacts,
        }
    )


def _finding(item: Located) -> dict[str, object]:
    finding, place, mend = item.finding, item.place, item.finding.mend
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "why": finding.why,
        "fix": finding.fix,
        "mend": {"text": mend.text, "added": mend.added} if mend else None,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "path": dotted(item.path),
        "environments": finding.environments,
        "related": [
            {
                "file": other.file,
                "line": other.line,
                "column": other.column,
                "message": message,
            }
            for other, message in item.related
        ],
    }
