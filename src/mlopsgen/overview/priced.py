"""What an environment costs a month, as far as prices are known."""

from __future__ import annotations

from collections.abc import Sequence

from mlopsgen.diff.bill import of_line, total
from mlopsgen.overview.content import Environment
from mlopsgen.overview.html import Column, Html, code, listed, table, tag
from mlopsgen.plan.costs import Cost


def costs(one: Environment) -> Html:
    """Return the bill of an environment, line by line."""
    found = one.bill.after if one.bill else None
    if one.bill is None or found is None:
        return tag("p", "No price is known.")
    rows = [(line.what, of_line(line), _how(line), _days(line.as_of)) for line in found.lines]
    columns = ("what", Column("a month", figures=True), Column("how", words=True), "price read")
    caption = "From the smallest to the largest, at on-demand prices"
    read = f", read {_days(found.as_of)}" if found.as_of else ""
    return tag(
        "div",
        tag("p", tag("strong", f"{total(found)} a month"), f" in {found.region}{read}."),
        table(f"{one.anchor}.costs-table", caption, columns, rows, within=one.head),
        tag("p", "Prices are from:"),
        listed(map(code, one.bill.sources)),
        tag("p", "Not in it:"),
        listed(found.left_out),
    )


def _how(line: Cost) -> str:
    """Return how a line comes about, and what of it has no price."""
    without = f"; no price is known of {', '.join(line.unpriced)}" if line.unpriced else ""
    return f"{line.how}{without}"


def _days(days: Sequence[str]) -> str:
    return " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""
