"""The commands `diff` and `show`, without what they need to run."""

from __future__ import annotations

import sys
from typing import Any

import click

from mlopsgen.cli import options
from mlopsgen.later import later

_DETAILED = "--detailed-exitcode"
_WRONG = 1


class _Detailed(click.Command):
    """A command whose code 2 is a difference, when it is asked for that: errors are 1 then."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments apart."""
        asked = _DETAILED in args
        try:
            return super().parse_args(ctx, args)
        except click.ClickException as error:
            if not asked:
                raise
            error.show()
            raise click.exceptions.Exit(_WRONG) from error

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as in click
        """Run the command."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            if not ctx.params.get("detailed"):
                raise
            error.show()
            raise click.exceptions.Exit(_WRONG) from error
        except OSError as error:
            if not ctx.params.get("detailed") or isinstance(error, BrokenPipeError):
                raise
            named = f"{error.filename}: " if error.filename else ""
            click.echo(f"Error: {named}{error.strerror or error}", err=True)
            sys.exit(_WRONG)


@click.command(cls=_Detailed, short_help="Say what a change does: to values, objects and the bill.")
@options.platform
@options.environments
@click.option(
    "--against",
    metavar="REF|FOLDER",
    help="What to compare with: a revision of git, `REF...` for where HEAD left it, a folder with"
    " a platform.yaml, or one that a build wrote. Where HEAD left the default branch when left"
    " out.",
)
@click.option(
    "--out",
    type=options.FOLDER,
    default="generated",
    show_default=True,
    help="Where the output lies that stands in for a revision that doesn't compile.",
)
@options.form("text", "markdown", "json")
@options.color
@click.option(
    "--lines",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="Lines of the text of the files at the most; 0 for none.",
)
@click.option(
    "--max-size",
    "most",
    type=click.IntRange(1024),
    metavar="BYTES",
    help="Shorten markdown to that size, the least important first.",
)
@click.option("--exit-code", "coded", is_flag=True, help="Exit with 1 when anything differs.")
@click.option(
    _DETAILED,
    "detailed",
    is_flag=True,
    help="Exit with 0 when nothing differs, 2 when anything does, 1 for errors of all kinds.",
)
def diff(**given: object) -> None:
    r"""Say what a change of PLATFORM does: to values, objects and what runs.

    Both sides are compiled in memory. What platform.yaml says comes first, then the risks with
    their reasons, then each object field by field, then the text. Nothing is written or fetched,
    and nothing that the repository configures is run.

    \b
    Examples:
      mlopsgen diff
      mlopsgen diff --against origin/main --format markdown
      mlopsgen diff --against v1.4.0 --env prod
      mlopsgen diff --against ../last-release/generated --exit-code

    Exits with 0 whether anything differs or not, and with 1 when PLATFORM has errors.
    """
    later("mlopsgen.cli.differing").diff(**given)


@click.command(short_help="Print what holds in an environment, and which line says so.")
@click.argument("key", required=False)
@options.chosen()
@options.environments
@click.option("--origins", is_flag=True, help="Say with each value which line says so.")
@click.option("--parity", is_flag=True, help="Only what differs between environments, in a table.")
@options.form("text", "yaml", "json")
@options.color
def show(**given: object) -> None:
    r"""Print what holds in an environment: every value below KEY, or all.

    Overlays are laid over the base, models over their families, and defaults are filled in.
    Values of secrets are not shown.

    \b
    Examples:
      mlopsgen show --env prod
      mlopsgen show --env prod --origins models.iris.scale
      mlopsgen show --env prod --format yaml models
      mlopsgen show --parity

    Exits with 1 when the platform has errors, and with 2 when there is no such key.
    """
    later("mlopsgen.cli.showing").show(**given)
