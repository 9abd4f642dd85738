"""The alarms on the database: on what, for how long, and that workflows may make them."""

from __future__ import annotations

import re

from tests.infrastructure.reading import HERE, blocks, text

MODULE = HERE / "modules/eks"
[ALARM] = [each.body for each in blocks("resource", (MODULE,)) if "metric_alarm" in each.labels[0]]


def test_storage_computing_and_connections_are_watched():
    [alarms] = [each for each in blocks("locals", (MODULE,)) if "alarms" in each.body]
    written = str(alarms.body["alarms"])

    assert {*re.findall(r"FreeStorageSpace|CPUUtilization|DatabaseConnections", written)} == {
        "CPUUtilization",
        "DatabaseConnections",
        "FreeStorageSpace",
    }
    assert written.count("LessThanThreshold") == 1, "only of storage is little bad"
    assert written.count("GreaterThanThreshold") == 2
    assert {int(each) for each in re.findall(r"periods'?\s*[=:]\s*(\d+)", written)} == {3, 6}


def test_an_alarm_is_on_the_database_of_the_platform_and_goes_to_its_topic():
    topic = "${aws_sns_topic.alarms[each.value.database].arn}"

    assert ALARM["namespace"] == "AWS/RDS"
    assert str(ALARM["dimensions"]).count("aws_db_instance.database[each.value.database]") == 1
    assert ALARM["alarm_actions"] == ALARM["ok_actions"] == [topic]
    assert ALARM["period"] == 300


def test_workflows_may_make_and_see_them():
    allowed = text(HERE / "bootstrap")

    assert '"cloudwatch:DescribeAlarms"' in allowed
    assert '"sns:Get*"' in allowed
    for kind in ("cloudwatch", "sns"):
        assert f'"{kind}:*"' in allowed
        named = re.findall(rf'"arn:[^"]*:{kind}:[^"]*"', allowed)
        assert [one.endswith('${each.value.cluster_name}*"') for one in named] == [True], named
