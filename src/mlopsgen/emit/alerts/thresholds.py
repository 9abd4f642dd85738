"""Thresholds as users write them: 1s for a latency, 5% for a share, 3 for a count."""

from __future__ import annotations

import re
from typing import Literal

Unit = Literal["seconds", "share", "count"]
"""Of a share: of one."""

_WRITTEN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|%)?")
_SCALE: dict[str, tuple[Unit, float]] = {
    "ms": ("seconds", 0.001),
    "s": ("seconds", 1),
    "m": ("seconds", 60),
    "h": ("seconds", 3600),
    "%": ("share", 0.01),
}


def threshold(written: float | str, unit: Unit | None) -> float:
    """Return *written* in seconds, as a share of one, or as a count; raise ValueError.

    A number without a unit is in the alert's own, so that of a share is one of one: 0.05. What
    could never be passed, or always is, is no threshold.
    """
    match = _WRITTEN.fullmatch(str(written))
    if match is None or unit is None:
        msg = f"`{written}` is no threshold"
        raise ValueError(msg)
    found, scale = _SCALE[match[2]] if match[2] else (unit, 1.0)
    value = round(float(match[1]) * scale, 9)
    highest = 1.0 if unit == "share" else float("inf")
    if found != unit or not (value > 0 or unit == "count") or value >= highest:
        msg = f"`{written}` is no threshold for {unit}"
        raise ValueError(msg)
    return value
