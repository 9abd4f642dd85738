"""The alerts on models: how long they take, how often they fail, how often they start anew."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.rows import Case, Query, number
from mlopsgen.names import predictor
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.metering import (
    METERS,
    MODEL,
    MODEL_LABELS,
    Latency,
    Meter,
    Series,
    endpoint,
    meters,
    stored,
    unmetered,
)

_RESTARTS = "kube_pod_container_status_restarts_total"
_WHERE = f"{{{{ $labels.namespace }}}}/{{{{ $labels.{MODEL} }}}}"


def latency(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield a query for each meter: each times something else, so each says what."""
    for meter in meters(plan):
        if meter.latency:
            yield slow(meter, meter.latency, _of(plan, meter), limit)


def slow(meter: Meter, latency: Latency, served: Served, limit: float) -> Query:
    """Return the query for the *latency* of *meter*; *served* is one that the tests are about."""
    return Query(
        expr=f"{latency.p95()} > {number(limit)}",
        summary=f'{_WHERE} is slow: P95 is {{{{ printf "%.3g" $value }}}} s',
        description=f"95 % of {latency.of} came within that time over the last 5 minutes;"
        f" the limit is {number(limit)} s.",
        cases=_latency_cases(latency.buckets, served, limit),
        labels={"server": meter.server},
    )


def without_latency(plan: Plan) -> tuple[str, ...]:
    """Return the runtimes in use whose latency isn't known."""
    return unmetered(plan, (meter for meter in METERS if meter.latency))


def _of(plan: Plan, meter: Meter) -> Served:
    return next(served for served in plan.served if meter.of(served.runtime))


def _latency_cases(timed: Series, served: Served, limit: float) -> tuple[Case, ...]:
    """Return a case with all requests between the limit and three times it, and one below."""

    def buckets(*counted: tuple[float, bool]) -> tuple[tuple[str, str], ...]:
        bounds = [(number(bound), inside) for bound, inside in counted] + [("+Inf", True)]
        return tuple(
            (series_of(timed, served, f'le="{bound}"'), f"0+{60 * inside}x{{n}}")
            for bound, inside in bounds
        )

    where = {"namespace": served.namespace, MODEL: served.name}
    return (
        Case(
            name="requests take longer than the limit",
            series=buckets((limit, False), (3 * limit, True)),
            labels=where,
            value=limit + 0.95 * (3 * limit - limit),
        ),
        Case("requests take half the limit", buckets((limit / 2, True))),
        Case("there are no requests", ((series_of(timed, served, 'le="+Inf"'), "0+0x{n}"),)),
    )


def series_of(series: Series, served: Served, own: str = "") -> str:
    """Return a series of *served* that *series* matches, with a label of its *own*."""
    labels = [f'namespace="{served.namespace}"', f'{MODEL}="{served.name}"', series.example, own]
    return f"{series.metric}{series.suffix}{{{', '.join(filter(None, labels))}}}"


def errors(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield a query for each meter that tells failed requests from others."""
    for meter in meters(plan):
        if meter.failures:
            yield failing(meter, meter.failures, _of(plan, meter), limit)


def failing(meter: Meter, failures: Series, served: Served, limit: float) -> Query:
    """Return the query for *failures* of *meter*; *served* is one that the tests are about.

    Without requests both sides are 0, and 0 / 0 is above nothing.
    """
    failed, asked = failures.rate(MODEL_LABELS), meter.asked(MODEL_LABELS)
    return Query(
        expr=f"{failed}\n  / {asked}\n  > {number(limit)}",
        summary=f"{_WHERE} fails: {{{{ $value | humanizePercentage }}}} of its requests",
        description="That share of the last 5 minutes' requests was answered with a status of"
        f" 500 or above; the limit is {number(limit * 100)} %.",
        cases=_error_cases(meter.requests, failures, served, limit),
        labels={"server": meter.server},
    )


def unasked(meter: Meter, served: Served) -> Query:
    """Return the query for *served* having no requests; *meter* is its own.

    Series that aren't there count as 0, so that it is never without an answer.
    """
    where = {"namespace": served.namespace, MODEL: served.name}
    series = series_of(meter.requests, served)
    return Query(
        expr=f"({meter.asked()} or vector(0)) == 0",
        summary=f"{served.namespace}/{served.name} gets no requests",
        description="Nothing is known of how fast and how well it answers.",
        cases=(
            Case("it was asked long ago", ((series, "7+0x{n}"),), labels={}),
            Case("it was never asked", (), labels={}),
            Case("it is asked", ((series, "0+60x{n}"),)),
        ),
        labels={"server": meter.server, **where},
    )


def without_errors(plan: Plan) -> tuple[str, ...]:
    """Return the runtimes in use that don't tell failed requests from others."""
    return unmetered(plan, (meter for meter in METERS if meter.failures))


def _error_cases(
    requests: Series, failures: Series, served: Served, limit: float
) -> tuple[Case, ...]:
    """Return a case with more failures than the limit allows, one with fewer, one with none."""

    def answers(failed: int) -> tuple[tuple[str, str], ...]:
        return (
            (series_of(requests, served), f"0+{_REQUESTS - failed}x{{n}}"),
            (series_of(failures, served), f"0+{failed}x{{n}}"),
        )

    many = round((1 + limit) / 2 * _REQUESTS)
    return (
        Case(
            name="more requests fail than the limit allows",
            series=answers(many),
            labels={"namespace": served.namespace, MODEL: served.name},
            value=many / _REQUESTS,
        ),
        Case("half of what the limit allows fails", answers(round(limit / 2 * _REQUESTS))),
        Case("there are no requests", tuple((name, "7+0x{n}") for name, _ in answers(0))),
    )


_REQUESTS = 6_000_000
"""A minute, in the tests: enough that any threshold with four decimals is a whole number."""


def restarts(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for containers of models that start again and again.

    Rounded, because `increase` extrapolates: three restarts are 3.03 to it, and more than three.
    """
    found = endpoint(plan.parts.get("prometheus"), _RESTARTS)
    if found is None or not plan.served:
        return
    namespace, pod, container = (stored(found, each) for each in ("namespace", "pod", "container"))
    spaces = "|".join(sorted({served.namespace for served in plan.served}))
    containers = "|".join(sorted({served.runtime.container for served in plan.served}))
    where = f'{namespace}=~"{spaces}", {container}=~"{containers}"'
    yield Query(
        expr=f"sum by ({namespace}, {pod}) (round(increase({_RESTARTS}{{{where}}}[1h])))"
        f" > {number(limit)}",
        summary=f"{{{{ $labels.{namespace} }}}}/{{{{ $labels.{pod} }}}} restarted"
        ' {{ printf "%.0f" $value }} times within an hour',
        description="The model's container ended that often and was started again; the limit is"
        f" {number(limit)} times.",
        cases=_restart_cases(plan.served[0], (namespace, pod, container), limit),
    )


def _restart_cases(served: Served, labels: tuple[str, str, str], limit: float) -> tuple[Case, ...]:
    namespace, pod, container = labels
    name = f"{predictor(served.name)}-0"
    where = {namespace: served.namespace, pod: name}
    text = ", ".join(f'{key}="{value}"' for key, value in where.items())
    series = f'{_RESTARTS}{{{text}, {container}="{served.runtime.container}"}}'
    a_minute = int(limit / 60) + 1
    allowed = min(int(limit), _ROUNDED)
    return (
        Case(
            name="it restarts again and again",
            series=((series, f"0+{a_minute}x{{n}}"),),
            labels=where,
            value=a_minute * 60,
        ),
        Case("it restarts as often as it may", ((series, f"{_LATE} {1 + allowed}+0x{{n}}"),)),
        Case("it restarted long ago", ((series, f"{int(limit) + 1}+0x{{n}}"),)),
    )


_LATE = "_x3 1+0x17"
"""Without a sample where the hour begins, so that the increase is extrapolated."""

_ROUNDED = 25
"""How much, at a sample a minute, an hour's increase can be without being extrapolated past .5."""
