"""Where two environments have different values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import SpecPath


class Absent:
    """Stands for a value that isn't there; null is one that is."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that one environment has *here* and another has otherwise, or not, *there*."""

    path: SpecPath
    here: object
    there: object


def differences(
    here: Mapping[str, Any], there: Mapping[str, Any], path: SpecPath = ()
) -> Iterator[Difference]:
    """Yield where two maps differ, as deep as both have maps."""
    for key in dict.fromkeys((*here, *there)):
        one, other = here.get(key, ABSENT), there.get(key, ABSENT)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from differences(one, other, (*path, key))
        elif one != other or type(one) is not type(other):
            yield Difference((*path, key), one, other)
