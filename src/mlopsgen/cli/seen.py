"""Findings as they are seen from the working folder, where people and CI click on them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import click

from mlopsgen.diagnostics import Place, SpecPath
from mlopsgen.report import as_text
from mlopsgen.report.located import Located, Source


@dataclass(frozen=True, slots=True)
class Seen:
    """The files of a project, named from the working folder and no longer from the project's.

    `prefix` is what stands before the names: "" where the two folders are one, else it ends in
    a slash.
    """

    source: Source
    prefix: str

    def locate(self, path: SpecPath, environment: str | None = None) -> Place:
        """Return the place of the deepest value at or above *path*."""
        return self._place(self.source.locate(path, environment))

    def key_place(self, path: SpecPath, environment: str | None = None) -> Place:
        """Return the place of the key of that value."""
        return self._place(self.source.key_place(path, environment))

    def stated(self, path: SpecPath, environment: str | None = None) -> Place | None:
        """Return the place of the value at *path*, None where nobody wrote one."""
        place = self.source.stated(path, environment)
        return self._place(place) if place else None

    def line(self, file: str, number: int) -> str:
        """Return a line without its end."""
        return self.source.line(file.removeprefix(self.prefix), number)

    def items(self, items: Iterable[Located]) -> tuple[Located, ...]:
        """Return *items* with their places named from here."""
        return tuple(
            replace(
                item,
                place=self._place(item.place),
                related=tuple((self._place(place), said) for place, said in item.related),
            )
            for item in items
        )

    def _place(self, place: Place) -> Place:
        return replace(place, file=f"{self.prefix}{place.file}")


def seen(source: Source, platform: Path) -> Seen:
    """Return *source*, the files of *platform*, as seen from the working folder."""
    here = Path.cwd()
    if platform.is_absolute() and platform.is_relative_to(here):
        platform = platform.relative_to(here)
    return Seen(source, str(platform.parent / "x").removesuffix("x"))


def colored(stream: TextIO | None = None) -> bool:
    """Return whether to paint *stream*, standard error when left out, as `--color` says."""
    asked = click.get_current_context().color
    if asked is not None:
        return asked
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    painted = stream or sys.stderr  # None when the shell has closed both
    return painted is not None and painted.isatty() and not plain


def tell(items: Iterable[Located], source: Source) -> None:
    """Print *items* on standard error as people read them, with the lines of *source*."""
    color = colored()
    click.echo(as_text.render(items, source, color=color), nl=False, err=True, color=color)
