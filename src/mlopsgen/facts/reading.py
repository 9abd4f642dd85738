"""Reads catalogue files into frozen models, each fact beside the source it was verified in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Strict, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

CATALOGUE = Path(__file__).with_name("catalogue")

T = TypeVar("T")
FactT = TypeVar("FactT", bound="Fact")

Items = Annotated[tuple[T, ...], Strict(strict=False)]
"""A YAML list, kept as a tuple; its members are still checked strictly."""

Source = Annotated[str, StringConstraints(pattern=r"^(mlopsgen convention\b|\S+ \S*\d\S* \S)")]
"""Where a fact was verified: `<project> <version> <file or page>`.

`mlopsgen convention` stands for what is our choice rather than the component's.
"""

Port = int
"""A TCP port, 1 to 65535; the tests check the range so that loading stays cheap."""


class CatalogueError(Exception):
    """A catalogue file is not what its model says. Always a bug in the file, never the user's."""


class Fact(BaseModel):
    """Base of all facts: camelCase keys, nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=to_camel, defer_build=True
    )


class Sourced(Fact):
    """A section of facts with the place they were verified in."""

    source: Source


def read(file: Path, model: type[FactT]) -> FactT:
    """Return *file* as a *model*, or raise CatalogueError with the name of the file."""
    try:
        with file.open("rb") as stream:
            data = yaml.load(stream, Loader=yaml.CSafeLoader)
        return model.model_validate(data)
    except (yaml.YAMLError, ValidationError) as error:
        msg = f"{file.parent.name}/{file.name}: {error}"
        raise CatalogueError(msg) from error
