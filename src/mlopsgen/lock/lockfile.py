"""platform.lock: what aliases stood for when somebody looked, so that a build never asks."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from mlopsgen.diagnostics import Finding, Place
from mlopsgen.lock.rules import MALFORMED

LOCK = "platform.lock"

_FILE_MODE = 0o644


class _Base(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        defer_build=True,  # most builds read no lock
    )


Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
"""To the second, in UTC."""


class LockedModel(_Base):
    """A model version, where its files lie, and where and when somebody looked."""

    version: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,9}$")]
    uri: Annotated[
        str,
        StringConstraints(
            pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\s\p{C}]+$", max_length=1100
        ),
    ]
    """A bucket's name has 63 characters at the most and the key of an object 1024 bytes."""

    run_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None
    tracking: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[^\s\p{C}]+$", max_length=2000)] | None,
        Field(alias="from"),
    ] = None
    """Tracking URI of the registry that was asked, without credentials."""

    at: Time | None = None
    """When it was asked, in UTC."""

    def same(self, other: LockedModel) -> bool:
        """Return whether *other* is the same version with the same files."""
        return (self.version, self.uri) == (other.version, other.uri)


class LockedImage(_Base):
    """The digest of an image, and when somebody looked."""

    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
    at: Time | None = None

    def same(self, other: LockedImage) -> bool:
        """Return whether *other* is the same image."""
        return self.digest == other.digest


class _Environment(_Base):
    models: dict[str, LockedModel] = {}
    images: dict[str, LockedImage] = {}


class _File(_Base):
    version: int
    environments: dict[str, _Environment] = {}


@dataclass(frozen=True, slots=True)
class Lock:
    """Sources and images as users write them, and what they were locked to, by environment."""

    models: Mapping[str, Mapping[str, LockedModel]] = field(default_factory=dict)
    images: Mapping[str, Mapping[str, LockedImage]] = field(default_factory=dict)

    def model(self, environment: str, source: str) -> LockedModel | None:
        """Return what *source* stands for in *environment*; None when it isn't locked."""
        return self.models.get(environment, {}).get(source)

    def image(self, environment: str, reference: str) -> LockedImage | None:
        """Return what *reference* stands for in *environment*; None when it isn't locked."""
        return self.images.get(environment, {}).get(reference)


def read(name: str, text: str) -> tuple[Lock, tuple[Finding, ...]]:
    """Return the lock written in *text*, and what is wrong with it; *name* is the file's."""
    try:
        file = _File.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        place = Place(name, error.lineno, error.colno)
        return Lock(), (_malformed(place, f"`{name}` isn't JSON: {error.msg}"),)
    except RecursionError:
        return Lock(), (_malformed(Place(name, 1, 1), f"`{name}` is nested too deeply"),)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        return Lock(), (_malformed(Place(name, 1, 1), f"`{where}` in `{name}` isn't of its form"),)
    if file.version != 1:
        return Lock(), (
            _malformed(Place(name, 1, 1), f"`{name}` is version {file.version}, not 1"),
        )
    return Lock(
        {key: value.models for key, value in file.environments.items() if value.models},
        {key: value.images for key, value in file.environments.items() if value.images},
    ), ()


def text_of(lock: Lock) -> str:
    """Return *lock* as `read` reads it: environments and sources in the order of the alphabet."""
    environments: dict[str, object] = {}
    for name in sorted({*lock.models, *lock.images}):
        parts: dict[str, Mapping[str, _Base]] = {
            "models": lock.models.get(name, {}),
            "images": lock.images.get(name, {}),
        }
        found = {key: _plain(entries) for key, entries in parts.items() if entries}
        if found:
            environments[name] = found
    file: dict[str, object] = {"version": 1, "environments": environments}
    return json.dumps(file, indent=2, ensure_ascii=False) + "\n"


def save(path: Path, lock: Lock) -> None:
    """Put *lock* in the place of the file at *path*, whole or not at all."""
    handle, temporary = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text_of(lock))
            file.flush()
            os.fchmod(handle, _FILE_MODE)  # mkstemp lets only the owner read
            os.fsync(handle)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _plain(entries: Mapping[str, _Base]) -> dict[str, object]:
    return {
        key: entries[key].model_dump(by_alias=True, exclude_none=True) for key in sorted(entries)
    }


def _malformed(place: Place, message: str) -> Finding:
    return MALFORMED.at(place, message, fix="restore the file from version control")
