"""What `promote` does, once it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import click

from mlopsgen.cli.edits import OK, WRONG, changes, print_diff, stop_at, texts
from mlopsgen.cli.seen import seen, tell
from mlopsgen.compiler import Compilation, compile_platform, locked, specified, undeclared
from mlopsgen.diagnostics import Finding
from mlopsgen.edit.locking import carried_lock, sharing
from mlopsgen.edit.placing import PlacingError
from mlopsgen.edit.promotion import Carried, carried
from mlopsgen.edit.released import MODELS, PIPELINES, Section, Subject, keys_of
from mlopsgen.edit.rules import NOTHING, UNDECLARED
from mlopsgen.edit.saving import Change, save
from mlopsgen.load import Loaded, Source, load
from mlopsgen.lock import LOCK, LockedModel
from mlopsgen.lock.changes import Change as LockChange
from mlopsgen.lock.changes import changes as lock_changes
from mlopsgen.lock.lockfile import text_of
from mlopsgen.report.characters import shown
from mlopsgen.report.located import dotted
from mlopsgen.spec import Platform
from mlopsgen.spec.keys import closest

_ONE: Mapping[Section, str] = {MODELS: "model", PIPELINES: "pipeline"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A promotion: of which platform, what, from where, to where, and which keys of it."""

    platform: Path
    name: str
    route: tuple[str, str]
    only: Sequence[str]

    @property
    def target(self) -> str:
        """The environment that is changed."""
        return self.route[1]


def promote(
    name: str, platform: Path, origin: str, target: str, only: Sequence[str], *, check: bool
) -> None:
    """Carry what *origin* runs under *name* to *target*, or say why that can't be; exit."""
    if origin == target:
        msg = f"--from and --to are both {shown(origin)}"
        raise click.UsageError(msg)
    asked = _Asked(platform, name, (origin, target), only)
    loaded = load(platform)
    source = loaded.source
    wrong = loaded.findings or list(undeclared(platform.name, asked.route, loaded))
    stop_at(wrong, platform, source)
    lock, broken = locked(platform)
    before = _specified(loaded, asked)
    subject = _subject(asked, before, loaded)
    stop_at(broken, platform, source)
    _show_unless_ok(compile_platform(platform, (origin,)), platform, f"{origin} doesn't build")
    old = texts(platform, source)
    result = _carried(asked, subject, old)
    after = load(platform, instead=result.files)
    stop_at(after.findings, platform, source)
    becomes = _specified(after, asked)
    new = carried_lock(lock, subject, asked.route, before, becomes)
    differences = tuple(lock_changes(lock, new))
    if not result.moved and not differences:
        _end_unmoved(asked, subject, result, source, check=check)
    found = changes(platform, source, old, result.files)
    if differences:
        path = platform.parent / LOCK
        found.append(Change(path, path.read_bytes(), text_of(new).encode()))
    instead = {**result.files, LOCK: text_of(new if differences else lock).encode()}
    compiled = compile_platform(platform, instead=instead)
    _show_unless_ok(compiled, platform, f"{target} would not build with it")
    _say(asked, subject, result, differences, becomes[target])
    print_diff(found)
    if not check:
        save(found)
    names = ", ".join(str(change.path) for change in found)
    click.echo(f"{names}: {'would change' if check else 'written; run `mlopsgen build`'}")
    sys.exit(WRONG if check else OK)


def _specified(loaded: Loaded, asked: _Asked) -> dict[str, Platform]:
    """Return the platforms of both environments."""
    found: dict[str, Platform] = {}
    for environment in asked.route:
        platform = specified(loaded, environment)
        if isinstance(platform, Platform):
            found[environment] = platform
        else:
            told = [replace(each, environments=(environment,)) for each in platform]
            stop_at(told, asked.platform, loaded.source)
    return found


def _subject(asked: _Asked, platforms: Mapping[str, Platform], loaded: Loaded) -> Subject:
    """Return what is meant, which both of *platforms* have; a name may say its section."""
    said, _, rest = asked.name.partition(".")
    sections = [one for one in _ONE if not rest or one == said]
    name = rest or said
    there = [one for one in sections if any(name in _of(each, one) for each in platforms.values())]
    if len(there) > 1:
        either = " or ".join(f"`{one}.{name}`" for one in there)
        msg = f"{shown(name)} is a model and a pipeline; write {either}"
        raise click.UsageError(msg)
    for environment, platform in platforms.items():
        if not any(name in _of(platform, section) for section in there):
            finding = _missing(asked.name, environment, platform, there or sections or [*_ONE])
            stop_at([finding], asked.platform, loaded.source)
    return Subject(there[0], name, _keys(there[0], asked.only))


def _of(platform: Platform, section: Section) -> Mapping[str, object]:
    return platform.models if section == MODELS else platform.pipelines


def _keys(section: Section, only: Sequence[str]) -> frozenset[str]:
    """Return what was asked for, which *section* has."""
    known = keys_of(section)
    for key in only:
        if key not in known:
            near = closest(key, known)
            hint = f"did you mean {near}?" if near else f"they are {', '.join(known)}"
            msg = f"a {_ONE[section]} has no key {shown(key)} to promote; {hint}"
            raise click.UsageError(msg)
    return frozenset(only)


def _missing(
    name: str, environment: str, platform: Platform, sections: Sequence[Section]
) -> Finding:
    known = [each for section in sections for each in _of(platform, section)]
    near = closest(name.rpartition(".")[2], known)
    declare = f"declare it in `{environment}`"
    kinds = [_ONE[section] for section in sections]
    none = f"no {kinds[0]}" if len(kinds) == 1 else "neither a model nor a pipeline"
    return UNDECLARED.at(
        (sections[0],),
        f"`{shown(name)}` is {none} of `{environment}`",
        fix=f"write `mlopsgen promote {near}`, or {declare}" if near else declare,
    )


def _end_unmoved(
    asked: _Asked, subject: Subject, result: Carried, source: Source, *, check: bool
) -> NoReturn:
    """Say that *target* runs it already: an answer to --check, and else a finding; exit."""
    said = f"`{asked.target}` runs of `{subject.name}` what `{asked.route[0]}` runs"
    if check:
        click.echo(said)
        sys.exit(OK)
    left = sorted({subject.key(path) for path in result.left} & {*keys_of(subject.section)})
    more = f"take what differs: `--only {left[0]}`" if left else "leave it as it is"
    stop_at([NOTHING.at(subject.at, said, fix=more)], asked.platform, source)
    sys.exit(WRONG)


def _carried(asked: _Asked, subject: Subject, old: Mapping[str, bytes]) -> Carried:
    try:
        return carried(asked.platform, old, subject, asked.route)
    except PlacingError as error:
        msg = f"{error}; change the overlay of {asked.target} by hand"
        raise click.ClickException(msg) from error


def _show_unless_ok(compilation: Compilation, platform: Path, said: str) -> None:
    """Show what is wrong with *compilation* and exit, when something is."""
    if not compilation.ok:
        here = seen(compilation.source, platform)
        items = here.items(compilation.findings)
        tell(items, here)
        click.echo(f"{said}; nothing was written", err=True)
        sys.exit(WRONG)


def _say(
    asked: _Asked,
    subject: Subject,
    result: Carried,
    differences: Sequence[LockChange],
    target: Platform,
) -> None:
    """Say in sentences what moves, what moves with it, and what stays different."""
    click.echo(f"{subject.name}: {' -> '.join(asked.route)}")
    for each in result.moved:
        click.echo(shown(f"  {dotted(each.path)}: {each.before} -> {each.after}"))
    for change in differences:
        click.echo(shown(f"  {LOCK}: {change}"))
        if change.after is None:
            click.echo("    nothing names it any more")
        for name in sharing(target, subject, change.source):
            what = "image" if change.of_image else "source"
            click.echo(f"    {name} has the same {what} and moves too")
        if isinstance(change.after, LockedModel):
            click.echo(shown(f"    its files stay where they are: {change.after.uri}"))
    left = dict.fromkeys(dotted(path) for path in result.left)
    if left:
        click.echo(f"  stays different: {', '.join(left)}")
