"""How a run ends that doesn't end well: exit codes, and what is said instead of our stack."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Any

import click

TROUBLE = 2
"""Wrong usage, what the file system refuses, and bugs of mlopsgen."""

INTERRUPTED = 130
"""What shells say of a program that ended at Ctrl-C."""


class _Trouble(click.ClickException):
    """What the file system refuses."""

    exit_code = TROUBLE


class Program(click.Group):
    """A group that says what the file system refused instead of showing our stack."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
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
