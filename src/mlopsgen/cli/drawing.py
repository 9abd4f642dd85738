"""What `graph` and `report` do, once they are asked to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mlopsgen.cli.seen import Seen, seen, tell
from mlopsgen.edit.saving import Change, save
from mlopsgen.explain.project import Project, project
from mlopsgen.graph import Graph, Part, about, as_json, as_svg, as_text, known, only
from mlopsgen.graph import graph as graph_of
from mlopsgen.overview import overview, page
from mlopsgen.plan import Plan
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed, quoted

WRONG = 1


def graph(
    *,
    name: str | None,
    platform: Path,
    environment: str | None,
    parts: Sequence[Part],
    form: str,
) -> None:
    """Print the graph of one environment."""
    found = project(platform, [environment] if environment else [])
    source = seen(found.loaded.source, platform)
    if not found.findings and len(found.environments) > 1:
        said = listed(list(found.environments))
        msg = f"a graph is of one environment; write --env with one of {said}"
        raise click.UsageError(msg)
    [plan] = plans(found, source).values()
    whole = only(graph_of(plan), parts)
    if name is not None:
        whole = _about(whole, name)
    match form:
        case "json":
            text = as_json.render(whole, source)
        case "svg":
            text = as_svg.standalone(whole)
        case "dot":
            text = as_text.dot(whole)
        case _:
            text = as_text.mermaid(whole)
    # As bytes: all four are UTF-8, whatever the locale says.
    click.echo(text.encode("utf-8", "replace"), nl=False)


def report(*, platform: Path, environments: Sequence[str], out: Path) -> None:
    """Write a page about the platform to *out*."""
    found = project(platform, environments)
    source = seen(found.loaded.source, platform)
    shown = overview(found, plans(found, source))
    data = page.render(shown).encode("utf-8", "replace")
    before = out.read_bytes() if out.is_file() else None
    if data != before:
        save([Change(out, before, data)])
    names = ", ".join(one.name for one in shown.environments)
    click.echo(f"{out}: {names} ({-(-len(data) // 1024)} KiB)")


def plans(found: Project, source: Seen) -> dict[str, Plan]:
    """Return the plan of each environment; show what is wrong and exit, if anything is."""
    if wrong := found.wrong(compiled=True):
        tell(source.items(wrong), source)
        sys.exit(WRONG)
    return {name: draft.plan for name, (draft, _) in found.drafts.items() if draft.plan}


def _about(whole: Graph, name: str) -> Graph:
    """Return what of *whole* has to do with *name*."""
    found = about(whole, name)
    if not found.sections:
        near = closest(name, known(whole))
        hint = f"; did you mean {quoted(near)}?" if near else ""
        msg = f"nothing in the graph is called {quoted(name)}{hint}"
        raise click.UsageError(msg)
    return found
