"""What expressions read, and what the catalogue says is there to be read."""

from __future__ import annotations

import promql_parser

from mlopsgen.plan.metering import BUDGET, MODEL, OBJECTIVE_LABELS, burnt, runtimes, stored
from mlopsgen.plan.spending import POOL, PRICE, TYPE

TARGET_LABELS = {"container", "endpoint", "instance", "job", "namespace", "pod"}


def unknown(expr, plan):
    """Return the metrics and labels in *expr* that nothing of the plan's platform emits."""
    known = _known(plan)
    return [
        (metric, label)
        for metric, labels in _read(promql_parser.parse(expr), frozenset())
        for label in sorted(labels | {""})
        if metric not in known or label not in known[metric] | {""}
    ]


def _read(expr, grouped):
    """Yield each selector's metric, with the labels it is matched and grouped by."""
    if isinstance(expr, promql_parser.VectorSelector):
        matched = {one.name for one in expr.matchers.matchers}
        yield (
            expr.name,
            matched | (grouped - {"le"} if not expr.name.endswith("_bucket") else grouped),
        )
        return
    if isinstance(expr, promql_parser.AggregateExpr) and expr.modifier:
        grouped = frozenset(expr.modifier.labels)
    if isinstance(expr, promql_parser.BinaryExpr) and expr.modifier and expr.modifier.matching:
        # Either side is matched by these; what is grouped by comes from one of them.
        on = frozenset(expr.modifier.matching.labels)
        given = frozenset(expr.modifier.group_labels or ())
        yield from _read(expr.lhs, (grouped - given) | on)
        yield from _read(expr.rhs, on | given)
        return
    below = [getattr(expr, name, None) for name in ("lhs", "rhs", "expr", "vector_selector")]
    for one in [*below, *getattr(expr, "args", ())]:
        if one is not None:
            yield from _read(one, grouped)


def _known(plan):
    """Return the labels of every series that Prometheus has, by metric."""
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
    found = {name: {*OBJECTIVE_LABELS} for name in (BUDGET, *map(burnt, windows))}
    found[PRICE] = {TYPE}
    for part in plan.parts.values():
        for endpoint in part.facts.metrics:
            for name, metric in endpoint.names.items():
                own = {stored(endpoint, label) for label in metric.labels}
                # Copied to it as the values say; a proof holds both against each other.
                own |= {POOL, TYPE} if name == "kube_node_labels" else set()
                found |= _series(name, metric, own | TARGET_LABELS)
        if part.facts.synthetic:
            for name, metric in part.facts.synthetic.names.items():
                found |= _series(name, metric, {*metric.labels} | TARGET_LABELS)
    for runtime in runtimes(plan).values():
        for name, metric in runtime.metrics.names.items() if runtime.metrics else ():
            found |= _series(name, metric, {*metric.labels, MODEL} | TARGET_LABELS)
    return found


def _series(name, metric, labels):
    if metric.type != "histogram":
        return {name: labels}
    return {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
