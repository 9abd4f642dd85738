"""A whole platform in the current version of the format, and the proof that it says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsgen.diagnostics import Finding, Related
from mlopsgen.edit.migrations import steps_from
from mlopsgen.edit.migrations.change import VERSION, Step
from mlopsgen.edit.moving import MigrationError, Moved, both, carried, moved, pairs, said
from mlopsgen.edit.rules import VERSIONS
from mlopsgen.load import Loaded, load, overlaid
from mlopsgen.spec.said import quoted


@dataclass(frozen=True, slots=True)
class Migrated:
    """The text of each file and what was moved in it, or what keeps it from that."""

    texts: Mapping[str, str]
    moves: tuple[Moved, ...] = ()
    findings: tuple[Finding, ...] = ()


def migrated(platform: Path, loaded: Loaded) -> Migrated:
    """Return the files of *platform*, which was *loaded* without findings, in the current version.

    What holds in each environment, overlays and families laid over, is the same before and after;
    otherwise MigrationError is raised.
    """
    texts = dict(loaded.source.files())
    if mixed := tuple(_mixed(loaded)):
        return Migrated(texts, findings=mixed)
    moves: list[Moved] = []
    for step in steps_from(loaded.base.get(VERSION)):
        findings: list[Finding] = []
        for name, text in texts.items():
            result = moved(name, text, step)
            if isinstance(result, list):
                findings += result
            else:
                texts[name] = result[0]
                moves += result[1]
        findings = findings or list(_beside(loaded, step))
        if findings:
            return Migrated(texts, findings=tuple(findings))
        again = load(platform, instead={name: text.encode() for name, text in texts.items()})
        _prove(loaded, again, step)
        loaded = again
    return Migrated(texts, tuple(moves))


def _mixed(loaded: Loaded) -> Iterator[Finding]:
    """Yield each overlay that is in another version than the base."""
    version = loaded.base.get(VERSION)
    for name, overlay in loaded.overlays.items():
        other = overlay.get(VERSION)
        if other not in {None, version} if isinstance(other, str | None) else True:
            finding = VERSIONS.at(
                (VERSION,),
                f"`{VERSION}` is {quoted(other)} in `{name}`, and {quoted(version)} elsewhere",
                fix=f"take `{VERSION}` of `{name}` away",
            )
            yield replace(finding, environments=(name,))


def _beside(loaded: Loaded, step: Step) -> Iterator[Finding]:
    """Yield where an old key meets the new one: in an overlay, a family or another file."""
    for environment in loaded.overlays or {"": {}}:
        data = overlaid(loaded, environment)
        for change in step.changes:
            for parent, path in pairs(data, change):
                if change.becomes in parent and change.becomes != path[-1]:
                    other = Related((*path[:-1], change.becomes), "and here")
                    found = both(path, change.becomes, path, other)
                    yield replace(found, environments=(environment,) if environment else ())


def _prove(before: Loaded, after: Loaded, step: Step) -> None:
    """Raise MigrationError unless *after* says in each environment what *before* said there."""
    for environment in before.overlays or {"": {}}:
        old, new = overlaid(before, environment), overlaid(after, environment)
        if after.findings or said(carried(old, step)) != said(new):
            msg = f"migrated, the platform would not say the same in {environment or 'it'}"
            raise MigrationError(msg)
