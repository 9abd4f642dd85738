"""What `explain` does with a key, an entry or a generated line, once it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mlopsgen.cli.seen import Seen, seen, tell
from mlopsgen.explain import as_json, as_text
from mlopsgen.explain import flows as connections
from mlopsgen.explain.keys import Unknown, explained, parsed
from mlopsgen.explain.lines import explained as traced
from mlopsgen.explain.models import accounts
from mlopsgen.explain.project import project
from mlopsgen.explain.settings import missing, settings
from mlopsgen.load import ENVIRONMENTS
from mlopsgen.report.located import Located
from mlopsgen.spec.said import quoted

WRONG = 1
JSON = "json"
PLATFORM = "platform.yaml"

_ENTRY = 2
"""Steps of a path to an entry that becomes objects."""


def file(text: str, platform: Path, environments: Sequence[str], out: Path, form: str) -> None:
    """Print where the generated file or line *text* comes from."""
    found = project(platform, environments)
    source = seen(found.loaded.source, platform)
    if wrong := found.wrong(compiled=True):
        _refuse(wrong, source)
    answer = traced(found, out, Path.cwd(), text)
    if isinstance(answer, Unknown):
        raise click.UsageError(answer.said)
    click.echo((as_json if form == JSON else as_text).file(answer, source), nl=False)


def flow(
    words: Sequence[str],
    platform: Path,
    environments: Sequence[str],
    out: Path,
    form: str,
    *,
    port: int | None,
) -> None:
    """Print whether one end of *words* may connect to the other."""
    found = project(platform, environments)
    source = seen(found.loaded.source, platform)
    if not any(draft.plan for draft, _ in found.drafts.values()):
        _refuse(found.wrong(compiled=True), source)
    answer = connections.explained(found, words, port)
    if isinstance(answer, Unknown):
        raise click.UsageError(answer.said)
    if form == JSON:
        click.echo(as_json.flow(answer, source), nl=False)
    else:
        click.echo(as_text.flow(answer, source, out.as_posix()), nl=False)


def key(text: str, platform: Path | None, environments: Sequence[str], form: str) -> None:
    """Print what the key *text* means, where it is set and what it becomes."""
    path = parsed(text)
    if path is None:
        msg = f"{quoted(text)} is no path of keys, such as models.iris.scale.max"
        raise click.UsageError(msg)
    if path[0] == ENVIRONMENTS and len(path) > _ENTRY:
        environments, path = (str(path[1]),), path[_ENTRY:]
    file = platform or Path(PLATFORM)
    found = project(file, environments) if platform or file.exists() else None
    answer = explained(path, next(iter(found.values.values()), None) if found else None)
    if isinstance(answer, Unknown) and found and len(path) == 1 and (near := found.entry(path)):
        msg = f"platform.yaml has no key {quoted(text)}; did you mean `{near}`?"
        raise click.UsageError(msg)
    if found and not isinstance(answer, Unknown):
        answer = missing(answer, found) or answer
    if isinstance(answer, Unknown):
        raise click.UsageError(answer.said)
    if found is None:
        click.echo((as_json if form == JSON else as_text).key(answer, (), ()), nl=False)
        return
    source = seen(found.loaded.source, file)
    wrong = found.wrong(compiled=answer.entry)
    becomes = accounts(found, answer.path) if answer.entry and not wrong else []
    stated = settings(answer, found, source) if answer.inside else []
    click.echo((as_json if form == JSON else as_text).key(answer, stated, becomes), nl=False)
    if wrong:
        _refuse(wrong, source)


def _refuse(wrong: Sequence[Located], source: Seen) -> None:
    """Show what is wrong with the platform, and exit."""
    tell(source.items(wrong), source)
    sys.exit(WRONG)
