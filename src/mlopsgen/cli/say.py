"""What `schema` and `explain` do, once they are asked to."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mlopsgen.explain import RULES, nearest, page
from mlopsgen.later import later
from mlopsgen.report.characters import shown
from mlopsgen.report.located import dotted
from mlopsgen.serialize import to_json
from mlopsgen.spec.said import quoted
from mlopsgen.spec.schema import platform_schema

_CODE = re.compile(r"[A-Za-z]+-?[0-9]+")
_FILE = re.compile(r"[/\\]|\.(?:yaml|json|md)(?::[0-9:]*)?$")
"""What makes a path of files of it, not of keys."""

_FLOW = "flow"
_SECTIONS = {
    "model": "models",
    "pipeline": "pipelines",
    "pool": "nodePools",
    "namespace": "namespaces",
    "component": "components",
    "family": "families",
    "gateway": "gateways",
}
"""Where entries of each kind are."""


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


def explain(
    subject: Sequence[str],
    platform: Path | None,
    environments: Sequence[str],
    out: Path,
    form: str,
    *,
    port: int | None,
) -> None:
    """Print what *subject* is: a rule, a family, a key, an entry, a generated line, a flow."""
    if subject[:1] == (_FLOW,):
        explaining = later("mlopsgen.cli.explaining")
        file = platform or Path(explaining.PLATFORM)
        explaining.flow(subject[1:], file, environments, out, form, port=port)
        return
    if port is not None:
        msg = "--port is for connections, as in `flow iris-training mlflow --port 5000`"
        raise click.UsageError(msg)
    text = _joined(subject)
    found = text.upper()
    family = [known for known in RULES if known.rstrip("0123456789") == found or not found]
    if found in RULES or family:
        _rules(found, family, form)
    elif _CODE.fullmatch(text) or text.isupper():
        near = nearest(found)
        hint = f"; did you mean {near}?" if near else "; `mlopsgen explain` lists them all"
        msg = f"no rule has the code {shown(text)}{hint}"
        raise click.UsageError(msg)
    elif _FILE.search(text):
        explaining = later("mlopsgen.cli.explaining")
        explaining.file(text, platform or Path(explaining.PLATFORM), environments, out, form)
    else:
        later("mlopsgen.cli.explaining").key(text, platform, environments, form)


def _joined(subject: Sequence[str]) -> str:
    """Return *subject* as one word: `model iris` is `models.iris`."""
    match subject:
        case ():
            return ""
        case (text,):
            return text
        case (kind, name) if kind in _SECTIONS:
            return dotted((_SECTIONS[kind], name))
        case (kind, _):
            msg = f"{quoted(kind)} is no kind of entry; they are {', '.join(_SECTIONS)}"
            raise click.UsageError(msg)
        case _:
            msg = "give one rule, key or generated file, or a kind and a name, as in `model iris`"
            raise click.UsageError(msg)


def _rules(found: str, family: Sequence[str], form: str) -> None:
    """Print the page of *found*, or a line for each rule of *family*."""
    if form == "json":
        codes = [found] if found in RULES else family
        click.echo(later("mlopsgen.explain.as_json").rules(codes, pages=found in RULES), nl=False)
        return
    if found in RULES:
        click.echo(page(found), nl=False)
        return
    width = max(map(len, family))
    for known in family:
        click.echo(f"{known:{width}}  {RULES[known].title}")
