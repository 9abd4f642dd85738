"""The command that runs pipelines written in Python."""

from __future__ import annotations

import click

from mlopsgen.cli import options
from mlopsgen.later import later


@click.command(short_help="Run pipelines written in Python and write down their steps.")
@click.argument("pipelines", nargs=-1, metavar="[PIPELINE]...")
@options.chosen("The file that the pipelines are declared in.")
@options.deadline("Give up on a pipeline after this time.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a record is behind.")
@options.color
def record(**given: object) -> None:
    r"""Run the Python that PIPELINEs are written in, and record their steps beside it.

    For pipelines with `source: FILE.py:NAME`, a workflow of Hera; all of them when none is named.
    Only those with `trust: true` run, in a program of their own without network, without your
    environment, and for no longer than the deadline. A build runs no Python: it reads the record
    and refuses one that is older than the code.

    \b
    Examples:
      mlopsgen record churn-training
      mlopsgen record --check                 in CI, for branches of your own only
    """
    later("mlopsgen.cli.record").record(**given)
