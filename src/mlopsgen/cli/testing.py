"""The command that tries the policies and the alerts."""

from __future__ import annotations

from pathlib import Path

import click

from mlopsgen.cli import options
from mlopsgen.later import later


@click.command("test", short_help="Try the policies, and the alerts with promtool.")
@options.platform
@options.environments
@click.option(
    "--promtool",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The program; looked for on PATH when left out.",
)
@options.color
def test(**given: object) -> None:
    r"""Compile PLATFORM and try its policies and its alerts.

    The objects under policies/ are held against the policies, which have to refuse them with the
    words that they are there for, or to let them in. The tests of alerts, ours and your own, are
    run through promtool.

    Writes nothing. Exits with 1 when PLATFORM has errors or a test fails, and with 2 when promtool
    isn't there or doesn't run. It comes with every release of Prometheus and with Debian's package
    `prometheus`.

    \b
    Examples:
      mlopsgen test
      mlopsgen test --env prod --promtool ./promtool
    """
    later("mlopsgen.cli.trials").test(**given)
