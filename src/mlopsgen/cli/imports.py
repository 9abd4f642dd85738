"""What `import` does, once it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from mlopsgen.cli.seen import colored, seen, tell
from mlopsgen.compiler import DEFAULT_ENVIRONMENT, locked, undeclared
from mlopsgen.diagnostics import Finding, Severity
from mlopsgen.imports import as_json, as_text
from mlopsgen.imports.ground import PLATFORM, Ground
from mlopsgen.imports.imported import imported
from mlopsgen.load import Loaded, Source, fleet, load, overlaid
from mlopsgen.report import as_text as findings_as_text
from mlopsgen.report.located import Located, located, summarised

WRONG = 1
_STDOUT = Path("-")


def import_(
    paths: Sequence[Path],
    out: Path,
    form: str,
    *,
    namespace: str,
    into: Path | None,
    environment: str | None,
) -> None:
    """Print, or write, what the manifests in *paths* are in platform.yaml, and what was lost."""
    if out != _STDOUT and out.exists():
        msg = f"`{out}` is there already; name a new file, `import` overwrites none"
        raise click.UsageError(msg)
    loaded = load(into) if into else None
    ground = _ground(into, loaded, environment) if into and loaded else Ground(PLATFORM)
    found = imported(paths, ground, namespace)
    if isinstance(found, tuple):
        _refuse(found, into, loaded)
    source = Source("", found.texts)
    items = located(found.findings, source)
    if form == "json":
        _put(out, as_text.fragment(found))
        click.echo(as_json.render(found, items), nl=False)
    else:
        _say(items, source)
        click.echo(as_text.losses(found), nl=False, err=True)
        counts = findings_as_text.summary(summarised(items, 0))
        click.echo(f"{as_text.summary(found)}; {counts}", err=True)
        if not _put(out, as_text.fragment(found)):
            click.echo(as_text.fragment(found), nl=False)
    sys.exit(any(item.finding.severity is Severity.ERROR for item in items))


def _ground(into: Path, loaded: Loaded, environment: str | None) -> Ground:
    """Return the platform in *into*, in one environment."""
    name = environment or next(iter(loaded.overlays), DEFAULT_ENVIRONMENT)
    lock, broken = locked(into)
    wrong = (*loaded.findings, *broken, *undeclared(into.name, (name,), loaded))
    if wrong:
        _refuse(wrong, into, loaded)
    return Ground(overlaid(loaded, name), name, lock, fleet(loaded))


def _put(out: Path, text: str) -> bool:
    """Write *text* into the new file *out*; say whether it is one."""
    if out == _STDOUT:
        return False
    with out.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return True


def _say(items: Sequence[Located], source: Source) -> None:
    painted = colored()
    text = findings_as_text.render(items, source, color=painted)
    click.echo(f"{text}\n" if text else "", nl=False, err=True, color=painted)


def _refuse(findings: Sequence[Finding], into: Path | None, loaded: Loaded | None) -> NoReturn:
    """Show what is wrong with the platform that manifests were to be imported into, and exit."""
    if into is None or loaded is None:
        msg = "the platform that stands in for yours is refused: this is a bug of mlopsgen"
        raise click.ClickException(msg)
    source = seen(loaded.source, into)
    items = source.items(located(findings, loaded.source))
    tell(items, source)
    sys.exit(WRONG)
