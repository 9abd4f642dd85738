"""Tests of users' own alerts: series that promtool can make, and a time at which they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.later import later
from mlopsgen.plan import Plan
from mlopsgen.spec import AlertTest

_NUMBER = r"(?:[-+]?(?:[0-9]{1,15}(?:\.[0-9]{1,9})?(?:[eE][-+]?[0-9]{1,2})?|Inf)|NaN)"
_VALUE = re.compile(
    rf"(?:_|stale)(?:x[0-9]{{1,5}})?|{_NUMBER}(?:x[0-9]{{1,5}})?"
    rf"|{_NUMBER}[-+][0-9]{{1,15}}(?:\.[0-9]{{1,9}})?x[0-9]{{1,5}}",
    re.ASCII,
)
"""One of the values: a number, or where it begins, what is added and how often; or none."""


@rule("ALERT004")
def tests_are_ones_that_promtool_takes(plan: Plan) -> Iterator[Finding]:
    """A test of an alert is one that promtool can run.

    promtool stops at the first file that it can't read and runs none of the tests behind it. What
    would be proved of the alerts isn't.
    """
    for name, alert in plan.platform.alerts.custom.items():
        for index, test in enumerate(alert.tests):
            at = ("alerts", "custom", name, "tests", index)
            for series, values in test.series.items():
                if (told := _unselected(series)) or (told := _unwritten(values)):
                    yield Finding(
                        at=(*at, "series", series),
                        message=f"the test `{test.name}` of `{name}` has {told}",
                        fix='write it like `orders_open{shop="a"}: 0+10x20`',
                    )
            if told := _untimed(test):
                yield Finding(
                    at=(*at, "at"),
                    message=f"the test `{test.name}` of `{name}` {told}",
                    fix="write a time in whole minutes, such as `at: 15m`",
                )


def _unselected(series: str) -> str:
    """Return what is wrong with the name and the labels of a series."""
    promql = later("promql_parser")
    try:
        node = promql.parse(series)
    except ValueError:
        return f"`{series}`, which is no series"
    if not isinstance(node, promql.VectorSelector) or node.name is None:
        return f"`{series}`, which is not the name of a series with its labels"
    matchers = node.matchers
    exact = all(each.op == promql.MatchOp.Equal for each in matchers.matchers)
    if not exact or matchers.or_matchers or node.offset is not None or node.at is not None:
        return f"`{series}`, which stands for many series"
    return ""


def _unwritten(values: str) -> str:
    wrong = next((each for each in values.split() if not _VALUE.fullmatch(each)), None)
    if wrong is not None:
        return f"the value `{wrong}`, which promtool can't read"
    return "" if values.split() else "a series without values"


_MINUTE = 60_000


def _untimed(test: AlertTest) -> str:
    return "" if test.at % _MINUTE == 0 else "is looked at between two values"


CHECKS = (tests_are_ones_that_promtool_takes,)
RULES = tuple(each.rule for each in CHECKS)
