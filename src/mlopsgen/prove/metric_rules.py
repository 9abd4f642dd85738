"""The rules for what Prometheus is asked, and what an expression has against one of them."""

from __future__ import annotations

from dataclasses import dataclass

from mlopsgen.diagnostics import Rule, Severity

PARSED = Rule(
    "METRIC001",
    "every expression is PromQL that the pinned Prometheus takes",
    "Prometheus drops all rules of a file when one expression in it doesn't parse, and the alerts"
    " in it never fire. KEDA asks in vain, and the replicas stay as they are.",
)
EMITTED = Rule(
    "METRIC002",
    "every metric is one that something installed emits",
    "A metric that nothing emits has no series: an alert on it never fires, one on its absence"
    " always does, and neither looks broken.",
)
KNOWN = Rule(
    "METRIC003",
    "every metric is known, or declared under `alerts.metrics`",
    "Of a metric that is neither in the catalogue nor declared nobody can say whether it is there,"
    " or which labels it has: the expression is used unproved.",
    Severity.WARNING,
)
SCRAPED = Rule(
    "METRIC004",
    "every metric is scraped by the Prometheus that is asked for it",
    "What is emitted and never scraped isn't there: an alert on it never fires. The way is long: a"
    " monitor that Prometheus reads, its namespace, labels, port and path.",
)
LABELLED = Rule(
    "METRIC005",
    "every label is one that the series has where it is used",
    "A matcher on a label that isn't there matches nothing, grouping by it puts everything into"
    " one group, and in a text it stays empty.",
)
MATCHED = Rule(
    "METRIC006",
    "every selector matches series that there are",
    "A job, namespace or model that has no such series leaves the expression empty: an alert on it"
    " never fires, and a dashboard shows nothing.",
)
COUNTED = Rule(
    "METRIC007",
    "counters are looked at by their rate, and only counters are",
    "A counter only grows: compared as it is, it passes any threshold once and for ever. The rate"
    " of a gauge takes each fall for a restart.",
)
WINDOWED = Rule(
    "METRIC008",
    "a window holds several scrapes",
    "A rate needs two samples. With fewer than four scrapes in its window one that is lost or late"
    " makes a gap, which ends an alert or keeps it from firing.",
    Severity.WARNING,
)
BUCKETED = Rule(
    "METRIC009",
    "a quantile is taken of the buckets of a histogram",
    "`histogram_quantile` reads how many values lie below each bound from the label `le`. Without"
    " it, it gives nothing, and nothing is above no threshold.",
)
EMPTY = Rule(
    "METRIC010",
    "a share of nothing spoils nothing",
    "With no requests in the window both sides are 0, and 0 / 0 is NaN. NaN is not above and not"
    " below a threshold, and it makes a sum or an average of many NaN too.",
)
REACHED = Rule(
    "METRIC011",
    "a threshold is in the unit of what is compared, and can be passed",
    "A threshold beyond what a metric can be is never passed, or always. Most often it is in"
    " another unit: milliseconds for seconds, or percent for a share.",
)
JOINED = Rule(
    "METRIC012",
    "both sides of an operator have the same labels",
    "Series are paired by all their labels. When one side has a label that the other hasn't, no two"
    " are alike, and the result is empty.",
)
RULES = (
    PARSED,
    EMITTED,
    KNOWN,
    SCRAPED,
    LABELLED,
    MATCHED,
    COUNTED,
    WINDOWED,
    BUCKETED,
    EMPTY,
    REACHED,
    JOINED,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an expression, before it is known whose it is."""

    rule: Rule
    told: str
    fix: str
