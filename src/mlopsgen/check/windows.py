"""Sync windows: that Argo CD can read them, and that they leave it time.

argo-cd v2.14.11, pkg/apis/application/v1alpha1/types.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlopsgen.check import cron
from mlopsgen.check.checked import Checked
from mlopsgen.check.schedules import zones
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import SyncWindow, hub_of
from mlopsgen.spec.said import named, quoted

_AT: SpecPath = ("gitops", "syncWindows")
_DAY = 24 * 60
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = 2
_YEAR = sum(_LONGEST) * _DAY
_BEFORE = _YEAR - _DAY
_MINUTE = 60_000


@rule("SYNC003")
def windows_begin(checked: Checked) -> Iterator[Finding]:
    """A sync window begins at times that come, by a clock that there is.

    Argo CD syncs nothing of a project with a window that it can't read. One whose day never comes
    it takes to be open for ever, and the hours of a zone that it doesn't know for those of UTC.
    """
    for index, window in enumerate(_windows(checked)):
        at: SpecPath = (*_AT, index, "schedule")
        text, zone = window.schedule.cron, window.schedule.timezone
        if wrong := _unread(text):
            yield Finding(
                at=(*at, "cron"),
                message=f"{named((*at, 'cron'))} is {quoted(text)}; {wrong}",
                fix="write minute, hour, day of month, month and day of week of days that come,"
                ' such as `cron: "0 16 * * 5"`',
            )
        if zone not in zones():
            yield Finding(
                at=(*at, "timezone"),
                message=f"{named((*at, 'timezone'))} is {quoted(zone)}, which is no time zone",
                fix="write an area and a city, such as `timezone: Europe/Amsterdam`, or `UTC`",
            )


@rule("SYNC004")
def windows_leave_time(checked: Checked) -> Iterator[Finding]:
    """Sync windows leave time to sync.

    While a `deny` is open, or where there are `allow` and none is, Argo CD neither applies what is
    merged nor puts right what somebody changed. Without a minute left that would be so for ever.
    """
    windows = _windows(checked)
    readable = [each for each in windows if not _unread(each.schedule.cron)]
    if len(readable) < len(windows) or not windows:
        return
    ever = [(index,) for index, each in enumerate(windows) if each.kind == "deny"]
    closed = next((one for one in ever if not _open([windows[one[0]]])), ())
    together = len({each.schedule.timezone for each in windows}) == 1
    if not closed and (not together or _open(windows)):
        return
    at = (*_AT, *closed)
    said = f"{named(at)} denies syncs at any time" if closed else f"{named(at)} leave no minute"
    yield Finding(
        at=at,
        message=f"{said} of a year",
        fix="lower `duration`, or write another schedule",
        related=tuple(
            Related((*_AT, index, "duration"), f"`{each.kind}`, from `{each.schedule.cron}`")
            for index, each in enumerate(windows)
            if index in (closed or range(len(windows)))
        ),
    )


@rule("SYNC005")
def windows_are_for_argocd(checked: Checked) -> Iterator[Finding]:
    """Sync windows are for an Argo CD.

    Without one nothing reads them: whoever relies on them would be applied to at any time.
    """
    platform = checked.platform
    served = "argocd" in platform.components.declared() or hub_of(platform, checked.environment)
    if _windows(checked) and not served:
        yield Finding(
            at=_AT,
            message=f"{named(_AT)} are there, and `components.argocd` is not",
            fix="write `components: {argocd: {}}`, or delete `syncWindows`",
        )


def _windows(checked: Checked) -> tuple[SyncWindow, ...]:
    gitops = checked.platform.gitops
    return gitops.sync_windows if gitops else ()


def _unread(text: str) -> str:
    """Return why Argo CD can't read *text* or takes it amiss; nothing where it reads it."""
    if text in cron.DESCRIPTORS:
        return f"Argo CD reads the five fields `{cron.DESCRIPTORS[text]}`, and no word for them"
    try:
        found = cron.read(text)
    except cron.CronError as error:
        return str(error)
    return "" if found.comes else f"none of its months has a day {min(found.days)}"


def _open(windows: Sequence[SyncWindow]) -> bool:
    """Return whether *windows*, all by one clock, leave a minute of a leap year to sync in."""
    denied = _covered(each for each in windows if each.kind == "deny")
    allows = [each for each in windows if each.kind == "allow"]
    if not allows:
        return 0 in denied
    return any(allowed and not shut for allowed, shut in zip(_covered(allows), denied, strict=True))


def _covered(windows: Iterable[SyncWindow]) -> bytearray:
    """Return for each minute of a leap year, the one before run in, whether a window is open."""
    years = bytearray(_BEFORE + _YEAR)
    for window in windows:
        found = cron.read(window.schedule.cron)
        # Of what isn't certain, a part of a minute leaves time.
        minutes, part = divmod(window.duration, _MINUTE)
        length = minutes + (part > 0 and window.kind == "allow")
        spans = tuple(_spans(found.times, length))
        for number, (month, day) in enumerate(_days()):
            if found.matches(month, day, number % 7):
                for start, end in spans:
                    first, last = number * _DAY + start, min(number * _DAY + end, len(years))
                    years[first:last] = b"\1" * (last - first)
    return years[_BEFORE:]


def _spans(times: Iterable[int], length: int) -> Iterator[tuple[int, int]]:
    """Yield what *length* from each of *times* covers, in one where they meet."""
    start, end = -1, -1
    for time in times:
        if time > end:
            if end > start:
                yield start, end
            start = time
        end = time + length
    yield start, end


def _days() -> Iterator[tuple[int, int]]:
    """Yield month and day of two years, the second a leap year; the first day is a Sunday."""
    for leap in (False, True):
        for month, last in enumerate(_LONGEST, 1):
            yield from (
                (month, day) for day in range(1, last + 1 - (month == _FEBRUARY and not leap))
            )


RULES = (windows_begin, windows_leave_time, windows_are_for_argocd)
