"""Spending: what tells Prometheus what nodes cost, which nothing in the cluster knows.

The prices are those of the catalogue, kept as series by a rule; kube-state-metrics says which nodes
there are and of what type.
"""

from __future__ import annotations

from mlopsgen.facts import prices
from mlopsgen.facts.prices import Price
from mlopsgen.plan.metering import endpoint
from mlopsgen.plan.model import Plan
from mlopsgen.spec import Component

NODES = "kube_node_labels"
"""A series for each node, with labels of it."""

POOL, TYPE = "label_mlopsgen_pool", "label_node_kubernetes_io_instance_type"
"""What kube-state-metrics makes of POOL_LABEL and of `node.kubernetes.io/instance-type`."""

PRICE = "instance_type:price:usd_per_hour"
"""What is recorded of an instance type: its on-demand price in US dollars an hour."""

_LISTED = ("kube-state-metrics", "metricLabelsAllowlist")


def rates(plan: Plan) -> dict[str, Price]:
    """Return the price of each type that a pool of *plan* may launch, as far as it is known.

    None where no dashboard shows it, or nothing says which nodes there are.
    """
    if plan.platform.dashboards.builtin != "all" or "grafana" not in plan.parts:
        return {}
    if not seen(plan):
        return {}
    region = plan.platform.aws.region
    types = {instance.type for pool in plan.pools.values() for instance in pool.instances}
    found = {type_: prices.on_demand(type_, region) for type_ in sorted(types)}
    return {type_: price for type_, price in found.items() if price}


def seen(plan: Plan) -> bool:
    """Say whether Prometheus knows the labels of nodes: unless users list others in its values."""
    part = plan.parts.get("prometheus")
    if part is None or endpoint(part, NODES) is None:
        return False
    values: object = part.spec.values if isinstance(part.spec, Component) else {}
    for key in _LISTED:
        values = values.get(key) if isinstance(values, dict) else None
    return values is None
