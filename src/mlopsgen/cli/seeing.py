"""The commands `graph` and `report`, without what they need to run."""

from __future__ import annotations

from pathlib import Path

import click

from mlopsgen.cli import options
from mlopsgen.later import later

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="Draw the platform of one environment.")
@click.argument("name", required=False)
@options.chosen()
@click.option(
    "--env", "environment", metavar="NAME", help="The environment; needed where there are several."
)
@click.option(
    "--only",
    "parts",
    type=click.Choice(["models", "pipelines", "components", "flows", "identities"]),
    multiple=True,
    help="Only this part; may be given more than once. All of them when left out.",
)
@options.form("mermaid", "dot", "svg", "json", described="How it is drawn.")
@options.color
def graph(**given: object) -> None:
    r"""Draw the platform of one environment: what is there, and what leads to what.

    Models from their sources to their ways in, pipelines from what starts them to what they
    register, components, who may connect to whom, and which role may use what in AWS. With NAME,
    of a model, pipeline, pool or anything else, only what has to do with it.

    \b
    Examples:
      mlopsgen graph --env prod --format svg > platform.svg
      mlopsgen graph --env prod --only models --only pipelines
      mlopsgen graph --env prod --only flows iris-training
      mlopsgen graph --env prod --format dot | dot -Tpdf > platform.pdf

    Exits with 1 when the platform has errors, and with 2 when there is no such thing.
    """
    later("mlopsgen.cli.drawing").graph(**given)


@click.command(short_help="Write one page about the platform, for any browser.")
@options.platform
@options.environments
@click.option(
    "--out", type=_FILE, default="report.html", show_default=True, help="The file to write."
)
@options.color
def report(**given: object) -> None:
    r"""Write one page about PLATFORM: a file that any browser shows, without network.

    For each environment a drawing, models with the memory of their GPUs, who may connect to whom,
    which role may use what, what policies say of the objects, alerts, objectives and costs; for all
    together findings, waivers and differences. The same platform gives the same bytes.

    \b
    Examples:
      mlopsgen report
      mlopsgen report --env prod --out prod.html

    Exits with 1 when PLATFORM has errors; then nothing is written.
    """
    later("mlopsgen.cli.drawing").report(**given)
