"""Schedules that Argo Workflows takes, and that run at other times than they seem to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlopsgen import units
from mlopsgen.check import cron
from mlopsgen.check.checked import Checked
from mlopsgen.check.clocks import Change, changes
from mlopsgen.check.schedules import expressions, zones
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.spec import Pipeline, Schedule
from mlopsgen.spec.said import named, quoted

_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class _Timed:
    at: SpecPath
    pipeline: Pipeline
    schedule: Schedule
    text: str
    cron: cron.Cron


@rule("TIME006", Severity.WARNING)
def days_are_said_once(checked: Checked) -> Iterator[Finding]:
    """A schedule has days of the month or days of the week, not both.

    With both, Argo Workflows runs it on days that are in either, as cron always did: `0 4 1 * 1`
    is the first of the month and every Monday, not a first that is a Monday.
    """
    for timed in _timed(checked):
        if timed.cron.either:
            minute, hour, day, month, weekday = timed.text.split()
            yield Finding(
                at=timed.at,
                message=f"{named(timed.at)} is {quoted(timed.text)}; it runs on days `{day}` of the"
                f" month and on days `{weekday}` of the week",
                fix=f'write `"{minute} {hour} {day} {month} *"` or'
                f' `"{minute} {hour} * {month} {weekday}"`, or both as a list',
            )


@rule("TIME007", Severity.INFO)
def steps_come_out_even(checked: Checked) -> Iterator[Finding]:
    """A step in a schedule divides what it steps through.

    Each hour, day, month and week it starts anew, however much is left: `*/7` minutes is minute
    56 and then minute 0, four minutes later.
    """
    for timed in _timed(checked):
        for part, step, left in cron.uneven(timed.text):
            yield Finding(
                at=timed.at,
                message=f"{named(timed.at)} is {quoted(timed.text)}; the last step of `{part}` is"
                f" {left} and not {step}",
                fix="write a step that comes out even, or the numbers themselves",
            )


@rule("TIME008", Severity.WARNING)
def clocks_change_at_other_hours(checked: Checked) -> Iterator[Finding]:
    """A schedule runs once on the nights when clocks change.

    An hour that clocks skip doesn't come, and Argo Workflows waits for the next day. An hour that
    they have twice comes twice, and so does the run.
    """
    for timed in _timed(checked):
        if timed.schedule.timezone not in zones():
            continue
        met = [
            change
            for change in changes(timed.schedule.timezone)
            if set(timed.cron.times) <= set(change.minutes) and _meets(timed.cron, change)
        ]
        if met:
            yield _changed(timed, met)


def _meets(found: cron.Cron, change: Change) -> bool:
    """Say whether *found* ever runs on the day of *change*."""
    return any(found.matches(*day) for day in change.days)


def _changed(timed: _Timed, met: list[Change]) -> Finding:
    zone = timed.schedule.timezone
    nights = " and ".join(
        f"{'skip' if each.skipped else 'have twice'} {_clock(each.minutes.start)} to"
        f" {_clock(each.minutes.stop)} on a night in {_MONTHS[each.month - 1]}"
        for each in met
    )
    return Finding(
        at=timed.at,
        message=f"{named(timed.at)} is {quoted(timed.text)} in `{zone}`, where clocks {nights}",
        fix=f"write another hour, such as {(met[0].minutes.start // 60 + 2) % 24}, or `timezone:"
        " UTC`",
        related=(Related((*timed.at[:3], "timezone"), "the clocks of this zone are meant"),),
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


@rule("TIME009", Severity.WARNING)
def runs_end_before_the_next(checked: Checked) -> Iterator[Finding]:
    """Runs that may overlap end before the next one starts.

    With `concurrency: Allow` nothing waits for the last run. When runs take longer than the time
    between them, they pile up until the quota of the namespace stops all of them.
    """
    for timed in _timed(checked):
        between = cron.shortest(timed.cron) * _MINUTE
        deadline = timed.pipeline.deadline
        if timed.schedule.concurrency == "Allow" and 0 < between < deadline:
            at: SpecPath = (*timed.at[:3], "concurrency")
            yield Finding(
                at=at,
                message=f"{named(at)} is `Allow`; a run may take {units.duration(deadline)}, and"
                f" the next may start {units.duration(between)} later",
                fix=f"write `concurrency: Forbid`, or lower `deadline` of `{at[1]}` to"
                f" {units.duration(between)}",
                related=(Related(timed.at, "it starts here"),),
            )


def _timed(checked: Checked) -> Iterator[_Timed]:
    """Yield the expressions that can be read and come; others are found elsewhere."""
    for at, text in expressions(checked):
        pipeline = checked.platform.pipelines[str(at[1])]
        try:
            found = cron.read(text)
        except cron.CronError:
            continue
        if found.comes and pipeline.schedule:
            yield _Timed(at, pipeline, pipeline.schedule, text, found)


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

RULES = (
    days_are_said_once,
    steps_come_out_even,
    clocks_change_at_other_hours,
    runs_end_before_the_next,
)
