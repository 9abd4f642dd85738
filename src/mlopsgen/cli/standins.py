"""What stands for a container on this machine: an environment for its image, and variables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from mlopsgen.local import Pipeline
from mlopsgen.spec.said import listed

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def programs(options: Sequence[str], pipeline: Pipeline) -> dict[str, Path]:
    """Return the folder of programs for each image of *pipeline*, from NAME=FOLDER."""
    images = list(dict.fromkeys(step.image for step in pipeline.steps))
    found: dict[str, Path] = {}
    for option in options:
        name, folder = _pair("--image", option)
        named = [image for image in images if name in _names(image)]
        if not named:
            msg = f"--image names `{name}`; the images of `{pipeline.name}` are {listed(images)}"
            raise click.UsageError(msg)
        place = Path(folder, "bin")
        if not place.is_dir():
            msg = f"--image {name}: `{folder}` has no bin/, as a virtual environment would"
            raise click.UsageError(msg)
        found.update(dict.fromkeys(named, place.absolute()))
    for image in images:
        if image not in found:
            msg = (
                f"nothing stands for the image `{image}`; write --image {_names(image)[-1]}=FOLDER"
            )
            msg += ", a virtual environment with what the image has"
            raise click.UsageError(msg)
    return found


def variables(options: Sequence[str], pipeline: Pipeline) -> dict[str, str]:
    """Return what replaces or joins the environment of steps; secrets have to be among it."""
    found: dict[str, str] = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not _VARIABLE.fullmatch(name):
            msg = f"--variable takes NAME or NAME=VALUE, not `{option}`"
            raise click.UsageError(msg)
        if not equals and name not in os.environ:
            msg = f"--variable {name} has no value, and the environment has no {name}"
            raise click.UsageError(msg)
        found[name] = value if equals else os.environ[name]
    for step in pipeline.steps:
        for name in step.secrets:
            if name not in found:
                msg = f"`{step.name}` takes {name} from a Secret; write --variable {name}"
                msg += ", which reads it from the environment"
                raise click.UsageError(msg)
    return found


def values(option: str, texts: Iterable[str]) -> Mapping[str, str]:
    """Return the pairs that *texts*, given with *option*, say as NAME=VALUE."""
    return dict(_pair(option, text) for text in texts)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        msg = f"{option} takes NAME=VALUE, not `{text}`"
        raise click.UsageError(msg)
    return name, value


def _names(image: str) -> tuple[str, str, str]:
    """Return *image*, without its tag or digest, and the last part of that."""
    start = image.rfind("/") + 1
    repository = image[:start] + image[start:].partition("@")[0].partition(":")[0]
    return image, repository, repository[start:]
