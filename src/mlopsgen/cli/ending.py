"""How a run ends that doesn't end well: exit codes, and what is said instead of our stack."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import click

TROUBLE = 2
"""Wrong usage, what the file system refuses, and bugs of mlopsgen."""

INTERRUPTED, UNHEARD = 130, 141
"""What shells say of a program that ended at Ctrl-C, and of one whose reader has gone."""


class _Trouble(click.ClickException):
    """What the file system refuses."""

    exit_code = TROUBLE


class Program(click.Group):
    """A group that says what the file system refused instead of showing our stack."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:  # noqa: ANN401 - as in click
        """Take the arguments apart; --help and --version are printed here."""
        with _ended():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run the command."""
        with _ended():
            return super().invoke(ctx)


@contextmanager
def _ended() -> Iterator[None]:
    """End with the right code when the machine, or who sits at it, ends the block."""
    try:
        yield
    except BrokenPipeError as error:
        raise click.exceptions.Exit(UNHEARD) from error
    except KeyboardInterrupt as error:
        raise click.exceptions.Exit(INTERRUPTED) from error
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        msg = f"{named}{error.strerror or error}"
        raise _Trouble(msg) from error


def bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say where mlopsgen itself is wrong, and end with the exit code for that."""
    sys.__excepthook__(kind, error, trace)
    said = "This is a bug of mlopsgen: nothing was written unless it says so above."
    click.echo(f"{said} Please report it with the lines above.", err=True)
    os._exit(TROUBLE)
