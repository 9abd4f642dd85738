"""Schedules: cron expressions that Argo Workflows takes, days that come, time zones there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from mlopsgen.check import cron
from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.spec import Schedule
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import named, quoted

_WITH_SECONDS = 6
_HOUR, _DAY = 60, 24


@rule("TIME001")
def schedules_are_cron(checked: Checked) -> Iterator[Finding]:
    """A schedule is five fields of cron, as Argo Workflows reads them.

    Dialects differ: this one has no seconds, no L, W or #, and no 7 for Sunday. The controller
    refuses what it can't read, and the pipeline would never run by itself.
    """
    for at, text in expressions(checked):
        try:
            cron.read(text)
        except cron.CronError as error:
            yield Finding(
                at=at,
                message=f"{named(at)} is {quoted(text)}; {error}",
                fix=_cron_fix(text),
            )


def _cron_fix(text: str) -> str:
    """Return what to write instead of *text*."""
    parts = text.split()
    if text.startswith(("CRON_TZ=", "TZ=")):
        zone = parts[0].partition("=")[2]
        return f'write `cron: "{" ".join(parts[1:])}", timezone: {zone}`'
    if text.startswith("@"):
        if even := _every(text):
            return f'write `cron: "{even}"`, which a restart of the controller doesn\'t move'
        near = closest(text, sorted(cron.DESCRIPTORS))
        return f'write `cron: "{near or "@daily"}"`, or five fields'
    if len(parts) == _WITH_SECONDS:
        return f'take the seconds away: `cron: "{" ".join(parts[1:])}"`'
    if len(parts) == cron.FIELDS and "7" in parts[-1]:
        return f'write `cron: "{" ".join([*parts[:-1], parts[-1].replace("7", "0")])}"`'
    return 'write minute, hour, day of month, month and day of week, such as `cron: "0 4 * * 1-5"`'


def _every(text: str) -> str:
    """Return the five fields of an interval that comes out even, such as `@every 2h`."""
    match = re.fullmatch(r"@every\s+([1-9][0-9]{0,4})([hm])", text)
    if match is None:
        return ""
    minutes = int(match[1]) * (_HOUR if match[2] == "h" else 1)
    if minutes < _HOUR and _HOUR % minutes == 0:
        return f"*/{minutes} * * * *"
    hours, rest = divmod(minutes, _HOUR)
    return f"0 */{hours} * * *" if not rest and hours < _DAY and _DAY % hours == 0 else ""


@rule("TIME002")
def schedules_have_a_day(checked: Checked) -> Iterator[Finding]:
    """A schedule has a day that comes.

    Some days are in no calendar, such as 31 February. Argo Workflows takes the expression and
    waits for ever.
    """
    for at, text in expressions(checked):
        try:
            found = cron.read(text)
        except cron.CronError:
            continue
        if not found.comes:
            yield Finding(
                at=at,
                message=f"{named(at)} is {quoted(text)}; none of its months"
                f" has a day {min(found.days)}",
                fix="write a day that the month has; 28 is in every month",
            )


@rule("TIME003")
def time_zones_exist(checked: Checked) -> Iterator[Finding]:
    """A time zone is one of the IANA database.

    Argo Workflows looks the zone up when it reads the schedule. It refuses one that it doesn't
    find, and the pipeline would never run by itself.
    """
    for owner, schedule in _schedules(checked):
        if schedule.timezone in zones():
            continue
        at = (*owner, "timezone")
        meant = _meant(schedule.timezone)
        yield Finding(
            at=at,
            message=f"{named(at)} is {quoted(schedule.timezone)}, which is no time zone",
            fix=f"write `timezone: {meant}`"
            if meant
            else "write an area and a city, such as `timezone: Europe/Amsterdam`, or `UTC`",
        )


def _meant(text: str) -> str:
    """Return the time zone that *text* is a slip of, or the city of; nothing where none is."""
    known = tuple(sorted(zones()))
    folded = text.replace(" ", "_").lower()
    ends = (zone for zone in known if zone.lower().endswith(f"/{folded}"))
    same = (zone for zone in known if zone.lower() == folded)
    return next(same, next(ends, closest(text, known)))


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones, of our own database and not of the machine's."""
    text = files("tzdata").joinpath("zones").read_text(encoding="utf-8")
    return frozenset(text.split())


def _schedules(checked: Checked) -> Iterator[tuple[SpecPath, Schedule]]:
    for name, pipeline in checked.platform.pipelines.items():
        if pipeline.schedule:
            yield ("pipelines", name, "schedule"), pipeline.schedule


def expressions(checked: Checked) -> Iterator[tuple[SpecPath, str]]:
    """Yield the expressions of all schedules, one or several for each."""
    for at, schedule in _schedules(checked):
        if isinstance(schedule.cron, str):
            yield (*at, "cron"), schedule.cron
        else:
            yield from (((*at, "cron", index), text) for index, text in enumerate(schedule.cron))


RULES = (schedules_are_cron, schedules_have_a_day, time_zones_exist)
