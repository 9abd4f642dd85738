"""What `migrate` does, once it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from mlopsgen.cli.edits import OK, WRONG, changes, path_of, print_diff, show, stop_at, texts
from mlopsgen.cli.seen import seen, tell
from mlopsgen.compiler import DEFAULT_ENVIRONMENT, compile_platform, specified
from mlopsgen.edit.migrating import migrated
from mlopsgen.edit.migrations.change import VERSION
from mlopsgen.edit.moving import MigrationError, Moved
from mlopsgen.edit.saving import encoded, save
from mlopsgen.edit.starting import SCHEMA
from mlopsgen.load import Source, load
from mlopsgen.report import as_text
from mlopsgen.report.characters import shown
from mlopsgen.report.located import summarised
from mlopsgen.spec.versions import CURRENT, FORMER


def migrate(platform: Path, *, check: bool, diff: bool) -> None:
    """Bring *platform*, and what it includes, to the current version; show what remains; exit."""
    loaded = load(platform)
    source = loaded.source
    stop_at(loaded.findings, platform, source)
    before = texts(platform, source)
    try:
        found = migrated(platform, loaded)
    except MigrationError as error:
        msg = f"{error}; nothing was written. Please report it with these files."
        raise click.ClickException(msg) from error
    stop_at(found.findings, platform, source)
    version = loaded.base.get(VERSION)
    if version == CURRENT:
        click.echo(f"nothing to migrate: {platform} is {CURRENT}")
        sys.exit(OK)
    if version not in FORMER:
        wrong = specified(loaded, next(iter(loaded.overlays), DEFAULT_ENVIRONMENT))
        show(wrong if isinstance(wrong, list) else (), platform, source)
        sys.exit(WRONG)
    after = {name: encoded(text, before[name]) for name, text in found.texts.items()}
    changed = changes(platform, source, before, after)
    if diff:
        print_diff(changed)
        sys.exit(WRONG)
    _say(platform, source, found.moves, "would migrate" if check else "migrated")
    if check:
        sys.exit(WRONG)
    save(changed)
    _remaining(platform, after, len(found.moves))


def _say(platform: Path, source: Source, moves: Sequence[Moved], verb: str) -> None:
    for move in moves:
        at = f"{path_of(platform, source, move.file)}:{move.line}"
        click.echo(shown(f"{at}: {verb}: `{move.before}` -> `{move.after}`"))


def _remaining(platform: Path, after: Mapping[str, bytes], moves: int) -> None:
    """Show what is wrong with the platform besides, and exit."""
    compilation = compile_platform(platform, instead=after)
    here = seen(compilation.source, platform)
    items = here.items(compilation.findings)
    tell(items, here)
    left = as_text.summary(summarised(items, 0, len(compilation.ignored)))
    click.echo(f"{moves} migrated to {CURRENT}; {left}")
    if (platform.parent / SCHEMA).is_file():
        path = platform.parent / SCHEMA
        click.echo(f"editors read {path}: renew it with `mlopsgen schema --out {path}`")
    sys.exit(OK if compilation.ok else WRONG)
