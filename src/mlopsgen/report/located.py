"""Findings at their places: the one input of every renderer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from mlopsgen.diagnostics import Finding, Place, Severity, SpecPath

_BARE = re.compile(r"(?!\d+\Z)[\w/:@+-]+")
"""A step of a path that cannot be taken for a number, two steps or the end of a sentence."""


class Source(Protocol):
    """The files a platform was read from."""

    def locate(self, path: SpecPath, environment: str | None = None) -> Place:
        """Return the place of the deepest value at or above *path*, as *environment* sees it."""
        ...

    def key_place(self, path: SpecPath, environment: str | None = None) -> Place:
        """Return the place of the key of that value."""
        ...

    def stated(self, path: SpecPath, environment: str | None = None) -> Place | None:
        """Return the place of the value at *path*, None where nobody wrote one."""
        ...

    def line(self, file: str, number: int) -> str:
        """Return a line without its end; "" when there is no such line."""
        ...


@dataclass(frozen=True, slots=True)
class Located:
    """A finding whose places are known."""

    finding: Finding
    place: Place
    related: tuple[tuple[Place, str], ...] = ()

    @property
    def path(self) -> SpecPath:
        """The route to the value that is wrong, () when the finding came with a bare place."""
        return () if isinstance(self.finding.at, Place) else self.finding.at


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run went, in numbers."""

    errors: int = 0
    warnings: int = 0
    infos: int = 0
    artifacts: int = 0
    ignored: int = 0


def summarised(items: Iterable[Located], artifacts: int, ignored: int = 0) -> Summary:
    """Return the counts of *items* by severity, and how many more were *ignored*."""
    count = Counter(item.finding.severity for item in items)
    return Summary(
        errors=count[Severity.ERROR],
        warnings=count[Severity.WARNING],
        infos=count[Severity.INFO],
        artifacts=artifacts,
        ignored=ignored,
    )


def located(findings: Iterable[Finding], source: Source) -> tuple[Located, ...]:
    """Return *findings* in the order of their places, equal ones united.

    A finding of several environments is looked up in each, because their overlays may have
    written the value at different places. What then has the same code, message and place is one
    finding of all those environments.
    """
    found: dict[tuple[str, str, Place], Located] = {}
    for finding in findings:
        for environment in finding.environments or (None,):
            item = _locate(finding, source, environment)
            key = (finding.code, finding.message, item.place)
            found[key] = _united(found[key], item) if key in found else item
    return in_order(found.values())


def in_order(items: Iterable[Located]) -> tuple[Located, ...]:
    """Return *items* in the order of their places."""
    return tuple(sorted(items, key=_order))


def dotted(path: SpecPath) -> str:
    """Return *path* as text: `models.iris.scale.max`, with `models."a.b"` where dots would lie.

    Positions in lists are plain numbers; a key that looks like one is quoted.
    """
    return ".".join(
        step
        if isinstance(step, str) and _BARE.fullmatch(step)
        else json.dumps(step, ensure_ascii=False)
        for step in path
    )


def _locate(finding: Finding, source: Source, environment: str | None) -> Located:
    def place(at: SpecPath | Place) -> Place:
        return at if isinstance(at, Place) else source.locate(at, environment)

    return Located(
        finding=replace(finding, environments=(environment,) if environment else ()),
        place=_key(finding, source, environment) or place(finding.at),
        related=tuple((place(other.at), other.message) for other in finding.related),
    )


def _key(finding: Finding, source: Source, environment: str | None) -> Place | None:
    if not finding.on_key or isinstance(finding.at, Place):
        return None
    return source.key_place(finding.at, environment)


def _united(first: Located, second: Located) -> Located:
    """Return one finding for two; no environments means all of them, which stays so."""
    one, other = first.finding.environments, second.finding.environments
    environments = tuple(sorted({*one, *other})) if one and other else ()
    return Located(
        finding=replace(first.finding, environments=environments),
        place=first.place,
        related=tuple(dict.fromkeys(first.related + second.related)),
    )


def _order(item: Located) -> tuple[str, int, int, str, str]:
    place = item.place
    return place.file, place.line, place.column, item.finding.code, item.finding.message
