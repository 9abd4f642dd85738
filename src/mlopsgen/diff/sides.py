"""One side of a comparison: a platform.yaml, or what a build of one wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mlopsgen.compiler import DEFAULT_ENVIRONMENT, drafted, emitted, locked, rendered
from mlopsgen.diagnostics import Finding
from mlopsgen.diff.documents import Documents, of_artifacts, of_files
from mlopsgen.edit.migrating import migrated
from mlopsgen.edit.migrations.change import VERSION
from mlopsgen.load import Loaded, Source, gathered, load, overlaid
from mlopsgen.lock import Lock
from mlopsgen.plan import Plan
from mlopsgen.report.located import Located, located
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec.versions import CURRENT, FORMER


@dataclass(frozen=True, slots=True)
class Tree:
    """One environment of a side, compiled: `plan` is None where files were read instead."""

    documents: Documents
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A side that can't be compared, and why."""

    side: str
    findings: tuple[Located, ...]
    source: Source


@dataclass(frozen=True)
class Side:
    """One side: what it is called, and its environments, compiled when they are asked for.

    Of the side that is compared with, nothing is proved: it was reviewed when it came in.
    """

    name: str
    loaded: Loaded | None = None
    lock: Lock = field(default_factory=Lock)
    proved: bool = False
    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    note: str = ""
    """What a reader has to know of it; empty where it is just a platform."""

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """The environments that it declares, or that there are folders of."""
        if self.loaded is None:
            return tuple(self.files)
        return tuple(self.loaded.overlays) or (DEFAULT_ENVIRONMENT,)

    def values(self, environment: str) -> dict[str, Any] | None:
        """Return what platform.yaml says of *environment*; None where there is only a tree."""
        if self.loaded is None or environment not in self.environments:
            return None
        return overlaid(self.loaded, environment)

    def tree(self, environment: str, *, files: bool = False) -> Tree | tuple[Finding, ...]:
        """Return *environment*, or what is wrong with it.

        With *files* it is read back from the bytes that are written, as the other side was.
        """
        if self.loaded is None:
            return Tree(of_files(self.files[environment]))
        take = drafted if self.proved else emitted
        draft = take(self.loaded, environment, self.lock, Shapes(TEMPLATES))
        if draft.plan is None or not draft.ok:
            return draft.findings
        if files:
            return Tree(of_files({one.path: one.data for one in rendered(draft.artifacts)}))
        return Tree(of_artifacts(draft.artifacts), draft.plan)

    def wrong(self, findings: Sequence[Finding], environment: str | None) -> Unread:
        """Return that it can't be compared for *findings*, which are about *environment*."""
        source = self.loaded.source if self.loaded else Source("", {})
        if environment is None:
            return Unread(self.name, located(findings, source), source)
        told = gathered(findings, source, environment)
        items = located((replace(each, environments=(environment,)) for each in told), source)
        # Without their environments what several have in one place is one and the same.
        alike = (replace(one, finding=replace(one.finding, environments=())) for one in items)
        return Unread(self.name, tuple(alike), source)


def compiled(platform: Path, name: str, *, proved: bool) -> Side | Unread:
    """Return the side that the file *platform* is, called *name*.

    Of the side that is compared with, an older version of the format is read as `mlopsgen migrate`
    would have it.
    """
    loaded, note = load(platform), ""
    lock, broken = locked(platform)
    version = loaded.base.get(VERSION)
    if not proved and not loaded.findings and version in FORMER:
        carried = migrated(platform, loaded)
        texts = {file: text.encode() for file, text in carried.texts.items()}
        loaded = replace(load(platform, instead=texts), findings=carried.findings)
        note = f"{name} is written in {version}, and was read as {CURRENT}."
    side = Side(name, loaded, lock, proved=proved, note=note)
    if loaded.findings or broken:
        return side.wrong((*loaded.findings, *broken), None)
    return side


def generated(files: Mapping[str, Mapping[str, bytes]], name: str, note: str = "") -> Side:
    """Return the side that *files* are, by environment and path, called *name*."""
    return Side(name, files=files, note=note)


def nothing(name: str, note: str) -> Side:
    """Return the side on which there is nothing yet."""
    return Side(name, note=note)
