"""What `init` does, once it is asked to."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click
from pydantic import ValidationError

from mlopsgen.cli.edits import OK, WRONG
from mlopsgen.cli.seen import colored
from mlopsgen.compiler import compile_platform
from mlopsgen.diagnostics import SpecPath
from mlopsgen.edit.saving import Change, save
from mlopsgen.edit.starting import PARTS, PLATFORM, Choices, started
from mlopsgen.report import as_text
from mlopsgen.report.characters import shown
from mlopsgen.spec import Platform
from mlopsgen.spec.words import findings

_ASKED: dict[str, tuple[str, SpecPath]] = {
    "name": ("Name of the platform", ("name",)),
    "account": ("AWS account", ("aws", "accountId")),
    "region": ("AWS region", ("aws", "region")),
    "repository": ("Git repository that Argo CD reads", ("gitops", "repository")),
}
"""What is asked on a terminal, and where the answer goes."""

_LONGEST_NAME = 20


def init(folder: Path, parts: Sequence[str], *, guided: bool, **given: str | None) -> None:
    """Write a first platform into *folder*, or say why that can't be; exit."""
    if (folder / PLATFORM).exists():
        click.echo(f"{folder / PLATFORM} is there already; nothing was written", err=True)
        sys.exit(WRONG)
    choices = Choices(_named(folder))
    choices = replace(choices, parts=frozenset(parts) or choices.parts)
    for option, value in given.items():
        choices = choices if value is None else _with(choices, option, value)
    if guided:
        choices = _answers(choices, [key for key, value in given.items() if value is None], parts)
    for option in given:
        if wrong := _wrong(choices, option):
            msg = f"--{option}: {wrong}"
            raise click.UsageError(msg)
    _write(folder, started(choices))
    told = [key for key in ("account", "repository") if given[key] is None and not guided]
    _say(folder, told)
    sys.exit(OK)


def _named(folder: Path) -> str:
    """Return a name for the platform in *folder*: that of the folder as far as it can be one."""
    word = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-0123456789")
    return word[:_LONGEST_NAME].strip("-") or "platform"


def _with(choices: Choices, option: str, answer: str) -> Choices:
    match option:
        case "name":
            return replace(choices, name=answer)
        case "account":
            return replace(choices, account=answer)
        case "region":
            return replace(choices, region=answer)
        case _:
            return replace(choices, repository=answer)


def _wrong(choices: Choices, option: str) -> str:
    """Return what the spec has against the choice of *option*, or nothing."""
    path = _ASKED[option][1]
    try:
        Platform.model_validate(choices.stated())
    except ValidationError as error:
        for found in findings(error, lambda _path: None):
            if found.at == path:
                return f"{found.message}; {found.fix}"
    return ""


def _answers(choices: Choices, open_: Sequence[str], parts: Sequence[str]) -> Choices:
    """Ask for what is *open_*, each until the spec takes the answer."""
    if not interactive():
        msg = "--guided asks on a terminal; give the options instead"
        raise click.UsageError(msg)
    for option in open_:
        default = choices.url if option == "repository" else getattr(choices, option)
        answer = click.prompt(_ASKED[option][0], default, value_proc=_checked(choices, option))
        choices = _with(choices, option, answer)
    if not parts:
        chosen = {
            part for part in PARTS if click.confirm(f"With {part}?", default=part == PARTS[0])
        }
        choices = replace(choices, parts=frozenset(chosen) or choices.parts)
    return choices


def _checked(choices: Choices, option: str) -> Callable[[str], str]:
    def check(answer: str) -> str:
        if wrong := _wrong(_with(choices, option, answer.strip()), option):
            raise click.UsageError(wrong)
        return answer.strip()

    return check


def interactive() -> bool:
    """Whether somebody can be asked."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write *files* that aren't there yet; all of them, after platform.yaml was compiled."""
    compilation = compile_platform(folder / PLATFORM, instead=files)
    if not compilation.ok:
        source = compilation.source
        painted = colored()
        text = as_text.render(compilation.findings, source, color=painted)
        click.echo(f"{text}nothing was written", err=True, color=painted)
        sys.exit(WRONG)
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name for name in files if (folder / name).exists()}
    save([Change(folder / name, None, data) for name, data in files.items() if name not in kept])
    for name in files:
        verb = "kept, it is there already" if name in kept else "created"
        click.echo(shown(f"{verb}: {folder / name}"))


def _say(folder: Path, told: Sequence[str]) -> None:
    if told:
        click.echo(f"{PLATFORM} has an example for: {', '.join(told)}; write yours")
    click.echo("next:")
    if folder.resolve() != Path.cwd():
        click.echo(shown(f"  cd {shlex.quote(str(folder))}"))
    click.echo("  mlopsgen validate\n  mlopsgen build")
