"""The commands that change what people write: platform.yaml, what it includes, platform.lock."""

from __future__ import annotations

import click

from mlopsgen.cli import options
from mlopsgen.later import later

_check = click.option(
    "--check", is_flag=True, help="Write nothing; exit with 1 if it would change."
)
_diff = click.option(
    "--diff", is_flag=True, help="The same, and print the lines that would change."
)


@click.command(short_help="Mend findings that can have meant one thing only.")
@options.platform
@_check
@_diff
def fix(**given: object) -> None:
    r"""Mend in PLATFORM, and in what it includes, what can have meant one thing only.

    Quotes for texts that read as numbers or as yes and no, 6GiB for 6Gi, 30d for 720h, capitals of
    choices, keys that are misspelt or called otherwise in other tools, a missing apiVersion. Only
    the characters in question change. What remains is shown as `mlopsgen validate` does, and
    findings say where this command helps.

    \b
    Examples:
      mlopsgen fix
      mlopsgen fix --diff                 what would be changed?

    Exits with 1 when errors remain.
    """
    later("mlopsgen.cli.fix").fix(**given)


@click.command(short_help="Lay out platform.yaml in one way.")
@click.argument("platform", type=options.PATH, default="platform.yaml")
@_check
@_diff
def fmt(**given: object) -> None:
    r"""Lay out PLATFORM, and what it includes, in one way; `-` is standard input.

    Indentation, spaces, quotes that nothing needs and empty lines change; values, their order,
    comments and line ends don't, which is proved for every file before it is written.

    \b
    Examples:
      mlopsgen fmt
      mlopsgen fmt --check                in CI: is it laid out?
      mlopsgen fmt - < platform.yaml
    """
    later("mlopsgen.cli.fmt").fmt(**given)
