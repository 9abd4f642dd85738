"""What a step from one version of the format to the next is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ANY = "*"
"""Stands for any name in the path of a change."""

VERSION = "apiVersion"


@dataclass(frozen=True, slots=True)
class Change:
    """A key that has another name, or another form of its value, from a version on.

    It holds in the base and in every overlay. `value` makes the new value of the old one and
    gives None where it can't; null takes a key away in every version, so it isn't asked about
    that. `takes` says which values it can carry.
    """

    path: tuple[str, ...]
    becomes: str
    value: Callable[[Any], object] | None = None
    takes: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The way from one version to the next; no change leads into what another one moves."""

    version: str
    becomes: str
    changes: tuple[Change, ...]

    @property
    def everything(self) -> tuple[Change, ...]:
        """Its changes and that of the version itself."""

        def next_version(written: object) -> str | None:
            return self.becomes if written == self.version else None

        return (
            Change((VERSION,), VERSION, next_version, f"`{self.version}`"),
            *self.changes,
        )
