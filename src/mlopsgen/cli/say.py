"""What `schema` and `explain` do, once they are asked to."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mlopsgen.explain import RULES, nearest, page
from mlopsgen.serialize import to_json
from mlopsgen.spec.schema import platform_schema


def schema(out: Path | None, *, check: bool) -> None:
    """Print the schema, write it to *out*, or compare it with *out*."""
    if check and out is None:
        msg = "--check compares with a file; name it with --out"
        raise click.UsageError(msg)
    text = to_json(platform_schema())
    if out is None:
        click.echo(text, nl=False)
        return
    current = out.read_text(encoding="utf-8") if out.is_file() else ""
    if check:
        if current != text:
            click.echo(f"stale: {out}; run `mlopsgen schema --out {out}`", err=True)
        sys.exit(int(current != text))
    if current != text:
        out.write_text(text, encoding="utf-8")


def explain(code: str | None) -> None:
    """Print the page of *code*, or a line for each rule: of the family *code*, or of all."""
    found = (code or "").upper()
    if found in RULES:
        click.echo(page(found), nl=False)
        return
    family = [known for known in RULES if known.rstrip("0123456789") == found or not found]
    if not family:
        near = nearest(found)
        hint = f"; did you mean {near}?" if near else "; `mlopsgen explain` lists them all"
        msg = f"no rule has the code {code}{hint}"
        raise click.UsageError(msg)
    width = max(map(len, family))
    for known in family:
        click.echo(f"{known:{width}}  {RULES[known].title}")
