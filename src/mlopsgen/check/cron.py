"""Cron as Argo Workflows reads it: robfig/cron 3.0.1, parser.go and spec.go.

Other dialects know 7 for Sunday, L, W and #; this one doesn't, so a library for another would let
through what the controller refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, of February in a leap year; one is never more than eight years away."""

_RANGE = re.compile(r"(?P<low>[*?]|\w+)(?:-(?P<high>\w+))?(?:/(?P<step>[0-9]{1,4}))?", re.ASCII)

_STAR = re.compile(r"[*?](?:/0*1)?")
"""Any day. A wider step makes a list of it, as far as the choice of days goes."""

DESCRIPTORS = frozenset(
    {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}
)
FIELDS = 5


class CronError(ValueError):
    """What is wrong with an expression, as a clause about the field at fault."""


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    words: Mapping[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Return the number that *text* stands for."""
        value = self.words.get(text.lower())
        if value is None and text.isascii() and text.isdigit():
            value = int(text)
        if value is None:
            msg = f"`{text}` is no {self.name}"
            raise CronError(msg)
        if not self.low <= value <= self.high:
            hint = "; Sunday is 0" if self.words.get("sun") == 0 and text == "7" else ""
            msg = f"`{text}` is no {self.name}, which goes from {self.low} to {self.high}{hint}"
            raise CronError(msg)
        return value

    def numbers(self, text: str) -> frozenset[int]:
        """Return all numbers that the comma-separated *text* stands for."""
        return frozenset(number for part in text.split(",") for number in self._range(part))

    def _range(self, text: str) -> range:
        match = _RANGE.fullmatch(text)
        if match is None:
            msg = f"`{text}` is no range of {self.name}s"
            raise CronError(msg)
        step = int(match["step"] or 1)
        if step == 0:
            msg = f"the step of `{text}` is 0"
            raise CronError(msg)
        if match["low"] in "*?":
            if match["high"]:
                msg = f"`{text}` is no range of {self.name}s"
                raise CronError(msg)
            return range(self.low, self.high + 1, step)
        low = self.number(match["low"])
        high = self.number(match["high"]) if match["high"] else low
        if match["step"] and not match["high"]:
            high = self.high
        if high < low:
            msg = f"`{text}` ends before it begins"
            raise CronError(msg)
        return range(low, high + 1, step)


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, {word: index for index, word in enumerate(_MONTHS, 1)}),
    _Field("day of the week", 0, 6, {word: index for index, word in enumerate(_DAYS)}),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule, so far as it decides on which days something runs."""

    days: frozenset[int]
    months: frozenset[int]
    any_day: bool
    """Whether days of the week alone can match: a day runs when either of two lists has it."""

    @property
    def comes(self) -> bool:
        """Whether there is a day on which it runs."""
        return self.any_day or any(min(self.days) <= _LONGEST[month - 1] for month in self.months)


def read(expression: str) -> Cron | None:
    """Return the schedule of *expression*, nothing for a descriptor; raise CronError."""
    if expression in DESCRIPTORS:
        return None
    parts = expression.split()
    if len(parts) != FIELDS:
        msg = f"it has {len(parts)} field{'s' if len(parts) != 1 else ''}, not {FIELDS}"
        raise CronError(msg)
    _, _, days, months, _ = (one.numbers(text) for one, text in zip(_FIELDS, parts, strict=True))
    starred = any(_STAR.fullmatch(part) for part in f"{parts[2]},{parts[4]}".split(","))
    return Cron(days, months, any_day=not starred)
