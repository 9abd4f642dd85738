"""Words that more than one form of a comparison uses."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from mlopsgen.diagnostics import Place
from mlopsgen.diff.compare import Comparison, Environment
from mlopsgen.diff.fields import ABSENT, Change, written
from mlopsgen.diff.risks import LEVELS, Entry, Risk
from mlopsgen.diff.summary import Said
from mlopsgen.plan.specimen import FIXTURES
from mlopsgen.report.as_text import counted
from mlopsgen.report.characters import shown

MARKS = {"added": "+", "removed": "-", "changed": "~"}
_COPIES = ("prometheus/", "docs/", FIXTURES)
"""Folders whose files say again, for people and for tests, what objects say."""


def headline(one: Environment) -> str:
    """Return what there is to say of *one*, in numbers."""
    if one.state == "unchanged":
        return "unchanged"
    parts = [counted(len(one.said), "value")] if one.said else []
    if one.objects:
        parts.append(counted(len(one.objects), "object"))
    if one.files:
        parts.append(counted(len(one.files), "file"))
    levels = Counter(risk.level for risk in one.risks)
    risks = [f"{levels[level]} {level}" for level in LEVELS if levels[level]]
    start = {"added": "new: ", "removed": "removed: "}.get(one.state, "")
    found = f"{start}{', '.join(parts)}"
    return f"{found}; risks: {', '.join(risks)}" if risks else found


def total(comparison: Comparison) -> str:
    """Return in one line whether anything differs."""
    changed = [each.name for each in comparison.environments if each.state != "unchanged"]
    if not changed:
        return "no differences"
    return f"{', '.join(changed)} {'differs' if len(changed) == 1 else 'differ'}"


def fields(entry: Entry) -> tuple[Change, ...]:
    """Return how *entry* differs, field by field, where no object says it better."""
    return () if entry.path.startswith(_COPIES) else entry.fields


def field(change: Change) -> str:
    """Return *change* as a line."""
    if change.before is ABSENT:
        return f"{change.dotted}: {written(change.after)} (new)"
    if change.after is ABSENT:
        return f"{change.dotted}: {written(change.before)} (gone)"
    before, after = change.before, change.after
    if isinstance(before, str) and isinstance(after, str) and "\n" in before and "\n" in after:
        lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0))[2:]
        gone, new = (sum(line.startswith(mark) for line in lines) for mark in ("-", "+"))
        return f"{change.dotted}: text, {gone} of its lines gone, {new} new"
    if isinstance(before, list) and isinstance(after, list):
        return f"{change.dotted}: {_members(before, after)}"
    return f"{change.dotted}: {written(before)} -> {written(after)}"


def _members(before: list[object], after: list[object]) -> str:
    """Return which members of a list are new or gone, or both lists where only the order is."""
    new = [f"+{written(each)}" for each in after if each not in before]
    gone = [f"-{written(each)}" for each in before if each not in after]
    return ", ".join((*gone, *new)) or f"{written(before)} -> {written(after)}"


def placed(one: Said, before: str) -> str:
    """Return where *one* is said; *before* is what the other side is called."""
    if not isinstance(one.place, Place):
        return "a default now" if one.kind == "changed" else ""
    where = f"{one.place.file}:{one.place.line}"
    return f"{where} of {before}" if one.old else where


def risk(one: Risk) -> str:
    """Return *one* as a sentence."""
    return f"{one.subject}: {one.reason}"


def unified(environment: Environment) -> Iterator[str]:
    """Yield how the files of *environment* differ, as lines of a unified diff without ends.

    A file of several objects is shown once.
    """
    done: set[str] = set()
    for entry in environment.entries:
        if entry.path in done:
            continue
        done.add(entry.path)
        old = entry.before.text().splitlines() if entry.before else []
        new = entry.after.text().splitlines() if entry.after else []
        name = f"{environment.name}/{entry.path}"
        names = (
            "/dev/null" if not entry.before else name,
            "/dev/null" if not entry.after else name,
        )
        yield from (shown(line) for line in difflib.unified_diff(old, new, *names, lineterm=""))


def limited(lines: Iterable[str], most: int) -> tuple[list[str], int]:
    """Return the first *most* of *lines*, and how many more there are."""
    found = list(lines)
    return found[:most], max(len(found) - most, 0)
