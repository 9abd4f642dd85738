"""What an alert is made of: a row of the table, the queries it compiles to, and their tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from mlopsgen.emit.alerts.thresholds import Unit
from mlopsgen.plan import Plan
from mlopsgen.spec.observability import BuiltinAlert, Severity


@dataclass(frozen=True, slots=True)
class Case:
    """A history of series, and whether the alert fires at the end of it.

    Values are in promtool's notation, one a minute, with `{n}` for how many minutes pass.
    `labels` are those of the series that makes the alert fire; None when none does.
    """

    name: str
    series: tuple[tuple[str, str], ...]
    labels: Mapping[str, str] | None = None
    value: float = 0.0
    """What the query gives when the alert fires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An expression that holds while something is wrong, and what to say then.

    The sentences are Prometheus templates; all that may stand in them is `{{ $labels.x }}`,
    `{{ printf "..." $value }}` and `{{ $value | humanizePercentage }}`, which the tests of the
    rules can fill in.
    """

    expr: str
    summary: str
    description: str
    cases: tuple[Case, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    """What tells it from the other queries of its alert."""


Compile = Callable[[Plan, float], Iterator[Query]]
"""Returns the queries for the platform at a threshold; none where nothing emits the metrics."""


def _all_seen(_plan: Plan) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A row of the alert table; `because` says where the threshold comes from."""

    name: BuiltinAlert
    unit: Unit | None = None
    """None where there is nothing to tune."""

    threshold: float = 0.0
    """In the unit."""

    holds_for: int
    """Milliseconds."""

    severity: Severity
    because: str
    compile: Compile
    runbook: str
    """What to do about it, in Markdown."""

    unseen: Callable[[Plan], tuple[str, ...]] = _all_seen
    """Returns the runtimes in use that emit nothing the alert could be made of."""


def number(value: float) -> str:
    """Return *value* as PromQL and people read it: 1, 0.05, 1.5."""
    return f"{value:.10g}"
