"""Sync windows, as argo-cd 2.14.11 reads them."""

import pytest

from mlopsgen.check import check
from mlopsgen.compiler import specified
from mlopsgen.load import fleet, load
from mlopsgen.lock import Lock
from tests.check.platforms import a_platform, found, only, without
from tests.fleet import clusters, written

WEEKEND = {"kind": "deny", "schedule": {"cron": "0 16 * * 5"}, "duration": "64h"}


def window(cron, duration, kind="deny", timezone="UTC"):
    schedule = {"cron": cron, "timezone": timezone}
    return {"kind": kind, "schedule": schedule, "duration": duration}


def platform(*windows, **sections):
    repository = "https://github.com/acme/platform.git"
    return a_platform(gitops={"repository": repository, "syncWindows": list(windows)}, **sections)


@pytest.mark.parametrize(
    "windows",
    [
        (WEEKEND,),
        (window("* * * * *", "1m", "allow"),),
        (window("0 0 * * *", "23h59m"),),
        (window("* * * * *", "59s"),),
        (window("0 0 * * *", "1s", "allow"),),
        (window("0 16 * * 5", "167h59m"),),
        (window("0 0 29 2 *", "1h", "allow"),),
        (window("0 0 31 12 *", "8783h"),),
        (window("0 7 * * *", "10h", "allow"), window("0 16 * * 5", "64h")),
        (window("0 0 * * *", "12h"), window("0 12 * * *", "12h", timezone="Europe/Amsterdam")),
    ],
)
def test_windows_that_leave_time_are_fine(windows):
    assert found(platform(*windows)) == []


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("0 16 * *", "it has 4 fields, not 5"),
        ("0 16 * * 7", "Sunday is 0"),
        ("@weekly", "Argo CD reads the five fields `0 0 * * 0`"),
        ("TZ=UTC 0 16 * * 5", "it has 6 fields, not 5"),
        ("0 0 31 2,4 *", "none of its months has a day 31"),
    ],
)
def test_a_window_that_argocd_cannot_read_or_takes_amiss_is_refused(cron, message):
    finding = only(platform(window(cron, "1h")))

    assert message in finding.message
    assert finding.at == ("gitops", "syncWindows", 0, "schedule", "cron")


def test_an_unknown_zone_is_refused():
    finding = only(platform(window("0 16 * * 5", "1h", timezone="Amsterdam")))

    assert "`Amsterdam`, which is no time zone" in finding.message


@pytest.mark.parametrize(
    ("windows", "at"),
    [
        ((window("0 0 * * *", "24h"),), (0,)),
        ((WEEKEND, window("0 16 * * 5", "168h", timezone="Asia/Tokyo")), (1,)),
        ((window("* * * * *", "1m"),), (0,)),
        ((window("0 0 1 1 *", "8784h"),), (0,)),
        ((window("0 0 * * *", "12h"), window("0 12 * * *", "12h")), ()),
        ((window("0 17 * * 5", "8h", "allow"), WEEKEND), ()),
    ],
)
def test_windows_without_a_minute_between_them_are_refused(windows, at):
    finding = only(platform(*windows))

    assert finding.at == ("gitops", "syncWindows", *at)
    assert len(finding.related) == (1 if at else len(windows))


def test_windows_are_for_an_argocd():
    finding = only(platform(WEEKEND, components=without("argocd")))

    assert finding.at == ("gitops", "syncWindows")


def test_windows_of_a_cluster_are_for_the_argo_cd_of_its_hub(tmp_path):
    document = clusters(prod={"gitops": {"syncWindows": [WEEKEND]}})
    loaded = load(written(document, tmp_path))
    platform = specified(loaded, "prod")

    findings = [*check(platform, "prod", Lock(), fleet(loaded))]

    assert [each for each in findings if each.code.startswith("SYNC")] == []
