"""Cron as Argo Workflows reads it: robfig/cron 3.0.1, parser.go and spec.go.

Other dialects know 7 for Sunday, L, W and #; this one doesn't, so a library for another would let
through what the controller refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from types import MappingProxyType

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month, of February in a leap year; one is never more than eight years away."""

_RANGE = re.compile(r"(?P<low>[*?]|\w+)(?:-(?P<high>\w+))?(?:/(?P<step>[0-9]{1,4}))?", re.ASCII)

_STAR = re.compile(r"[*?](?:/0*1)?")
"""Any day. A wider step makes a list of it, as far as the choice of days goes."""

DESCRIPTORS: Mapping[str, str] = MappingProxyType(
    {
        "@yearly": "0 0 1 1 *",
        "@annually": "0 0 1 1 *",
        "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *",
        "@midnight": "0 0 * * *",
        "@hourly": "0 * * * *",
    }
)
"""Words for expressions."""

FIELDS = 5
_HOUR, _DAY = 60, 24 * 60
_FEBRUARY = 2


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
    """A schedule: when in a day it runs, and on which days."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    """Whether days of the week alone can match: a day runs when either of two lists has it."""

    @property
    def comes(self) -> bool:
        """Whether there is a day on which it runs."""
        return self.any_day or any(min(self.days) <= _LONGEST[month - 1] for month in self.months)

    @property
    def times(self) -> tuple[int, ...]:
        """When it runs on a day that matches, in minutes since midnight."""
        return tuple(
            sorted(hour * _HOUR + minute for hour in self.hours for minute in self.minutes)
        )

    def matches(self, month: int, day: int, weekday: int) -> bool:
        """Say whether it runs on a day; Sunday is 0."""
        if month not in self.months:
            return False
        lists = (day in self.days, weekday in self.weekdays)
        return any(lists) if self.any_day else all(lists)

    @property
    def either(self) -> bool:
        """Whether two lists of days, neither of which has all, are taken together."""
        all_days = len(self.days) == _LONGEST[0] or len(self.weekdays) == len(_DAYS)
        return self.any_day and not all_days


@cache
def shortest(cron: Cron) -> int:
    """Return the least minutes between two runs of *cron*, 0 where there is never a second."""
    times = cron.times
    within = [second - first for first, second in pairwise(times)]
    matching = [number for number, day in enumerate(_calendar()) if cron.matches(*day)]
    apart = [second - first for first, second in pairwise(matching)]
    over = [min(apart) * _DAY + times[0] - times[-1]] if apart else []
    return min((*within, *over), default=0)


@cache
def _calendar() -> tuple[tuple[int, int, int], ...]:
    """Return month, day and weekday of all days of 28 years, after which they come again."""
    found = []
    for year in range(28):
        for month, longest in enumerate(_LONGEST, 1):
            last = longest - 1 if month == _FEBRUARY and year % 4 else longest
            found += [(month, day) for day in range(1, last + 1)]
    return tuple((month, day, number % 7) for number, (month, day) in enumerate(found))


def read(expression: str) -> Cron:
    """Return the schedule of *expression*; raise CronError."""
    parts = DESCRIPTORS.get(expression, expression).split()
    if len(parts) != FIELDS:
        msg = f"it has {len(parts)} field{'s' if len(parts) != 1 else ''}, not {FIELDS}"
        raise CronError(msg)
    minutes, hours, days, months, weekdays = (
        one.numbers(text) for one, text in zip(_FIELDS, parts, strict=True)
    )
    starred = any(_STAR.fullmatch(part) for part in f"{parts[2]},{parts[4]}".split(","))
    return Cron(minutes, hours, days, months, weekdays, any_day=not starred)


def uneven(expression: str) -> Iterator[tuple[str, int, int]]:
    """Yield the steps of *expression* that don't come out even: text, step and what is left.

    A step starts anew with each hour, day, month and week, however much of it is left.
    """
    parts = DESCRIPTORS.get(expression, expression).split()
    for one, text in zip(_FIELDS, parts, strict=True):
        for part in text.split(","):
            match = _RANGE.fullmatch(part)
            step = int(match["step"] or 1) if match and match["low"] in "*?" else 1
            left = (one.high - one.low + 1) % step
            if left:
                yield part, step, left
