"""The flows of the plan as sets of ends: what has to be open, and what may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlopsgen.plan import Flow, Pods, Port
from mlopsgen.prove.network.ends import Ends, Set, members
from mlopsgen.prove.network.policies import Direction
from mlopsgen.prove.network.prefixes import Entry


@dataclass(frozen=True, slots=True)
class Claim:
    """One side of a flow: whose pods, and at which ports they need which other ends."""

    flow: Flow
    direction: Direction
    subjects: Set
    needed: dict[Entry, Set]
    allowed: dict[Entry, Set]
    """What may be open for it: as well the port of the Service, at the pods themselves."""


def claims(ends: Ends, flow: Flow) -> Iterator[Claim]:
    """Yield the sides of *flow* that policies judge; addresses have none of their own."""
    source, target = ends.of(flow.source), ends.of(flow.target)
    if isinstance(flow.source, Pods):
        yield _outgoing(ends, flow, source, target)
    if isinstance(flow.target, Pods):
        entries = {entry(port): source for port in flow.ports}
        yield Claim(flow, "ingress", target, entries, entries)


def entry(port: Port) -> Entry:
    """Return *port* of a pod as rules list it."""
    return port.protocol, port.number, port.number


def _outgoing(ends: Ends, flow: Flow, source: Set, target: Set) -> Claim:
    """Return what the callers need open.

    The VPC CNI judges a packet before the address of a Service is translated. Whether it then
    wants the port of the Service or that of the pods differs by version, so both have to be open.
    """
    needed: dict[Entry, Set] = {}
    allowed: dict[Entry, Set] = {}
    fronts = _fronts(ends, flow, target) if isinstance(flow.target, Pods) else {}
    for port in flow.ports:
        listening = port.number if port.service is None else port.service
        services = fronts.get((port.number, listening), 0)
        for number, pods in ((port.number, target), (listening, 0)):
            key = (port.protocol, number, number)
            needed[key] = needed.get(key, 0) | pods | services
            allowed[key] = allowed.get(key, 0) | target | services
    return Claim(flow, "egress", source, needed, allowed)


def _fronts(ends: Ends, flow: Flow, target: Set) -> dict[tuple[int, int], Set]:
    """Return the Services in front of *target* that *flow* may go through.

    By the pods' port and their own.
    """
    pairs = {
        (port.number, port.number if port.service is None else port.service) for port in flow.ports
    }
    found: dict[tuple[int, int], Set] = {}
    for pod in members(target):
        for front, listening, number in ends.behind.get(pod, ()):
            if (number, listening) in pairs:
                found[number, listening] = found.get((number, listening), 0) | 1 << front
    return found
