"""What the risks are read from: both sides of one environment, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from mlopsgen.diff.documents import TFVARS, Document, Documents, Key
from mlopsgen.diff.fields import Change, changes

Level = Literal["high", "medium", "low"]
"""high: something may stop, be lost or be opened; medium: something restarts or is widened;
low: worth knowing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What a change may do in the cluster, and why."""

    kind: str
    level: Level
    subject: str
    path: str
    """The file that says so, in the folder of the environment."""

    reason: str


@dataclass(frozen=True)
class Entry:
    """A document that only one side has, or that differs."""

    key: Key
    before: Document | None
    after: Document | None

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What became of it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def old(self) -> Any:  # noqa: ANN401 - plain data
        """What it was; None where it is new."""
        return self.before.body if self.before else None

    @property
    def new(self) -> Any:  # noqa: ANN401 - plain data
        """What it is; None where it is gone."""
        return self.after.body if self.after else None

    @property
    def path(self) -> str:
        """The file that it stands in, or stood in."""
        return next((each.path for each in (self.after, self.before) if each), self.key.name)

    @cached_property
    def fields(self) -> tuple[Change, ...]:
        """How it differs, field by field; nothing for text and for whole documents."""
        if self.before is None or self.after is None or isinstance(self.after.body, str):
            return ()
        return tuple(changes(self.before.body, self.after.body))

    def risk(self, kind: str, level: Level, reason: str) -> Risk:
        """Return a risk of this document."""
        return Risk(kind=kind, level=level, subject=self.key.title, path=self.path, reason=reason)


@dataclass(frozen=True)
class Pair:
    """Both sides of one environment."""

    before: Documents
    after: Documents
    entries: tuple[Entry, ...]
    versions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Name and version of models in the registry, by where platform.lock has their files."""

    def of(self, *kinds: str) -> Iterator[Entry]:
        """Yield what differs among objects of *kinds*."""
        return (entry for entry in self.entries if entry.key.kind in kinds)

    @cached_property
    def variables(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """What Terraform was told, and what it is told now."""
        return _variables(self.before), _variables(self.after)

    def terraform(self, subject: str, kind: str, level: Level, reason: str) -> Risk:
        """Return a risk of something that Terraform makes."""
        return Risk(kind=kind, level=level, subject=subject, path=TFVARS, reason=reason)


def _variables(documents: Documents) -> Mapping[str, Any]:
    document = documents.get(Key("", "", "", TFVARS))
    return document.body if document and isinstance(document.body, Mapping) else {}


def differing(before: Documents, after: Documents) -> tuple[Entry, ...]:
    """Return the documents that differ, objects first, in the order of their names."""
    keys = sorted(before.keys() | after.keys(), key=lambda key: (not key.kind, key))
    pairs = ((key, before.get(key), after.get(key)) for key in keys)
    return tuple(
        Entry(key, old, new)
        for key, old, new in pairs
        if old is None or new is None or not _same(old, new)
    )


def _same(old: Document, new: Document) -> bool:
    return bool(old.body == new.body) or next(changes(old.body, new.body), None) is None
