"""The command that tries the alerts."""

from __future__ import annotations

from pathlib import Path

import click

from mlopsgen.cli import options
from mlopsgen.later import later


@click.command("test", short_help="Try the alerts with promtool.")
@options.platform
@options.environments
@click.option(
    "--promtool",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The program; looked for on PATH when left out.",
)
def test(**given: object) -> None:
    r"""Compile PLATFORM and run the tests of its alerts, ours and your own, through promtool.

    Writes nothing. Exits with 1 when PLATFORM has errors or a test fails, and with 2 when promtool
    isn't there or doesn't run. It comes with every release of Prometheus and with Debian's package
    `prometheus`.

    \b
    Examples:
      mlopsgen test
      mlopsgen test --env prod --promtool ./promtool
    """
    later("mlopsgen.cli.trials").test(**given)
