"""The query for a component of which no pod answers."""

from __future__ import annotations

from mlopsgen.emit.alerts.rows import Case, Query
from mlopsgen.plan import Part

REPLICAS = ("10.0.0.1:8000", "10.0.0.2:8000")
"""Two pods of the cases."""


def down(part: Part, job: str, *, who: str, effect: str) -> Query:
    """Return the query for *part*, scraped as *job*: all of its pods are silent, or there is none.

    *who* is what it is called, and *effect* what fails meanwhile.
    """
    labels = f'job="{job}", namespace="{part.namespace}"'
    where = {"job": job, "namespace": part.namespace}
    up = f"up{{{labels}}}"
    one, other = (f'up{{{labels}, instance="{each}"}}' for each in REPLICAS)
    return Query(
        expr=f"max by (job, namespace) ({up}) == 0 or absent({up})",
        summary=f"{who} in {{{{ $labels.namespace }}}} doesn't answer",
        description=f"No pod of it answers Prometheus, or there is none. {effect}",
        cases=(
            Case("no pod answers", ((one, "0+0x{n}"), (other, "0+0x{n}")), where),
            Case("there is no pod", (), where),
            Case("one of two answers", ((one, "0+0x{n}"), (other, "1+0x{n}"))),
        ),
    )
