"""The dashboard of costs: what nodes there are, what they cost, and how much of them is used."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.dashboards.panels import Board, Panel, Target, Unit
from mlopsgen.plan import Plan
from mlopsgen.plan.costs import HOURS, Costs, costs
from mlopsgen.plan.metering import endpoint
from mlopsgen.plan.spending import NODES, POOL, PRICE, TYPE, rates, seen

_ASKED, _THERE = "kube_pod_container_resource_requests", "kube_node_status_allocatable"
_PHASE = "kube_pod_status_phase"
_BY_POOL, _BY_TYPE = f"{{{{{POOL}}}}}", f"{{{{{TYPE}}}}}"
_GPU = "nvidia_com_gpu"
"""What kube-state-metrics makes of the resource `nvidia.com/gpu`."""


def spending(plan: Plan) -> Iterator[Board]:
    """Yield the dashboard where there are pools and the types of their nodes are known."""
    if plan.pools and seen(plan):
        yield Board(
            name="costs",
            title="Costs",
            description=f"Nodes of {plan.platform.name} in {plan.environment} and what they cost.",
            panels=tuple(_panels(plan)),
        )


def _panels(plan: Plan) -> Iterator[Panel]:
    if rates(plan):
        yield from _priced(plan)
    counted = f"count by ({POOL}, {TYPE}) ({NODES})"
    yield _panel("Nodes", "Those that are there.", counted, f"{_BY_POOL}: {_BY_TYPE}")
    for title, resource in (("CPUs", "cpu"), ("Memory", "memory"), ("GPUs", _GPU)):
        if resource != _GPU or any(pool.gpu for pool in plan.pools.values()):
            yield from _used(plan, title, resource)


def _priced(plan: Plan) -> Iterator[Panel]:
    """Yield what the nodes cost; spot is counted at the on-demand price."""
    planned = costs(plan)
    each = f"{NODES} * on ({TYPE}) group_left () {PRICE}"
    yield Panel(
        title="A month of these nodes",
        description=f"What {HOURS} hours of the nodes that are there now cost. {_said(planned)}",
        unit="currencyUSD",
        targets=(Target(f"{HOURS} * sum({each})", "USD"),),
        kind="stat",
    )
    unpriced = f"count({NODES} unless on ({TYPE}) {PRICE}) or vector(0)"
    yield Panel(
        title="Nodes without a price",
        description="Those of a type whose price isn't known; they cost nothing here.",
        unit="none",
        targets=(Target(unpriced, "nodes"),),
        kind="stat",
    )
    told = "At the on-demand price; root volumes come on top."
    for title, label, legend in (("pool", POOL, _BY_POOL), ("type", TYPE, _BY_TYPE)):
        hourly = f"sum by ({label}) ({each})"
        yield _panel(f"An hour of nodes, by {title}", told, hourly, legend, "currencyUSD")


def _said(planned: Costs) -> str:
    """Return what was planned, and what isn't in it."""
    high = "" if planned.high is None else f" to {planned.high:,.0f}"
    days = f"{planned.as_of[0]} to {planned.as_of[-1]}"
    without = "; ".join(planned.left_out)
    return (
        f"Planned with control plane and root volumes: {planned.low:,.0f}{high} USD."
        f" Prices were read on {days}. Not in it: {without}."
    )


def _used(plan: Plan, title: str, resource: str) -> Iterator[Panel]:
    """Yield what running pods ask for of what nodes offer, pool by pool."""
    part = plan.parts.get("prometheus")
    if any(endpoint(part, each) is None for each in (_ASKED, _THERE, _PHASE)):
        return
    running = f'({_PHASE}{{phase="Running"}} > 0)'
    asked = f'{_ASKED}{{resource="{resource}"}} and on (namespace, pod) {running}'
    there = f'{_THERE}{{resource="{resource}"}}'

    def pooled(expr: str) -> str:
        return f"sum by ({POOL}) (sum by (node) ({expr}) * on (node) group_left ({POOL}) {NODES})"

    yield _panel(
        f"{title} in use",
        "Share that running pods ask for; the rest is paid for and idle.",
        f"({pooled(asked)} or 0 * {pooled(there)}) / ({pooled(there)} > 0)",
        _BY_POOL,
        "percentunit",
    )


def _panel(title: str, description: str, expr: str, legend: str, unit: Unit = "none") -> Panel:
    return Panel(title=title, description=description, unit=unit, targets=(Target(expr, legend),))
