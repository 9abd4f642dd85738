"""The command line: the only place that prints, exits and reads the environment."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from mlopsgen.cli.completion import completion
from mlopsgen.cli.ending import Program, bug
from mlopsgen.cli.testing import test
from mlopsgen.later import later

_PLATFORM = click.Path(path_type=Path)
"""Whatever it is; what is no readable file is a finding, with a place and a remedy."""

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)

_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what `build` and `validate` have in common."""
    for decorate in reversed(
        (
            click.argument("platform", type=_PLATFORM, default="platform.yaml"),
            click.option(
                "--env",
                "environments",
                multiple=True,
                metavar="NAME",
                help="Only this environment; may be given more than once.",
            ),
            click.option(
                "--format",
                "form",
                type=click.Choice(["text", "json", "github", "sarif", "junit"]),
                default="text",
                show_default=True,
                help="How findings are shown. All but text go to standard output, alone.",
            ),
            click.option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                help="Color text; auto looks at the terminal and at NO_COLOR.",
            ),
        )
    ):
        command = decorate(command)
    return command


@click.group(cls=Program, context_settings=_HELP)
@click.version_option(package_name="mlopsgen", message="%(prog)s %(version)s")
def main() -> None:
    r"""Compile one platform.yaml into a whole ML platform on AWS EKS.

    \b
    Examples:
      mlopsgen validate                   is platform.yaml right?
      mlopsgen build                      compile it into generated/
      mlopsgen build --env prod           only one environment
      mlopsgen build --check              in CI: is generated/ what platform.yaml says?
      mlopsgen lock                       look up aliases of MLflow for platform.lock
      mlopsgen explain NAME001            what a finding means
      mlopsgen test                       do the alerts fire, and keep still?

    Exits with 0 when all is well, 1 when the configuration has errors or --check found
    differences, 2 for wrong usage, the file system or a bug of mlopsgen, 3 when MLflow fails.
    """


@main.command()
@_shared
@click.option("--out", type=_FOLDER, default="generated", show_default=True, help="Output folder.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if OUT would change.")
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
def build(**options: object) -> None:
    r"""Compile PLATFORM and bring OUT up to date.

    Nothing is written unless everything is right. Files that mlopsgen didn't write are kept.

    \b
    Examples:
      mlopsgen build
      mlopsgen build teams/platform.yaml --out rendered
      mlopsgen build --check --format github
    """
    later("mlopsgen.cli.run").build(**options)


@main.command()
@_shared
def validate(**options: object) -> None:
    r"""Compile PLATFORM and write nothing.

    \b
    Examples:
      mlopsgen validate
      mlopsgen validate --format sarif > findings.sarif
    """
    later("mlopsgen.cli.run").validate(**options)


@main.command(short_help="Look up aliases and digests and write platform.lock.")
@click.argument("platform", type=_PLATFORM, default="platform.yaml")
@click.option(
    "--env",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Only this environment; may be given more than once.",
)
@click.option(
    "--update",
    multiple=True,
    metavar="NAME",
    help="Ask again for this model, pipeline or image; may be given more than once.",
)
@click.option("--update-all", is_flag=True, help="Ask again for everything.")
@click.option(
    "--registry",
    multiple=True,
    metavar="[NAME=]URL",
    help="Where MLflow is, for all environments or for NAME; MLFLOW_TRACKING_URI when left out.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0.1, max=3600),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Give up after this time, whatever is still missing.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the lock is behind.")
def lock(**options: object) -> None:
    r"""Look up what aliases and tags stand for, and write platform.lock beside PLATFORM.

    What is locked already stays as it is, unless --update asks for it; what is no longer used
    goes. The lock changes whole or not at all. URL is http(s)://, or sqlite:/// and file:/// where
    mlflow is installed. The login comes from MLFLOW_TRACKING_USERNAME and
    MLFLOW_TRACKING_PASSWORD, or from MLFLOW_TRACKING_TOKEN. With `images: {pin: true}` in PLATFORM
    the digests of images are looked up too; logins for their registries come from
    DOCKER_AUTH_CONFIG or the config.json of Docker. Exits with 3 when a registry fails.

    \b
    Examples:
      mlopsgen lock --registry https://mlflow.example.com
      mlopsgen lock --registry dev=http://localhost:5000 --env dev
      mlopsgen lock --update iris             promote: take what the alias is now
      mlopsgen lock --check                   in CI: has an alias moved?
    """
    later("mlopsgen.cli.lock").lock(**options)


@main.command()
@click.option("--out", type=_FILE, help="File to write; standard output when left out.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the file would change.")
def schema(**options: object) -> None:
    r"""Print the JSON Schema of platform.yaml, for editors.

    \b
    Examples:
      mlopsgen schema > platform.schema.json
      mlopsgen schema --out schemas/platform.schema.json --check
    """
    later("mlopsgen.cli.say").schema(**options)


@main.command(short_help="Say what a rule means, or list the rules.")
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    r"""Say what rule CODE means and how to mend what it finds; list all, or a family such as GPU.

    \b
    Examples:
      mlopsgen explain
      mlopsgen explain GPU
      mlopsgen explain NAME001
    """
    later("mlopsgen.cli.say").explain(code)


main.add_command(completion)
main.add_command(test)

for _command in (main, *main.commands.values()):
    # Raw docstrings spell click's mark of a paragraph that keeps its lines, a backspace, as text.
    _command.help = (_command.help or "").replace(r"\b", "\b")


def program() -> None:
    """Run the command line and end the process at once.

    Nothing is left to do after a command but to free a hundred thousand values one by one, which
    takes a fifth of a small build. Nearly all of them live to the end: looking for garbage on the
    way takes another fifth of a large one and finds none.
    """
    gc.disable()
    sys.excepthook = bug
    # Pydantic would look through every installed package for plugins and let them change what is
    # taken for right; a build depends on nothing but the project and mlopsgen.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    code: int | str | None = 0
    try:
        main(prog_name="mlopsgen")
    except SystemExit as exit_:
        code = exit_.code
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # told when it was printed
            if stream is not None:  # as it is when the shell has closed it
                stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
