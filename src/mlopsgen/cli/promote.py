"""What `promote` does, once it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import click

from mlopsgen.cli.edits import OK, WRONG, changes, print_diff, stop_at, texts
from mlopsgen.cli.seen import colored, seen
from mlopsgen.compiler import Compilation, compile_platform, locked, specified, undeclared
from mlopsgen.diagnostics import Finding
from mlopsgen.edit.placing import PlacingError
from mlopsgen.edit.promotion import RELEASED, Carried, carried
from mlopsgen.edit.rules import NOTHING, UNDECLARED
from mlopsgen.edit.saving import Change, save
from mlopsgen.load import Loaded, Source, load
from mlopsgen.lock import LOCK, Lock, LockedModel
from mlopsgen.lock.changes import Change as LockChange
from mlopsgen.lock.changes import changes as lock_changes
from mlopsgen.lock.lockfile import text_of
from mlopsgen.plan.images import unpinned
from mlopsgen.report import as_text
from mlopsgen.report.characters import shown
from mlopsgen.report.located import dotted
from mlopsgen.spec import Model, Platform
from mlopsgen.spec.keys import closest
from mlopsgen.spec.route import fields


@dataclass(frozen=True, slots=True)
class _Asked:
    """A promotion: what, from where, to where, and which keys of it."""

    platform: Path
    model: str
    origin: str
    target: str
    keys: frozenset[str]


def promote(
    model: str, platform: Path, origin: str, target: str, only: Sequence[str], *, check: bool
) -> None:
    """Carry what *origin* runs of *model* to *target*, or say why that can't be; exit."""
    if origin == target:
        msg = f"--from and --to are both {shown(origin)}"
        raise click.UsageError(msg)
    asked = _Asked(platform, model, origin, target, _keys(only))
    loaded = load(platform)
    source = loaded.source
    stop_at(loaded.findings, platform, source)
    stop_at(list(undeclared(platform.name, (origin, target), loaded)), platform, source)
    lock, broken = locked(platform)
    before = _specified(loaded, asked)
    stop_at(broken, platform, source)
    _show_unless_ok(compile_platform(platform, (origin,)), platform, f"{origin} doesn't build")
    old = texts(platform, source)
    result = _carried(asked, old)
    after = load(platform, instead=result.files)
    stop_at(after.findings, platform, source)
    becomes = _specified(after, asked)
    new = _locked(lock, asked, before, becomes)
    differences = tuple(lock_changes(lock, new))
    if not result.moved and not differences:
        _end_unmoved(asked, result, source, check=check)
    found = changes(platform, source, old, result.files)
    if differences:
        path = platform.parent / LOCK
        found.append(Change(path, path.read_bytes(), text_of(new).encode()))
    instead = {**result.files, LOCK: text_of(new if differences else lock).encode()}
    _show_unless_ok(
        compile_platform(platform, instead=instead), platform, f"{target} would not build with it"
    )
    _say(asked, result, differences, becomes[target])
    print_diff(found)
    if not check:
        save(found)
    names = ", ".join(str(change.path) for change in found)
    click.echo(f"{names}: {'would change' if check else 'written; run `mlopsgen build`'}")
    sys.exit(WRONG if check else OK)


def _keys(only: Iterable[str]) -> frozenset[str]:
    """Return the keys that are carried; *only* are what was asked for."""
    known = [key for key in fields(Model) if key != "family"]
    for key in only:
        if key not in known:
            near = closest(key, known)
            hint = f"did you mean {near}?" if near else f"they are {', '.join(known)}"
            msg = f"a model has no key {shown(key)} to promote; {hint}"
            raise click.UsageError(msg)
    return frozenset(only or RELEASED)


def _specified(loaded: Loaded, asked: _Asked) -> dict[str, Platform]:
    """Return the platforms of both environments, which both have the model."""
    found: dict[str, Platform] = {}
    for environment in (asked.origin, asked.target):
        platform = specified(loaded, environment)
        if not isinstance(platform, Platform):
            told = [replace(each, environments=(environment,)) for each in platform]
            stop_at(told, asked.platform, loaded.source)
            continue
        if asked.model not in platform.models:
            finding = _no_model(asked.model, environment, platform)
            stop_at([finding], asked.platform, loaded.source)
        found[environment] = platform
    return found


def _no_model(model: str, environment: str, platform: Platform) -> Finding:
    near = closest(model, [*platform.models])
    declare = f"declare it in `{environment}`"
    return UNDECLARED.at(
        ("models",),
        f"`{shown(model)}` is no model of `{environment}`",
        fix=f"write `mlopsgen promote {near}`, or {declare}" if near else declare,
    )


def _end_unmoved(asked: _Asked, result: Carried, source: Source, *, check: bool) -> NoReturn:
    """Say that *target* runs it already: an answer to --check, and else a finding; exit."""
    said = f"`{asked.target}` runs of `{asked.model}` what `{asked.origin}` runs"
    if check:
        click.echo(said)
        sys.exit(OK)
    left = sorted({str(path[0]) for path in result.left})
    more = f"take what differs: `--only {left[0]}`" if left else "leave it as it is"
    stop_at([NOTHING.at(("models", asked.model), said, fix=more)], asked.platform, source)
    sys.exit(WRONG)


def _carried(asked: _Asked, old: Mapping[str, bytes]) -> Carried:
    route = (asked.origin, asked.target)
    try:
        return carried(asked.platform, old, asked.model, route, asked.keys)
    except PlacingError as error:
        msg = f"{error}; change the overlay of {asked.target} by hand"
        raise click.ClickException(msg) from error


def _locked(
    lock: Lock, asked: _Asked, before: Mapping[str, Platform], after: Mapping[str, Platform]
) -> Lock:
    """Return *lock* with what the model stands for in `origin` in `target` too.

    What only the model named there before, and nobody names any more, goes.
    """
    origin, target = asked.origin, asked.target
    model = after[target].models[asked.model]
    models = dict(lock.models.get(target, {}))
    for at, text in model.sources().items():
        entry = lock.model(origin, text)
        if entry and at[0] in asked.keys and not _same(models.get(text), entry):
            models[text] = entry
    used = {text for each in after[target].models.values() for text in each.sources().values()}
    for text in before[target].models[asked.model].sources().values():
        if text not in used:
            models.pop(text, None)
    images = dict(lock.images.get(target, {}))
    for named in unpinned(after[target]) if asked.keys & {*RELEASED} else ():
        pinned = lock.image(origin, named.wanted.text)
        if named.at[:2] == ("models", asked.model) and pinned:
            images[named.wanted.text] = pinned
    return Lock({**lock.models, target: models}, {**lock.images, target: images})


def _same(one: LockedModel | None, other: LockedModel) -> bool:
    return one is not None and one.same(other)


def _show_unless_ok(compilation: Compilation, platform: Path, said: str) -> None:
    """Show what is wrong with *compilation* and exit, when something is."""
    if not compilation.ok:
        here = seen(compilation.source, platform)
        color = colored()
        items = here.items(compilation.findings)
        click.echo(as_text.render(items, here, color=color), nl=False, err=True, color=color)
        click.echo(f"{said}; nothing was written", err=True)
        sys.exit(WRONG)


def _say(
    asked: _Asked, result: Carried, differences: Sequence[LockChange], target: Platform
) -> None:
    """Say in sentences what moves, what moves with it, and what stays different."""
    click.echo(f"{asked.model}: {asked.origin} -> {asked.target}")
    for each in result.moved:
        click.echo(shown(f"  {dotted(each.path)}: {each.before} -> {each.after}"))
    for change in differences:
        click.echo(shown(f"  {LOCK}: {change}"))
        for name, model in target.models.items():
            if name != asked.model and change.source in model.sources().values():
                click.echo(f"    {name} has the same source and moves too")
        if isinstance(change.after, LockedModel):
            click.echo(shown(f"    its files stay where they are: {change.after.uri}"))
    left = dict.fromkeys(dotted(path) for path in result.left)
    if left:
        click.echo(f"  stays different: {', '.join(left)}")
