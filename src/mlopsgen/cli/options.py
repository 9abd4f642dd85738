"""Arguments and options that several commands have, in the same words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FOLDER = click.Path(file_okay=False, path_type=Path)
PATH = click.Path(readable=False, path_type=Path)
"""Whatever it is; what is no readable file is a finding, with a place and a remedy."""

platform: Decorator = click.argument("platform", type=PATH, default="platform.yaml")

environments: Decorator = click.option(
    "--env",
    "environments",
    multiple=True,
    metavar="NAME",
    help="Only this environment; may be given more than once.",
)

out: Decorator = click.option(
    "--out", type=FOLDER, default="generated", show_default=True, help="Output folder."
)


def _paint(context: click.Context, _option: click.Parameter, choice: str) -> None:
    """Keep what `--color` says where all that is printed can see it; None leaves it open."""
    context.color = {"always": True, "never": False}.get(choice)


color: Decorator = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=_paint,
    help="Color text; auto looks at the terminal and at NO_COLOR.",
)


def form(*choices: str, described: str = "How it is said.") -> Decorator:
    """Return `--format`, one of *choices*; the first when left out."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(choices),
        default=choices[0],
        show_default=True,
        help=described,
    )


def chosen(described: str = "The platform.") -> Decorator:
    """Return `--platform`, for commands whose arguments are something else."""
    return click.option(
        "--platform", type=PATH, default="platform.yaml", show_default=True, help=described
    )


def deadline(described: str, *, seconds: int = 60) -> Decorator:
    """Return `--deadline`, *seconds* unless somebody says otherwise."""
    return click.option(
        "--deadline",
        type=click.FloatRange(min=0.1, max=3600),
        default=seconds,
        show_default=True,
        metavar="SECONDS",
        help=described,
    )
