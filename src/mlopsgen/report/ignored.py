"""Findings that a comment on their line takes away, and comments that take nothing away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mlopsgen.diagnostics import Finding, Rule, Severity
from mlopsgen.load import Ignore
from mlopsgen.report.located import Located

UNUSED = Rule(
    "IGNORE001",
    "a comment that ignores a finding has one to ignore",
    "What it was written for is mended or has moved. It would hide the next finding of that rule"
    " on its line, which nobody has looked at.",
    Severity.WARNING,
)
UNEXPLAINED = Rule(
    "IGNORE002",
    "a comment that ignores a finding says which and why",
    "Whoever comes after can tell neither what was known nor whether it still holds, so such a"
    " comment ignores nothing.",
    Severity.WARNING,
)
RULES = (UNUSED, UNEXPLAINED)
_FORM = "`# mlopsgen: ignore[CODE] reason`"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that somebody knows of, with their reason."""

    item: Located
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What is left to say, what was ignored, and what is wrong with the comments."""

    items: tuple[Located, ...]
    ignored: tuple[Ignored, ...]
    comments: tuple[Finding, ...]


def judged(items: Iterable[Located], ignores: Sequence[Ignore], *, complete: bool) -> Judged:
    """Return *items* without those that one of *ignores* takes away.

    Errors stay. A comment is called unused only where all there is to find was found: when
    *complete*, and there are no errors behind which nothing was looked for.
    """
    if not ignores:
        return Judged(tuple(items), (), ())
    reasons = {
        (each.at.file, each.at.line, code): each
        for each in ignores
        if each.reason
        for code in each.codes
    }
    kept: list[Located] = []
    taken: list[Ignored] = []
    used: set[tuple[str, int, str]] = set()
    errors: set[tuple[str, int, str]] = set()
    for item in items:
        place = (item.place.file, item.place.line, item.finding.code)
        if item.finding.severity is Severity.ERROR:
            errors.add(place)
        elif place in reasons:
            used.add(place)
            taken.append(Ignored(item, reasons[place].reason))
            continue
        kept.append(item)
    failed = any(item.finding.severity is Severity.ERROR for item in kept)
    comments = _comments(ignores, used, errors, all_found=complete and not failed)
    return Judged(tuple(kept), tuple(taken), tuple(comments))


def _comments(
    ignores: Sequence[Ignore],
    used: set[tuple[str, int, str]],
    errors: set[tuple[str, int, str]],
    *,
    all_found: bool,
) -> Iterator[Finding]:
    for each in ignores:
        if not each.codes or not each.reason:
            lacks = "names no rule" if not each.codes else "gives no reason"
            yield UNEXPLAINED.at(each.at, f"this comment {lacks}", fix=f"write {_FORM}")
            continue
        for code in each.codes:
            place = (each.at.file, each.at.line, code)
            if place in errors:
                message = f"`{code}` is an error here, and only warnings can be ignored"
                yield UNUSED.at(each.at, message, fix=f"mend it, and take `{code}` away")
            elif all_found and place not in used:
                message = f"there is no `{code}` on this line to ignore"
                yield UNUSED.at(each.at, message, fix=f"take `{code}` away")
