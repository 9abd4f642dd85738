"""What `build` and `validate` do, once they are asked to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from mlopsgen import __version__
from mlopsgen.cli.seen import seen, tell
from mlopsgen.compiler import Compilation, compile_platform
from mlopsgen.later import later
from mlopsgen.report import as_text
from mlopsgen.report.located import Located, located, summarised
from mlopsgen.spec.said import listed, quoted
from mlopsgen.write import MANIFEST, compare, write

TEXT = "text"
OK, WRONG = 0, 1


def validate(platform: Path, environments: Sequence[str], form: str) -> None:
    """Show the findings of *platform* and exit."""
    compilation = _compiled(platform, environments)
    _show(compilation, compilation.findings, form)
    if form == TEXT:
        counts = summarised(compilation.findings, _files(compilation), len(compilation.ignored))
        click.echo(as_text.summary(counts))
    sys.exit(OK if compilation.ok else WRONG)


def build(
    platform: Path,
    environments: Sequence[str],
    form: str,
    out: Path,
    *,
    check: bool,
    force: bool,
    stdout: bool,
    application: str | None,
) -> None:
    """Show the findings of *platform*; bring *out* up to date, or say what would change; exit."""
    if stdout and (check or force or form != TEXT):
        msg = "--stdout prints objects and nothing else: leave out --check, --force and --format"
        raise click.UsageError(msg)
    if application and not stdout:
        msg = "--application says what --stdout prints; a build writes all of them"
        raise click.UsageError(msg)
    compilation = _compiled(platform, environments)
    if not compilation.ok:
        _show(compilation, compilation.findings, form)
        if form == TEXT:
            counts = summarised(compilation.findings, 0, len(compilation.ignored))
            click.echo(as_text.summary(counts), err=stdout)
        sys.exit(WRONG)
    if stdout:
        _print(compilation, application)
    elif check:
        _check(compilation, out, form)
    else:
        _write(compilation, out, form, force=force)


def _compiled(platform: Path, environments: Sequence[str]) -> Compilation:
    compilation = compile_platform(platform, environments)
    source = seen(compilation.source, platform)
    ignored = source.items(one.item for one in compilation.ignored)
    return replace(
        compilation,
        source=source,
        findings=source.items(compilation.findings),
        ignored=tuple(
            replace(one, item=item) for one, item in zip(compilation.ignored, ignored, strict=True)
        ),
    )


def _files(compilation: Compilation) -> int:
    """Return how many files are written, the manifest of each environment among them."""
    return compilation.count + len(compilation.trees)


def _check(compilation: Compilation, out: Path, form: str) -> None:
    changes = compare(out, compilation.trees, prune_environments=compilation.complete)
    _show(compilation, compilation.findings, form)
    for change in changes:
        click.echo(f"{change.kind}: {out / change.path}", err=True)
    if any(change.kind == "unlisted" for change in changes):
        restore = f"restore each {MANIFEST} that is missing or broken from version control"
        click.echo(f"  = help: {restore}; `mlopsgen build` says more", err=True)
    if form == TEXT:
        state = as_text.counted(len(changes), "difference") if changes else "up to date"
        click.echo(f"{out}: {state} ({_files(compilation)} files)")
    sys.exit(WRONG if changes else OK)


def _print(compilation: Compilation, application: str | None) -> None:
    streams = later("mlopsgen.write.stream")
    if len(compilation.trees) > 1:
        said = listed(list(compilation.trees))
        msg = f"--stdout prints one environment; write --env with one of {said}"
        raise click.UsageError(msg)
    [files] = compilation.trees.values()
    known = streams.applications(files)
    if application and application not in known:
        msg = f"{quoted(application)} is no folder of objects; those are {listed(known)}"
        raise click.UsageError(msg)
    _show(compilation, compilation.findings, TEXT)
    # As bytes: what reads it takes YAML for UTF-8, whatever the locale says.
    click.echo(streams.stream(files, application).encode(), nl=False)
    sys.exit(OK)


def _write(compilation: Compilation, out: Path, form: str, *, force: bool) -> None:
    written = write(out, compilation.trees, force=force, prune_environments=compilation.complete)
    refused = () if force else located(written.findings, compilation.source)
    _show(compilation, (*compilation.findings, *refused), form)
    if form == TEXT and refused:
        click.echo(as_text.summary(summarised(refused, 0)))
    elif form == TEXT:
        click.echo(
            f"{out}: {_files(compilation)} files for {', '.join(compilation.trees)}"
            f" ({written.created} new, {written.changed} changed, {written.deleted} deleted)"
        )
    sys.exit(WRONG if refused else OK)


def _show(compilation: Compilation, items: Sequence[Located], form: str) -> None:
    if form == TEXT:
        tell(items, compilation.source)
        click.echo(as_text.ignored(compilation.ignored), nl=False, err=True)
    else:
        click.echo(_for_programs(compilation, items, form), nl=False)


def _for_programs(compilation: Compilation, items: Sequence[Located], form: str) -> str:
    renderer = later(f"mlopsgen.report.as_{form}")
    match form:
        case "json":
            text = renderer.render(items, _files(compilation), compilation.ignored)
        case "github":
            text = renderer.render(items, later("mlopsgen.explain").RULES)
        case "sarif":
            rules = later("mlopsgen.explain").RULES
            text = renderer.render(
                items,
                compilation.source,
                rules=rules,
                version=__version__,
                ignored=compilation.ignored,
            )
        case _:
            text = renderer.render(items, compilation.ignored)
    return str(text)
