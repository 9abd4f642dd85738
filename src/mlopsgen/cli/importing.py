"""The command that takes manifests over into platform.yaml."""

from __future__ import annotations

import click

from mlopsgen.cli import options
from mlopsgen.later import later


@click.command("import", short_help="Take hand-written manifests over into platform.yaml.")
@click.argument("paths", nargs=-1, required=True, type=options.PATH, metavar="FILE|FOLDER...")
@click.option(
    "--namespace",
    default="mlops",
    show_default=True,
    metavar="NAME",
    help="Where objects belong that don't say it.",
)
@click.option(
    "--into",
    type=options.PATH,
    metavar="PLATFORM",
    help="The platform.yaml that the fragment is for; it is read, and never changed.",
)
@click.option("--env", "environment", metavar="NAME", help="Its environment; the first one if not.")
@click.option(
    "--out",
    type=options.PATH,
    default="-",
    show_default=True,
    help="A new file for the fragment; - is standard output.",
)
@options.form(
    "text",
    "json",
    described="How it is told; json goes to standard output, with the fragment in it.",
)
@options.color
def import_(**given: object) -> None:
    r"""Say existing Kubernetes manifests in the words of platform.yaml.

    Reads InferenceServices, autoscalers, NodePools with their EC2NodeClasses, workflows and their
    schedules, PrometheusRules, Namespaces and quotas. What comes of them is built in memory and
    held against the originals: whatever isn't carried over is listed with its line and the reason,
    objects of other kinds too. What was wrong in the originals is told as a finding. Templates of
    Helm have to be rendered first. No file is changed.

    \b
    Examples:
      mlopsgen import kserve/ workflows/ > imported.yaml
      mlopsgen import manifests/ --into platform.yaml --out imported.yaml

    Exits with 1 when something can't be read or would be refused; the rest is there all the same.
    """
    later("mlopsgen.cli.imports").import_(**given)
