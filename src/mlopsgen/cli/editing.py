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
@options.color
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
@options.platform
@_check
@_diff
@options.color
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


@click.command(short_help="Carry platform.yaml to the current version of the format.")
@options.platform
@_check
@_diff
@options.color
def migrate(**given: object) -> None:
    r"""Carry PLATFORM, and what it includes, to the current version of the format.

    Keys and values that have another name or form change; everything else, comments and layout
    among it, stays. What holds in each environment is read again and compared before anything is
    written: all files or none. What can't be carried is a finding.

    \b
    Examples:
      mlopsgen migrate
      mlopsgen migrate --diff             what would be changed?

    Exits with 1 when something can't be carried, or errors remain.
    """
    later("mlopsgen.cli.migrate").migrate(**given)


@click.command(short_help="Let one environment run what another runs.")
@click.argument("name")
@options.platform
@click.option(
    "--from", "origin", required=True, metavar="NAME", help="The environment that has it."
)
@click.option("--to", "target", required=True, metavar="NAME", help="The environment to change.")
@click.option(
    "--only",
    multiple=True,
    metavar="KEY",
    help="Only this key of it, any there is; may be given more than once.",
)
@_check
@options.color
def promote(**given: object) -> None:
    r"""Let an environment run what another runs of NAME, a model or a pipeline.

    Without --only that is what runs. Of a model: runtime, source, canary, vllm, architecture,
    container and transformer. Of a pipeline: which steps and parameters there are, and of each step
    what it does. Versions and digests that platform.lock has of them go along. Scale, resources,
    hosts, schedules, values of parameters and the rest stay, because environments are there to
    differ in them. The change is made in the overlay of the environment, with comments and layout
    as they are, and in platform.lock; it is compiled in memory first, and nothing is written unless
    everything builds.

    \b
    Examples:
      mlopsgen promote iris --from dev --to prod --check   is prod behind?
      mlopsgen promote iris --from dev --to prod
      mlopsgen promote iris --from dev --to prod --only scale
      mlopsgen promote churn-training --from dev --to prod --only schedule --only steps.resources
      mlopsgen promote pipelines.iris --from dev --to prod      where a model has that name too

    Exits with 1 when it would not build, and when there is nothing to promote; with --check that
    is 0.
    """
    later("mlopsgen.cli.promote").promote(**given)


@click.command(short_help="Write a first platform that builds.")
@click.argument("folder", type=options.FOLDER, default=".", metavar="[DIR]")
@click.option("--name", help="Name of the platform; that of DIR when left out.")
@click.option("--account", metavar="ID", help="The AWS account; an example when left out.")
@click.option("--region", help="The AWS region; eu-west-1 when left out.")
@click.option("--repository", metavar="URL", help="What Argo CD reads; an example when left out.")
@click.option(
    "--with",
    "parts",
    multiple=True,
    type=click.Choice(["serving", "llm", "training"]),
    help="What it has; may be given more than once. Serving when left out.",
)
@click.option("--guided", is_flag=True, help="Ask for what isn't given, on a terminal.")
@options.color
def init(**given: object) -> None:
    r"""Write a small platform into DIR that builds at once, without a finding.

    That is platform.yaml, its schema for editors, what git and reviews do with generated/, and a
    configuration of pre-commit. Files that are there already are kept; a platform.yaml is never
    replaced.

    \b
    Examples:
      mlopsgen init
      mlopsgen init platform --account 111122223333 --with serving --with training
      mlopsgen init --guided
    """
    later("mlopsgen.cli.init").init(**given)
