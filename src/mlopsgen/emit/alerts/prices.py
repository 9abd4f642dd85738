"""Prices of instance types, recorded so that a dashboard can count what nodes cost."""

from __future__ import annotations

from typing import Any

from mlopsgen.emit.alerts.rows import number
from mlopsgen.plan import Plan
from mlopsgen.plan.spending import PRICE, TYPE, rates

SLUG = "prices"


def records(plan: Plan) -> list[dict[str, Any]]:
    """Return a rule for each instance type that has a price; none where nobody looks at them."""
    return [
        {"record": PRICE, "expr": f"vector({number(price.usd)})", "labels": {TYPE: type_}}
        for type_, price in rates(plan).items()
    ]


def because(plan: Plan) -> str:
    """Return where the prices come from and how old they are."""
    region = plan.platform.aws.region
    days = sorted({price.as_of for price in rates(plan).values()})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"on-demand Linux prices of {region} in USD an hour, read from AWS's list on {when}"


def trials(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return promtool's test that each type has one price."""
    expected = [
        {
            "labels": f'{PRICE}{{{TYPE}="{rule["labels"][TYPE]}"}}',
            "value": float(rule["expr"].removeprefix("vector(").removesuffix(")")),
        }
        for rule in rules
    ]
    query = {"expr": PRICE, "eval_time": "1m", "exp_samples": expected}
    return [{"name": "each type has one price", "interval": "1m", "promql_expr_test": [query]}]
