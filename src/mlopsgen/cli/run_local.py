"""The command that runs a pipeline's steps on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from mlopsgen.cli import options
from mlopsgen.later import later


@click.command("run-local", short_help="Run the steps of a pipeline on this machine.")
@click.argument("pipeline")
@options.platform
@click.option(
    "--env",
    "environment",
    metavar="NAME",
    help="The environment whose WorkflowTemplate is run; needed where there are several.",
)
@click.option(
    "--image",
    multiple=True,
    metavar="NAME=FOLDER",
    help="A virtual environment with what the image NAME has; one for each image.",
)
@click.option(
    "--parameter",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the pipeline, in place of its default.",
)
@click.option(
    "--variable",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="A variable that every step gets, in place of its own; from here without VALUE.",
)
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path),
    help="An empty folder for the files of steps, which are kept; a temporary one when left out.",
)
@options.color
def run_local(**given: object) -> None:
    r"""Run the steps of PIPELINE on this machine, as its WorkflowTemplate says.

    Arguments and environment are those that a build of PLATFORM writes, and no shell reads them.
    Steps run one after the other, as often and as long as in the cluster, and the first that fails
    ends the run. Containers are not started: programs come from the folders that stand for images.
    What this machine can't do as a cluster would is refused.

    \b
    Examples:
      mlopsgen run-local iris-training --image iris-training=.venv
      mlopsgen run-local iris-training --image iris-training=.venv --parameter seed=7
    """
    later("mlopsgen.cli.local").run(**given)
