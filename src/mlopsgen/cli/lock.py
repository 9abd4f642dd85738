"""What `lock` does, once it is asked to."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from mlopsgen.cli import images
from mlopsgen.cli.registries import addresses, opened
from mlopsgen.cli.seen import seen, tell
from mlopsgen.cli.sources import Sources, Use, sources
from mlopsgen.diagnostics import Finding
from mlopsgen.lock import LOCK, Lock, LockedModel, read, save
from mlopsgen.lock.changes import Change, changes, merged
from mlopsgen.lock.registry import Deadline, Registry, RegistryError, resolve
from mlopsgen.report import as_text
from mlopsgen.report.characters import shown
from mlopsgen.report.located import Located, located
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed

OK, WRONG, OUTSIDE = 0, 1, 3

Uses = Mapping[str, Mapping[str, Use]]
Found = dict[str, dict[str, LockedModel]]


class _OutsideError(click.ClickException):
    """What a registry refuses, or doesn't answer."""

    exit_code = OUTSIDE

    def __init__(self, error: RegistryError) -> None:
        super().__init__(f"{shown(error.message)}\n  = help: {shown(error.fix)}")


@dataclass(frozen=True, slots=True)
class _Asking:
    """How registries are found and how long they may take."""

    options: Sequence[str]
    deadline: Deadline
    now: str


def lock(
    platform: Path,
    environments: Sequence[str],
    update: Sequence[str],
    registry: Sequence[str],
    deadline: float,
    *,
    update_all: bool,
    check: bool,
) -> None:
    """Bring platform.lock up to date, or say what would change; exit."""
    if check and (update or update_all):
        msg = "--check looks at everything and writes nothing; take --update away"
        raise click.UsageError(msg)
    asked = sources(platform, environments)
    file = platform.with_name(LOCK)
    old, broken = _read(file)
    _stop_at((*asked.findings, *broken), asked)
    named = None if check or update_all else _named(update, asked)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    new = _renewed(old, asked, named, _Asking(registry, Deadline(deadline), now))
    differences = tuple(changes(old, new))
    if check:
        _report(differences, asked.uses, new)
    if differences:
        save(file, new)
    _say(differences, new)
    sys.exit(OK)


def _renewed(old: Lock, asked: Sources, named: frozenset[str] | None, asking: _Asking) -> Lock:
    """Return *old* with what is asked again, None for everything; exit when that can't be."""
    due = _due(asked.uses, old, named)
    due_images = images.due(asked.images, old, named)
    try:
        found, findings = _found(due, asked, asking)
        digests, more = images.pinned(due_images, asking.deadline, asking.now)
    except RegistryError as error:
        raise _OutsideError(error) from error
    _stop_at((*findings, *more), asked)
    return Lock(
        merged(old.models, found, asked.uses, complete=asked.complete),
        merged(old.images, digests, asked.images, complete=asked.complete),
    )


def _read(file: Path) -> tuple[Lock, tuple[Finding, ...]]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Lock(), ()
    return read(file.name, text)


def _named(names: Iterable[str], asked: Sources) -> frozenset[str]:
    """Return *names*, each of which has to be a model, a pipeline or an image with a lock."""
    known = {name for here in asked.uses.values() for use in here.values() for name in use.models}
    for here in asked.images.values():
        known.update(*({text, *use.owners} for text, use in here.items()))
    for name in names:
        if name not in known:
            near = closest(name, sorted(known))
            hint = f"did you mean `{near}`?" if near else f"those are {listed(sorted(known))}"
            msg = f"`{name}` names nothing that is locked" + (f"; {hint}" if known else "")
            raise click.UsageError(msg)
    return frozenset(names)


def _due(uses: Uses, old: Lock, named: frozenset[str] | None) -> Uses:
    """Return what has to be asked: what isn't locked and what models *named* have, None for all."""
    return {
        environment: due
        for environment, here in uses.items()
        if (
            due := {
                source: use
                for source, use in here.items()
                if named is None
                or old.model(environment, source) is None
                or not named.isdisjoint(use.models)
            }
        )
    }


def _found(due: Uses, asked: Sources, asking: _Asking) -> tuple[Found, list[Finding]]:
    """Return what the sources in *due* stand for now; nothing is asked when none are."""
    if not due:
        return {}, []
    uris = addresses(asking.options, os.environ, due, asked.declared)
    # Reading a local registry is nobody's business; mlflow would report it.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with opened(uris, os.environ, asking.deadline) as registries:
        return _resolved(due, registries, asking.now)


def _resolved(
    due: Uses, registries: Mapping[str, Registry], now: str
) -> tuple[Found, list[Finding]]:
    """Ask each registry once for a source, however many environments have both."""
    answers: dict[tuple[str, str], LockedModel | Finding] = {}
    found: Found = {}
    findings: list[Finding] = []
    for environment, here in due.items():
        registry = registries[environment]
        for source, use in here.items():
            key = (registry.uri, source)
            if key not in answers:
                answers[key] = resolve(registry, use.wanted, use.at, now)
            answer = answers[key]
            if isinstance(answer, Finding):
                findings.append(replace(answer, at=use.at, environments=(environment,)))
            else:
                found.setdefault(environment, {})[source] = answer
    return found, findings


def _stop_at(findings: Sequence[Finding], asked: Sources) -> None:
    """Show *findings* and exit, when there are any."""
    if findings:
        found = located(findings, asked.source)
        source = seen(asked.source, asked.platform)
        items = source.items(_named_where_needed(item, asked) for item in found)
        tell(items, source)
        sys.exit(WRONG)


def _named_where_needed(item: Located, asked: Sources) -> Located:
    """Return *item* without its environments when those are all that were looked at."""
    everywhere = set(item.finding.environments) == set(asked.chosen)
    return replace(item, finding=replace(item.finding, environments=())) if everywhere else item


def _report(differences: Sequence[Change], uses: Uses, new: Lock) -> None:
    """Say how the lock is behind, with the command that brings it up to date; exit."""
    for change in differences:
        click.echo(f"{_kind(change, 'missing', 'unused')}: {change}", err=True)
    state = as_text.counted(len(differences), "difference") if differences else "up to date"
    click.echo(f"{LOCK}: {state} ({_counted(new)})")
    moved = {
        name
        for change in differences
        if change.before and change.after
        for name in (
            [change.source] if change.of_image else uses[change.environment][change.source].models
        )
    }
    if differences:
        options = "".join(f" --update {name}" for name in sorted(moved))
        click.echo(f"  = help: run `mlopsgen lock{options}`", err=True)
    sys.exit(WRONG if differences else OK)


def _say(differences: Sequence[Change], new: Lock) -> None:
    kinds = [_kind(change, "added", "removed") for change in differences]
    for kind, change in zip(kinds, differences, strict=True):
        click.echo(f"{kind}: {change}")
    numbers = ", ".join(f"{kinds.count(kind)} {kind}" for kind in ("added", "moved", "removed"))
    click.echo(f"{LOCK}: {_counted(new)} ({numbers})")


def _counted(lock: Lock) -> str:
    sources, pinned = (
        sum(len(here) for here in each.values()) for each in (lock.models, lock.images)
    )
    told = as_text.counted(sources, "source")
    return f"{told}, {as_text.counted(pinned, 'image')}" if pinned else told


def _kind(change: Change, new: str, gone: str) -> str:
    if change.before is None:
        return new
    return "moved" if change.after else gone
