"""Hours that clocks skip or have twice, by the rule at the end of each file of the IANA database.

That rule, a POSIX TZ text (RFC 9636, section 3.3), is what holds from now on, so no date is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NAME = r"(?:[A-Za-z]+|<[^>]+>)"
_TIME = r"(?:[+-]?[0-9]{1,3}(?::[0-9]{2})?)"
_RULE = re.compile(
    rf"{_NAME}(?P<normal>{_TIME}){_NAME}(?P<summer>{_TIME})?"
    rf",M(?P<start>[0-9.]+)(?:/(?P<starts>{_TIME}))?,M(?P<end>[0-9.]+)(?:/(?P<ends>{_TIME}))?"
)
_HOUR, _DAY = 60, 24 * 60
_TWO = "2"
_LAST = 5
_LONGEST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Change:
    """A night on which the clocks change, and the minutes of its day that it is about."""

    month: int
    week: int
    weekday: int
    start: int
    end: int
    skipped: bool
    """Whether the minutes don't come; otherwise they come twice."""

    @property
    def days(self) -> Iterator[tuple[int, int, int]]:
        """The month, day and weekday on which it can be, over the years."""
        later, longest = self.start // _DAY, _LONGEST[self.month - 1]
        first = longest - 6 if self.week == _LAST else 7 * self.week - 6
        for day in range(first + later, first + 7 + later):
            month = self.month + (day > longest) - (day < 1)
            yield (month - 1) % 12 + 1, (day - 1) % longest + 1, (self.weekday + later) % 7

    @property
    def minutes(self) -> range:
        """The minutes of the day, since midnight."""
        return range(self.start % _DAY, self.start % _DAY + self.end - self.start)


@cache
def changes(zone: str) -> tuple[Change, ...]:
    """Return when clocks of the time zone *zone*, which there must be, change each year."""
    folder = files("tzdata").joinpath("zoneinfo")
    data = folder.joinpath(*zone.split("/")).read_bytes()
    rule = data.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii", "replace")
    match = _RULE.fullmatch(rule)
    if match is None:
        return ()
    normal = -_minutes(match["normal"])
    summer = -_minutes(match["summer"]) if match["summer"] else normal + _HOUR
    forward = summer - normal
    starts, ends = _minutes(match["starts"] or _TWO), _minutes(match["ends"] or _TWO)
    return (
        _change(match["start"], starts, forward),
        _change(match["end"], ends, -forward),
    )


def _change(night: str, at: int, forward: int) -> Change:
    """Return the change that puts clocks *forward*, or back, at the minute *at* of *night*."""
    month, week, weekday = (int(part) for part in night.split("."))
    start, end = (at, at + forward) if forward > 0 else (at + forward, at)
    return Change(month, week, weekday, start, end, skipped=forward > 0)


def _minutes(text: str) -> int:
    hours, _, minutes = text.lstrip("+-").partition(":")
    total = int(hours) * _HOUR + int(minutes or 0)
    return -total if text.startswith("-") else total
