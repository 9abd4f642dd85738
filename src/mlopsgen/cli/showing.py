"""What `show` does, once it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from mlopsgen.cli.seen import seen, tell
from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain import as_values
from mlopsgen.explain.held import Held, entry, held
from mlopsgen.explain.keys import Unknown, explained, parsed
from mlopsgen.explain.parity import differences
from mlopsgen.explain.project import Project, project
from mlopsgen.explain.settings import missing
from mlopsgen.spec.said import quoted

WRONG = 1
_JSON, _YAML = "json", "yaml"
_TWO = 2
"""Environments that there have to be for one to differ from another."""


def show(
    *,
    key: str | None,
    platform: Path,
    environments: Sequence[str],
    origins: bool,
    parity: bool,
    form: str,
) -> None:
    """Print what holds in *environments*, or how they differ."""
    found = project(platform, environments)
    source = seen(found.loaded.source, platform)
    if wrong := found.wrong(compiled=False):
        tell(source.items(wrong), source)
        sys.exit(WRONG)
    below = _path(key, found)
    values = {name: held(found, name, source, below) for name in found.environments}
    if parity:
        _parity(values, lambda name, path: entry(found, name, source, path), form)
        return
    if form == _JSON:
        click.echo(as_values.as_json(values), nl=False)
    elif form == _YAML:
        click.echo(as_values.yaml(values, origins=origins), nl=False)
    else:
        click.echo(as_values.text(values, origins=origins), nl=False)


def _path(key: str | None, found: Project) -> SpecPath:
    """Return the path that *key* asks for."""
    if key is None:
        return ()
    path = parsed(key)
    if path is None:
        msg = f"{quoted(key)} is no path of keys, such as models.iris.scale.max"
        raise click.UsageError(msg)
    answer = explained(path, next(iter(found.values.values()), None))
    if not isinstance(answer, Unknown):
        answer = missing(answer, found) or answer
    if isinstance(answer, Unknown):
        raise click.UsageError(answer.said)
    if not answer.inside:
        msg = f"{quoted(key)} is no part of one environment; leave it out and take --env"
        raise click.UsageError(msg)
    return answer.path


def _parity(values: as_values.Values, whole: Callable[[str, SpecPath], Held], form: str) -> None:
    if len(values) < _TWO:
        msg = "--parity compares environments; the platform, or --env, has only one"
        raise click.UsageError(msg)
    if form == _YAML:
        msg = "--parity is a table; write it as text or json"
        raise click.UsageError(msg)
    rows = differences(values, whole)
    if form == _JSON:
        click.echo(as_values.parity_as_json(rows), nl=False)
    elif rows:
        click.echo(as_values.parity(rows, list(values)), nl=False)
    else:
        click.echo(f"{', '.join(values)}: no differences")
