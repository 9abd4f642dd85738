"""Packing: pods put on nodes one after the other, the largest first, as the scheduler could.

Sums only show that pods can't fit. Here they are really put somewhere, so that room which is left
in pieces counts for nothing. First fit decreasing is no proof that there is no other way to pack;
several orders are tried, and what none of them places is a warning, never an error (ADR 0034).

Nodes that are alike are one lot and pods that are alike one batch, so that a thousand models take
a few hundred steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from mlopsgen.prove.schedule_batches import Batch, Share, batches, fits
from mlopsgen.prove.schedule_fit import Ground, suits
from mlopsgen.prove.schedule_labels import ZONE
from mlopsgen.prove.schedule_nodes import Node, Nodes
from mlopsgen.prove.schedule_pods import Form, Pod
from mlopsgen.prove.schedule_terms import Amounts

_NO_END = 10_000
"""More nodes than any pool here has; a limit that nothing counts against stops no one."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Nodes with the same room left, in one zone."""

    pool: Nodes
    kind: Node
    zone: str
    room: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Packing:
    """Nodes and what is left of them, after some pods have been put there."""

    ground: Ground
    names: tuple[str, ...]
    """The resources, in the order of the rooms."""

    large: bool = False
    """Whether new nodes are as large as can be, or as small a part of the limits as can be."""

    bounded: bool = True
    """Whether node groups stop at their largest size."""

    lots: dict[Lot, int] = field(default_factory=dict)
    opened: dict[Nodes, int] = field(default_factory=dict)
    """Nodes that were made, beyond those that are there from the start."""

    left: dict[Nodes, dict[str, int]] = field(default_factory=dict)
    """What the limits of a pool still allow."""

    homeless: list[tuple[Batch, int]] = field(default_factory=list)

    @property
    def lacking(self) -> tuple[int, int]:
        """How bad it is: pods without a node, then nodes that had to be made."""
        made = sum(count for pool, count in self.opened.items() if pool.most is not None)
        return sum(count for _, count in self.homeless), made

    def start(self) -> None:
        """Put the nodes there that node groups start with."""
        for pool in self.ground.pools:
            self.left[pool] = dict(pool.limits)
            if pool.most is not None and pool.kinds:
                # Which type a group takes is the choice of AWS; the roomiest is taken for sure.
                kind = max(pool.kinds, key=self.room)
                for index in range(pool.least):
                    zones = _zones(kind)
                    self._add(pool, kind, zones[index % len(zones)], 1)

    def room(self, kind: Node) -> tuple[int, ...]:
        """Return what of a new node of *kind* is left beside DaemonSets."""
        room = self.ground.rooms[kind]
        return tuple(max(0, room.get(name, 0)) for name in self.names)

    def takes(self, form: Form) -> bool:
        """Say whether there is a node for one more pod of *form*, or may be."""
        asked = self._asked(form)
        pools = self.ground.takes(form)
        on_one = any(
            lot.pool in pools and suits(form, lot.kind) and fits(lot.room, asked)
            for lot in self.lots
        )
        return on_one or any(
            suits(form, kind) and fits(self.room(kind), asked) and self._may(pool, kind)
            for pool in pools
            for kind in pool.kinds
        )

    def put(self, batch: Batch) -> int:
        """Put the pods of *batch* on nodes, and return how many find none."""
        asked = self._asked(batch.form)
        pools = self.ground.takes(batch.form)
        share = Share(batch, [zone for pool in pools for zone in _all_zones(pool)])
        there = [lot for lot in self.lots if lot.pool in pools]
        # Nodes with pods on them first: what is left free then is free in one piece.
        for lot in sorted(there, key=lambda each: each.room == self.room(each.kind)):
            if not share.wanted:
                return 0
            if suits(batch.form, lot.kind):
                self._fill(lot, self.lots[lot], asked, share)
        for pool in pools:
            while share.wanted and (new := self._made(pool, batch.form, asked, share)):
                self._fill(new, self.lots[new], asked, share)
        return share.wanted

    def _asked(self, form: Form) -> tuple[int, ...]:
        asks = dict(form.asks)
        return tuple(asks.get(name, 0) for name in self.names)

    def _fill(self, lot: Lot, nodes: int, asked: tuple[int, ...], share: Share) -> None:
        """Put as many pods of *share* on the *nodes* of *lot* as they hold."""
        each = share.on_one(fits(lot.room, asked))
        allowed = share.in_zone(lot.zone)
        if not each or not allowed:
            return
        whole, rest = divmod(allowed, each)
        self._take(lot, min(whole, nodes), each, asked)
        if whole < nodes and rest:
            self._take(lot, 1, rest, asked)
        share.took(lot.zone, min(allowed, nodes * each))

    def _take(self, lot: Lot, nodes: int, pods: int, asked: tuple[int, ...]) -> None:
        if not nodes:
            return
        room = tuple(there - pods * one for there, one in zip(lot.room, asked, strict=True))
        fuller = Lot(lot.pool, lot.kind, lot.zone, room)
        self.lots[lot] -= nodes
        if not self.lots[lot]:
            del self.lots[lot]
        self.lots[fuller] = self.lots.get(fuller, 0) + nodes

    def _made(self, pool: Nodes, form: Form, asked: tuple[int, ...], share: Share) -> Lot | None:
        """Make nodes in *pool* for the pods of *share*, and return them; None where none may be."""
        choices = [
            (kind, share.on_one(fits(self.room(kind), asked)), self._may(pool, kind))
            for kind in pool.kinds
            if suits(form, kind)
        ]
        choices = [choice for choice in choices if choice[1] and choice[2]]
        if not choices:
            return None
        kind, each, most = min(choices, key=lambda choice: self._cost(pool, choice, share.wanted))
        zone = share.emptiest(_zones(kind))
        wanted = share.in_zone(zone)
        if not wanted:
            return None
        return self._add(pool, kind, zone, min(most, -(-wanted // each)), made=True)

    def _cost(self, pool: Nodes, choice: tuple[Node, int, int], wanted: int) -> tuple[float, ...]:
        """Return what a node costs its pool, by pod that it would hold."""
        kind, each, _ = choice
        holds = min(each, wanted)
        part = max(
            (kind.capacity.get(name, 0) / limit for name, limit in pool.limits.items() if limit),
            default=0.0,
        )
        size = float(kind.capacity["cpu"])
        return (-holds, size) if self.large or pool.most is not None else (part / holds, size)

    def _may(self, pool: Nodes, kind: Node) -> int:
        """Return how many nodes of *kind* may still be made in *pool*."""
        if pool.most is not None:
            made = pool.least + self.opened.get(pool, 0)
            return (pool.most if self.bounded else _NO_END) - made
        counted = [
            left // kind.capacity[name]
            for name, left in self.left[pool].items()
            if kind.capacity.get(name)
        ]
        return min([_NO_END, *counted])

    def _add(self, pool: Nodes, kind: Node, zone: str, nodes: int, *, made: bool = False) -> Lot:
        lot = Lot(pool, kind, zone, self.room(kind))
        self.lots[lot] = self.lots.get(lot, 0) + nodes
        if made:
            self.opened[pool] = self.opened.get(pool, 0) + nodes
            for name in self.left[pool]:
                self.left[pool][name] -= nodes * kind.capacity.get(name, 0)
        return lot


def _zones(kind: Node) -> list[str]:
    return sorted(kind.labels.get(ZONE) or {""})


def _all_zones(pool: Nodes) -> Iterator[str]:
    for kind in pool.kinds:
        yield from _zones(kind)


def packed(ground: Ground, counts: Mapping[Pod, int], *, bounded: bool = True) -> Packing:
    """Return the best packing of *counts* that was found, of pods that have a pool at all."""
    those = [each for each in batches(counts) if ground.takes(each.form)]
    names = tuple(sorted({name for each in those for name, _ in each.form.asks} | {"pods"}))
    tries = (
        _packed(Packing(ground, names, large=large, bounded=bounded), those, narrow=narrow)
        for narrow, large in product((False, True), (False, True))
    )
    best = next(tries)
    while best.lacking != (0, 0) and (other := next(tries, None)):
        best = min(best, other, key=lambda each: each.lacking)
    return best


def _packed(packing: Packing, those: Iterable[Batch], *, narrow: bool) -> Packing:
    """Return *packing* with all of *those* put where there is room."""
    packing.start()
    largest = _largest(packing.ground)
    for batch in sorted(
        those, key=lambda each: _rank(packing.ground, each, largest, narrow=narrow)
    ):
        if lacking := packing.put(batch):
            packing.homeless.append((batch, lacking))
    return packing


def _largest(ground: Ground) -> Amounts:
    found: dict[str, int] = {}
    for room in ground.rooms.values():
        for name, count in room.items():
            found[name] = max(found.get(name, 1), count)
    return found


def _rank(
    ground: Ground, batch: Batch, largest: Amounts, *, narrow: bool
) -> tuple[int, float, float]:
    """Return the place of *batch* in the order: what has fewest pools first, or what is largest."""
    shares = sorted((count / largest.get(name, 1) for name, count in batch.form.asks), reverse=True)
    pools = len(ground.takes(batch.form)) if narrow else 0
    return pools, -shares[0], -sum(shares)


def nodes_for(ground: Ground, pool: Nodes, counts: Mapping[Pod, int]) -> int:
    """Return how many nodes a node group needs for *counts*, 0 where no number is enough."""
    found = packed(ground, counts, bounded=False)
    return 0 if found.homeless else pool.least + found.opened.get(pool, 0)
