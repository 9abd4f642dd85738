"""Schedules that run at other times than they seem to."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.check import clocks, cron
from mlopsgen.check.schedules import zones
from mlopsgen.diagnostics import Severity
from tests.check.platforms import a_step, codes, found, only, running

YEARS = range(2030, 2034)
"""The database's rules hold from now on; far years have no exceptions written out."""


def _schedule(text, timezone="UTC", **keys):
    schedule = {"cron": text, "timezone": timezone, **keys.pop("schedule", {})}
    return running({"fit": a_step()}, schedule=schedule, **keys)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("*/7 * * * *", "of `*/7` is 4 and not 7"),
        ("0 */5 * * *", "of `*/5` is 4 and not 5"),
        ("0 4 */2 * *", "of `*/2` is 1 and not 2"),
        ("0 4 * * */2", "of `*/2` is 1 and not 2"),
    ],
)
def test_a_step_that_does_not_come_out_even_is_said(text, last):
    finding = only(_schedule(text))

    assert finding.code == "TIME007"
    assert finding.severity is Severity.INFO
    assert last in finding.message


def test_a_step_within_a_range_is_meant():
    assert found(_schedule("0-50/7 9-17/3 * * *")) == []


@pytest.mark.parametrize(
    ("text", "zone", "message"),
    [
        ("30 2 * * *", "Europe/Amsterdam", "clocks skip 02:00 to 03:00 on a night in March"),
        ("30 2 * * *", "Europe/Amsterdam", "have twice 02:00 to 03:00 on a night in October"),
        ("0,30 1 * * *", "America/New_York", "have twice 01:00 to 02:00 on a night in November"),
        ("@daily", "America/Santiago", "clocks skip 00:00 to 01:00 on a night in September"),
        ("15 2 * * 0", "Australia/Lord_Howe", "clocks skip 02:00 to 02:30"),
        ("0 1 * * *", "Europe/Dublin", "and skip 01:00 to 02:00 on a night in March"),
    ],
)  # fmt: skip
def test_hours_that_do_not_come_once_are_found(text, zone, message):
    finding = only(_schedule(text, zone))

    assert finding.code == "TIME008"
    assert message in finding.message


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("30 2 * * *", "UTC"),
        ("30 2 * * *", "Asia/Tokyo"),
        ("30 2 * * 1-5", "Europe/Amsterdam"),
        ("30 2 1 * *", "Europe/Amsterdam"),
        ("30 2 * 1,6 *", "Europe/Amsterdam"),
        ("30 2,14 * * *", "Europe/Amsterdam"),
        ("*/5 * * * *", "Europe/Amsterdam"),
        ("30 3 * * *", "Europe/Amsterdam"),
    ],
)
def test_hours_that_come_once_are_fine(text, zone):
    assert found(_schedule(text, zone)) == []


def _transitions(zone):
    """Yield the nights of YEARS on which *zone* really changes its clocks, hour by hour."""
    here = zoneinfo.ZoneInfo(zone)
    moment, step = datetime(YEARS[0], 1, 1, tzinfo=UTC), timedelta(minutes=30)
    end = datetime(YEARS[-1] + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        before, after = moment.astimezone(here), (moment + step).astimezone(here)
        shift = after.utcoffset() - before.utcoffset()
        if shift:
            yield before.replace(tzinfo=None) + step, shift
        moment += step


@pytest.mark.parametrize(
    "zone",
    ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Jerusalem",
     "America/Santiago", "Europe/Dublin", "America/Godthab", "Africa/Cairo", "Antarctica/Troll",
     "Asia/Tokyo", "UTC"],
)  # fmt: skip
def test_changes_are_those_of_the_calendar(zone):
    told = clocks.changes(zone)
    seen = 0
    for local, shift in _transitions(zone):
        seen += 1
        first = local if shift > timedelta() else local + shift
        minute = first.hour * 60 + first.minute
        day = (first.month, first.day, first.isoweekday() % 7)
        [change] = [
            each for each in told
            if each.skipped == (shift > timedelta()) and each.minutes.start == minute
        ]  # fmt: skip
        assert len(change.minutes) == abs(shift) // timedelta(minutes=1)
        assert day in set(change.days)
    assert seen == len(told) * len(YEARS)


def test_every_zone_can_be_read():
    with_changes = [zone for zone in zones() if clocks.changes(zone)]

    assert 100 < len(with_changes) < len(zones())


def test_runs_that_may_overlap_are_found():
    allow = {"concurrency": "Allow"}
    finding = only(_schedule("0 * * * *", schedule=allow, deadline="3h"))

    assert finding.code == "TIME009"
    assert finding.at == ("pipelines", "train", "schedule", "concurrency")
    assert "a run may take 3h, and the next may start 1h later" in finding.message
    assert codes(_schedule("0 * * * *", schedule=allow, deadline="1h")) == []
    assert codes(_schedule("0 * * * *", deadline="3h")) == []


def test_every_expression_of_a_list_is_looked_at():
    findings = found(_schedule(["0 4 1 * 1", "0 4 * * *", "*/7 * * * *"]))

    assert [each.at[-1] for each in findings] == [0, 2]


FIELDS = st.tuples(
    st.integers(0, 59), st.integers(0, 23), st.sampled_from(["*", "1", "15", "31", "*/9"]),
    st.sampled_from(["*", "2", "1-3", "12"]), st.sampled_from(["*", "0", "1-5", "*/3"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(FIELDS)
def test_the_shortest_interval_is_that_of_the_calendar(fields):
    found_in = cron.read(" ".join(map(str, fields)))
    day = datetime(2001, 1, 1)  # noqa: DTZ001 - a day of the calendar, in no zone
    runs = []
    for _ in range(28 * 365 + 7):
        if found_in.matches(day.month, day.day, day.isoweekday() % 7):
            runs.append(day)
        day += timedelta(days=1)
    apart = [second - first for first, second in pairwise(runs)]
    expected = min(apart) // timedelta(minutes=1) if apart else 0

    assert cron.shortest(found_in) == expected


@pytest.mark.parametrize(
    ("keys", "code", "message"),
    [
        ({"timeout": "7h"}, "TIME004", "is 7h; `train` ends after 6h"),
        ({"timeout": "2h", "retries": 3}, "TIME005", "4 tries may take 8h; `train` ends after 6h"),
        (
            {"timeout": "2h", "retries": {"limit": 3, "policy": "OnError"}},
            "TIME005",
            "4 tries may take 8h",
        ),
    ],
)
def test_a_step_that_outlasts_its_pipeline_is_found(keys, code, message):
    finding = only(running({"fit": a_step(**keys)}, deadline="6h"))

    assert finding.code == code
    assert message in finding.message


def test_a_step_that_just_fits_is_fine():
    assert found(running({"fit": a_step(timeout="2h", retries=2)}, deadline="6h")) == []
