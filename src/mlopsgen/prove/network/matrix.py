"""Who may connect to whom: what policies open for each pod, beside what the plan declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mlopsgen.artifact import Artifact
from mlopsgen.plan import Addresses, Plan
from mlopsgen.prove.network.ends import Ends, Set, members
from mlopsgen.prove.network.flows import Claim, claims, entry
from mlopsgen.prove.network.pods import cast
from mlopsgen.prove.network.policies import (
    Access,
    Direction,
    Numbers,
    Policy,
    PortKey,
    cidrs,
    documents,
    policy,
)
from mlopsgen.prove.network.prefixes import Block, Entry, addresses

Chosen = dict[tuple[int, Direction], tuple[int, ...]]
"""Which policies, or claims, count for a pod in a direction."""


@dataclass(frozen=True, slots=True)
class Side:
    """A pod in one direction: what is open, what may be; `isolated` says that a policy judges."""

    isolated: bool
    opened: Access
    allowed: Access


class Matrix:
    """All policies and flows of one environment, and what they come to for each pod."""

    def __init__(self, plan: Plan, artifacts: Iterable[Artifact]) -> None:
        """Take the written policies of *artifacts* and the flows of *plan*."""
        found = tuple(artifacts)
        written = documents(found)
        named = {cidr for _, document in written for cidr in cidrs(document)}
        for flow in plan.flows:
            for peer in (flow.source, flow.target):
                if isinstance(peer, Addresses):
                    named |= {*peer.cidrs, *peer.excluded}
        self.plan = plan
        self.ends = Ends(cast(plan, found), plan.network, named)
        self.policies = tuple(policy(self.ends, *each) for each in written)
        self.claims = tuple(each for flow in plan.flows for each in claims(self.ends, flow))
        self.numbers = Numbers(self._entries())
        self._judging = _chosen(
            (index, each.subjects, direction)
            for index, each in enumerate(self.policies)
            for direction in each.opened
        )
        self._claiming = _chosen(
            (index, each.subjects, each.direction) for index, each in enumerate(self.claims)
        )
        self._opened: dict[tuple[Direction, tuple[int, ...]], Access] = {}
        self._blocks: dict[tuple[Block, ...], Access] = {}
        self._allowed: dict[tuple[int, ...], Access] = {}

    def _entries(self) -> Iterator[Entry]:
        for each in self.policies:
            for direction in each.opened:
                yield from (one for one, _ in each.ports(direction))
        for flow in self.plan.flows:
            for port in flow.ports:
                yield entry(port)
                if port.service is not None:
                    yield port.protocol, port.service, port.service

    def indexes(self, pod: int, direction: Direction) -> tuple[int, ...]:
        """Return which of the policies judge *pod* in *direction*."""
        return self._judging.get((pod, direction), ())

    def judging(self, pod: int, direction: Direction) -> tuple[Policy, ...]:
        """Return the policies that judge *pod* in *direction*."""
        return tuple(self.policies[index] for index in self.indexes(pod, direction))

    def claiming(self, pod: int, direction: Direction) -> tuple[Claim, ...]:
        """Return what flows ask for *pod* in *direction*."""
        return tuple(self.claims[index] for index in self._claiming.get((pod, direction), ()))

    def side(self, pod: int, direction: Direction) -> Side:
        """Return what *pod* may do in *direction*; pods with the same policies share the work."""
        judging = self._judging.get((pod, direction), ())
        claiming = self._claiming.get((pod, direction), ())
        if (direction, judging) not in self._opened:
            self._opened[direction, judging] = self._open(judging, direction)
        if claiming not in self._allowed:
            asked = (one for index in claiming for one in self.claims[index].allowed.items())
            self._allowed[claiming] = self.access(asked)
        return Side(bool(judging), self._opened[direction, judging], self._allowed[claiming])

    def _open(self, judging: Iterable[int], direction: Direction) -> Access:
        """Return what policies open together; exceptions of one may refuse what another allows."""
        policies = [self.policies[index] for index in judging]
        rules = self.spread(one for each in policies for one in each.ports(direction))
        blocks = tuple(block for each in policies for block in each.blocks(direction))
        if any(block.excluded for block in blocks):
            if blocks not in self._blocks:
                self._blocks[blocks] = self.spread(addresses(self.ends, blocks).items())
            exact, pods = self._blocks[blocks], ~self.ends.addresses
            rules = {key: ends & pods | exact.get(key, 0) for key, ends in rules.items()}
        return {key: self.ends.widened(ends) for key, ends in rules.items()}

    def spread(self, entries: Iterable[tuple[Entry, Set]]) -> Access:
        """Return *entries* by port."""
        found: Access = {}
        for one, ends in entries:
            for key in self.numbers.keys(one):
                found[key] = found.get(key, 0) | ends
        return found

    def access(self, entries: Iterable[tuple[Entry, Set]]) -> Access:
        """Return *entries* by port, with the pods whose addresses are all among them."""
        return {key: self.ends.widened(ends) for key, ends in self.spread(entries).items()}

    def listed(self, indexes: Iterable[int], direction: Direction) -> dict[Entry, Set]:
        """Return what policies list, by port as they say it."""
        found: dict[Entry, Set] = {}
        for index in indexes:
            for one, ends in self.policies[index].ports(direction):
                found[one] = found.get(one, 0) | self.ends.widened(ends)
        return found

    def lets(self, pod: int, direction: Direction, key: PortKey, other: Set) -> bool:
        """Say whether *pod* lets all of *other* through in *direction*."""
        side = self.side(pod, direction)
        return not side.isolated or not other & ~side.opened.get(key, 0)

    def ours(self) -> Iterator[int]:
        """Yield the pods of our namespaces, those that nobody knows of among them."""
        for pod in members(self.ends.pods):
            if self.ends.group(pod).namespace in self.plan.namespaces:
                yield pod


def _chosen(rows: Iterable[tuple[int, Set, Direction]]) -> Chosen:
    found: dict[tuple[int, Direction], list[int]] = {}
    for index, subjects, direction in rows:
        for pod in members(subjects):
            found.setdefault((pod, direction), []).append(index)
    return {key: tuple(indexes) for key, indexes in found.items()}
