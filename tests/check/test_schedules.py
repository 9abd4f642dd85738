import pytest

from mlopsgen.check import cron
from mlopsgen.diagnostics import Severity
from tests.check.platforms import a_step, codes, found, only, running


def _schedule(text, timezone="UTC"):
    return running({"fit": a_step()}, schedule={"cron": text, "timezone": timezone})


@pytest.mark.parametrize(
    "text",
    [
        "0 4 * * 1-5", "*/5 * * * *", "0 0 1 1 *", "? ? ? ? ?", "1,2,3 0-23/2 1-31 JAN-dec Sun-Sat",
        "5/15 * * * *", "0 0 29 2 *", "0  4 *\t* 0", "@daily", "@hourly", "0 4 31 2,3 *",
    ],
)  # fmt: skip
def test_what_argo_workflows_reads_is_fine(text):
    assert found(_schedule(text)) == []


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("0 4 * *", "it has 4 fields, not 5", "write minute, hour"),
        ("daily", "it has 1 field, not 5", "write minute, hour"),
        ("0 0 4 * * *", "it has 6 fields, not 5", 'take the seconds away: `cron: "0 4 * * *"`'),
        ("60 4 * * *", "`60` is no minute, which goes from 0 to 59", ""),
        ("0 24 * * *", "`24` is no hour", ""),
        ("0 4 0 * *", "`0` is no day of the month", ""),
        ("0 4 * 13 *", "`13` is no month", ""),
        ("0 4 * * 7", "Sunday is 0", 'write `cron: "0 4 * * 0"`'),
        ("0 4 * * 8", "`8` is no day of the week", ""),
        ("0 4 L * *", "`L` is no day of the month", ""),
        ("0 4 15W * *", "`15W` is no day of the month", ""),
        ("0 4 * * 1#2", "`1#2` is no range", ""),
        ("0 4 * foo *", "`foo` is no month", ""),
        ("mon 4 * * *", "`mon` is no minute", ""),
        ("*/0 4 * * *", "the step of `*/0` is 0", ""),
        ("30-10 4 * * *", "`30-10` ends before it begins", ""),
        ("*-5 4 * * *", "`*-5` is no range", ""),
        ("1,,2 4 * * *", "is no range", ""),
        ("٣ 4 * * *", "is no range", ""),
        ("@every 1h", "it has 2 fields", '`cron: "0 */1 * * *"`'),
        ("@every 15m", "it has 2 fields", '`cron: "*/15 * * * *"`'),
        ("@every 120m", "it has 2 fields", '`cron: "0 */2 * * *"`'),
        ("@every 7h", "it has 2 fields", "or five fields"),
        ("@dayly", "it has 1 field", 'write `cron: "@daily"`, or five fields'),
        ("CRON_TZ=UTC 0 4 * * *", "it has 6 fields", 'write `cron: "0 4 * * *", timezone: UTC`'),
    ],
)
def test_what_it_refuses_is_found(text, message, fix):
    finding = only(_schedule(text))

    assert finding.code == "TIME001"
    assert finding.at == ("pipelines", "train", "schedule", "cron")
    assert message in finding.message
    assert fix in finding.fix


@pytest.mark.parametrize(
    "text", ["0 4 31 2 *", "0 4 30 feb *", "0 4 31 4,6,9,11 *", "0 4 31 2 */1", "0 4 31 6 ?"]
)
def test_a_day_that_no_month_has_is_found(text):
    assert codes(_schedule(text)) == ["TIME002"]


def test_a_day_of_the_week_comes_beside_one_that_does_not():
    found_in = cron.read("0 4 31 2 1")

    assert found_in is not None
    assert found_in.any_day
    assert found_in.comes


@pytest.mark.parametrize("text", ["0 4 31 * 1", "0 4 31 2 1", "0 4 31 2 mon,fri"])
def test_days_of_both_kinds_are_taken_together(text):
    finding = only(_schedule(text))

    assert finding.code == "TIME006"
    assert finding.severity is Severity.WARNING
    assert "or both as a list" in finding.fix


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_of_the_database_is_fine(zone):
    assert found(_schedule("@daily", zone)) == []


@pytest.mark.parametrize(
    ("zone", "fix"),
    [
        ("Amsterdam", "write `timezone: Europe/Amsterdam`"),
        ("buenos aires", "write `timezone: America/Argentina/Buenos_Aires`"),
        ("Europe/Amsterdm", "write `timezone: Europe/Amsterdam`"),
        ("utc", "write `timezone: UTC`"),
        ("Middle-earth/Shire", "write an area and a city"),
    ],
)
def test_any_other_time_zone_is_found(zone, fix):
    finding = only(_schedule("@daily", zone))

    assert finding.code == "TIME003"
    assert finding.at == ("pipelines", "train", "schedule", "timezone")
    assert finding.fix.startswith(fix)


def test_a_pipeline_without_a_schedule_has_none_to_check():
    assert found(running({"fit": a_step()})) == []
