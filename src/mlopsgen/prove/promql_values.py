"""What a part of an expression gives: which labels, of what kind, how high, whether empty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A scalar, or series that are alike."""

    scalar: bool = False
    labels: frozenset[str] | None = frozenset()
    """None where they may have any."""

    kind: str = "other"
    """counter, gauge, bucket; rate, rate of buckets, quantile, share; or other."""

    names: tuple[str, ...] = ()
    """The metrics it is made of."""

    most: float | None = None
    """The highest it can be, where there is such a thing."""

    interval: float = 0.0
    """Seconds between two samples."""

    window: float | None = None
    """Seconds that a range looks back."""

    ranged: bool = False
    """Whether the range is of an expression, not of a metric."""

    gaps: bool = False
    """Whether it can be NaN for want of requests."""

    positive: bool = False
    """Whether it is above 0 wherever it is."""

    number: float | None = None
    text: str = ""
    equal: frozenset[str] = frozenset()
    """The labels that were asked for by one value."""


NOTHING = Value()


def listed(names: Iterable[str]) -> str:
    """Return *names* as a message has them."""
    return ", ".join(f"`{each}`" for each in names)


def merged(*names: tuple[str, ...]) -> tuple[str, ...]:
    """Return all of *names*, each once."""
    return tuple(dict.fromkeys(name for each in names for name in each))
