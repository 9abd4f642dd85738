"""Places the nodes of a drawing in columns, so that lines lead from left to right.

The steps are those of Sugiyama, Tagawa and Toda (1981): lines that close a circle are turned,
each node gets a column behind all that lead to it, nodes of a column are ordered by the middle of
their neighbours, and then moved to where their neighbours are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlopsgen.graph.ranks import Pair, ranks
from mlopsgen.graph.rows import placed

_BETWEEN, _LEAST, _STEP = 48, 16, 12
"""Between columns; between nodes of one, and where only lines pass."""

_SWEEPS = 8
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A node of a drawing, in pixels."""

    id: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where the nodes of a drawing are: the middle of each, and the way of each line."""

    middles: Mapping[str, Point]
    widths: Mapping[str, int]
    """Of each node as it is drawn: those of a column are equally wide."""

    ways: Mapping[Pair, tuple[Point, ...]]
    """Points in the columns between the two ends of a line."""

    width: float
    height: float


def drawn(boxes: Sequence[Box], pairs: Iterable[Pair]) -> Drawing:
    """Return where to draw *boxes* and the lines between *pairs* of them."""
    wanted = list(dict.fromkeys(pairs))
    rank = ranks([box.id for box in boxes], wanted)
    columns: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for box in boxes:
        columns[rank[box.id]].append(box.id)
    links, bends = _bent(wanted, rank, columns)
    _ordered(columns, links)
    heights = {box.id: float(box.height) for box in boxes}
    gaps = {name: _STEP if name not in heights else _LEAST for column in columns for name in column}
    rows = placed(columns, links, heights, gaps)
    widths = {box.id: box.width for box in boxes}
    middles: dict[str, Point] = {}
    left = 0.0
    for column in columns:
        wide = max(widths.get(name, 0) for name in column)
        for name in column:
            middles[name] = (left + wide / 2, rows[name])
            widths[name] = wide
        left += wide + _BETWEEN
    ways = {pair: tuple(middles[name] for name in names) for pair, names in bends.items()}
    low = max((rows[name] + heights.get(name, 0) / 2 for name in rows), default=0)
    return Drawing(middles, widths, ways, max(left - _BETWEEN, 0), low)


def _bent(
    pairs: Sequence[Pair], rank: Mapping[str, int], columns: list[list[str]]
) -> tuple[list[Pair], dict[Pair, list[str]]]:
    """Return lines from one column to the next, and the names of the bends of longer ones."""
    links: list[Pair] = []
    bends: dict[Pair, list[str]] = {}
    for number, (source, target) in enumerate(pairs):
        first, last = (source, target) if rank[source] < rank[target] else (target, source)
        names = [f"\0{number} {column}" for column in range(rank[first] + 1, rank[last])]
        for column, name in enumerate(names, rank[first] + 1):
            columns[column].append(name)
        links += zip([first, *names], [*names, last], strict=True)
        bends[source, target] = names if first == source else names[::-1]
    return links, bends


def _ordered(columns: list[list[str]], links: Iterable[Pair]) -> None:
    """Order the names of each column by the middle of their neighbours, from both sides in turn."""
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for source, target in links:
        before.setdefault(target, []).append(source)
        after.setdefault(source, []).append(target)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        neighbours = before if forth else after
        order = columns if forth else columns[::-1]
        for fixed, column in itertools.pairwise(order):
            at = {name: number / max(len(fixed), 1) for number, name in enumerate(fixed)}
            own = {name: number / len(column) for number, name in enumerate(column)}
            weights = {}
            for name in column:
                places = sorted(at[one] for one in neighbours.get(name, ()) if one in at)
                weights[name] = sum(places) / len(places) if places else own[name]
            column.sort(key=weights.__getitem__)
