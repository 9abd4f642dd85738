"""The command that looks for the programs of others, and runs them."""

from __future__ import annotations

import click

from mlopsgen.cli import options
from mlopsgen.later import later


@click.command("doctor", short_help="Look for outside tools; run them over the output.")
@click.option("--run", is_flag=True, help="Run those that are here over OUT.")
@click.option(
    "--online",
    is_flag=True,
    help="With --run: also what fetches schemas, charts or providers first.",
)
@click.option(
    "--tool",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this one, which has to be here; may be given more than once.",
)
@options.out
@click.option(
    "--terraform",
    type=options.FOLDER,
    default="infrastructure/terraform",
    show_default=True,
    help="Where the Terraform is, if there is any.",
)
@options.deadline("The longest that one start of a program may take.", seconds=600)
@options.form("text", "json")
@options.color
def doctor(**given: object) -> None:
    r"""Say which outside tools are here, what each is for and which version it has to have.

    A build needs none of them. They are looked for in the absolute folders of PATH. With --run,
    each that is here is asked about the output as it is on the disk, and nothing is changed.

    \b
    Examples:
      mlopsgen doctor
      mlopsgen doctor --run
      mlopsgen doctor --run --online --tool helm --tool kubeconform

    Exits with 1 when a tool found something, with 2 when one that was named isn't here or is too
    old, or one didn't answer, and with 3 when what a check needs couldn't be fetched.
    """
    later("mlopsgen.cli.doctor").doctor(**given)
