"""The height at which each node stands in its column: near its neighbours, and apart."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

_SWEEPS = 6


def placed(
    columns: Sequence[Sequence[str]],
    links: Iterable[tuple[str, str]],
    heights: Mapping[str, float],
    gaps: Mapping[str, float],
) -> dict[str, float]:
    """Return the middle of each name; what isn't in *heights* is a line that passes."""
    beside: dict[str, tuple[list[str], list[str]]] = {
        name: ([], []) for column in columns for name in column
    }
    for source, target in links:
        beside[target][0].append(source)
        beside[source][1].append(target)
    apart = [
        [
            (heights.get(above, 0) + heights.get(below, 0)) / 2 + min(gaps[above], gaps[below])
            for above, below in itertools.pairwise(column)
        ]
        for column in columns
    ]
    rows: dict[str, float] = {}
    for column, distances in zip(columns, apart, strict=True):
        rows |= zip(column, _fitted([0.0] * len(column), distances), strict=True)
    for sweep in range(_SWEEPS):
        numbers = range(len(columns)) if sweep % 2 == 0 else range(len(columns) - 1, -1, -1)
        for number in numbers:
            column = columns[number]
            wanted = [_middle(rows, name, beside[name], sweep) for name in column]
            rows |= zip(column, _fitted(wanted, apart[number]), strict=True)
    top = min((rows[name] - heights.get(name, 0) / 2 for name in rows), default=0)
    return {name: round(row - top, 1) for name, row in rows.items()}


def _middle(
    rows: Mapping[str, float], name: str, beside: tuple[list[str], list[str]], sweep: int
) -> float:
    """Return where *name* would stand by its neighbours on the side that was placed last."""
    last = sweep >= _SWEEPS - 2
    near = [*beside[0], *beside[1]] if last else beside[sweep % 2]
    places = [rows[one] for one in near or beside[1 - sweep % 2]]
    return sum(places) / len(places) if places else rows[name]


def _fitted(wanted: Sequence[float], apart: Sequence[float]) -> list[float]:
    """Return the places nearest to those *wanted*, in the same order and *apart* at least.

    Least squares under an order is a matter of means: whoever stands before the one above is
    taken together with it (pool adjacent violators).
    """
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    groups: list[tuple[float, int]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        total, count = place - offset, 1
        while groups and groups[-1][0] / groups[-1][1] > total / count:
            above, members = groups.pop()
            total, count = total + above, count + members
        groups.append((total, count))
    means = [total / count for total, count in groups for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=False)]
