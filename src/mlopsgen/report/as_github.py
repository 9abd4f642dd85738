"""Findings as workflow commands, which GitHub Actions shows at the lines of a pull request.

The form of a command and its escapes are what actions/runner parses in ActionCommand.cs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from mlopsgen.diagnostics import Rule, Severity
from mlopsgen.report.characters import shown
from mlopsgen.report.located import Located
from mlopsgen.report.prose import headline, particulars

SHOWN = 10
"""Annotations of one level that GitHub keeps from one step; it drops the others silently."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(items: Iterable[Located], rules: Mapping[str, Rule] | None = None) -> str:
    """Return one command a line: the first of each level, then how many were left out.

    *rules* give the titles of the annotations; without them a title is the bare code.
    """
    found = tuple(items)
    count = Counter(item.finding.severity for item in found)
    room = dict.fromkeys(_LEVELS, SHOWN)
    if any(count[severity] > SHOWN for severity in room):
        room[Severity.INFO] -= 1  # the notice about the rest takes a place of its own
    lines = []
    for item in found:
        severity = item.finding.severity
        if room[severity]:
            room[severity] -= 1
            count[severity] -= 1
            lines.append(_annotation(item, rules or {}))
    if +count:
        lines.append(_rest(count))
    return "".join(f"{line}\n" for line in lines)


def _annotation(item: Located, rules: Mapping[str, Rule]) -> str:
    finding, place = item.finding, item.place
    rule = rules.get(finding.code)
    return command(
        _LEVELS[finding.severity],
        {
            "file": place.file,
            "line": str(place.line),
            "col": str(place.column),
            "endColumn": str(place.column + place.width),
            "title": f"{finding.code} {rule.title}" if rule else finding.code or "mlopsgen",
        },
        "\n".join([headline(finding), *particulars(item)]),
    )


def _rest(count: Mapping[Severity, int]) -> str:
    parts = ", ".join(
        f"{count[severity]} of level {level}"
        for severity, level in _LEVELS.items()
        if count[severity]
    )
    return command(
        "notice",
        {"title": "mlopsgen"},
        f"GitHub shows {SHOWN} annotations of a level; left out here: {parts}. "
        "`mlopsgen validate` shows all findings.",
    )


def command(name: str, properties: Mapping[str, str], data: str) -> str:
    """Return a workflow command; no property and no data can end it or start another."""
    listed = ",".join(
        f"{key}={shown(value).translate(_PROPERTY)}" for key, value in properties.items()
    )
    lines = "\n".join(shown(line) for line in data.split("\n"))
    return f"::{name} {listed}::{lines.translate(_DATA)}"
