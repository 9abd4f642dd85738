"""The command that looks up what moves outside, for platform.lock."""

from __future__ import annotations

import click

from mlopsgen.cli import options
from mlopsgen.later import later


@click.command(short_help="Look up aliases and digests and write platform.lock.")
@options.platform
@options.environments
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
@options.deadline("Give up after this time, whatever is still missing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if the lock is behind.")
@options.color
def lock(**given: object) -> None:
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
    later("mlopsgen.cli.lock").lock(**given)
