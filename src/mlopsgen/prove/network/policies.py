"""What the written NetworkPolicies open, as the VPC CNI enforces them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.prove.network.ends import Ends, Set, members
from mlopsgen.prove.network.prefixes import EVERYWHERE, Block, Entry

Direction = Literal["ingress", "egress"]
DIRECTIONS: tuple[Direction, ...] = ("egress", "ingress")

PortKey = tuple[str, int]
"""A protocol, and the first port of a stretch that nothing tells apart."""

Access = dict[PortKey, Set]
"""By port, who may connect, or who may be connected to."""

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_LAST = 65535
_SIDES: Mapping[Direction, str] = {"egress": "to", "ingress": "from"}


class Numbers:
    """Ports, cut into stretches that nothing tells apart."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Cut at every port of *entries*."""
        found = list(entries)
        cuts = {1, _LAST + 1, *(low for _, low, _ in found), *(high + 1 for *_, high in found)}
        self._starts = sorted(cuts)[:-1]

    def keys(self, entry: Entry) -> list[PortKey]:
        """Return the stretches that *entry* covers."""
        protocol, low, high = entry
        start, stop = bisect_left(self._starts, low), bisect_left(self._starts, high + 1)
        return [(protocol, number) for number in self._starts[start:stop]]

    def key(self, protocol: str, port: int) -> PortKey:
        """Return the stretch that *port* is in."""
        return protocol, self._starts[bisect_right(self._starts, port) - 1]

    def last(self, key: PortKey) -> int:
        """Return the last port of the stretch *key*."""
        after = bisect_left(self._starts, key[1]) + 1
        return self._starts[after] - 1 if after < len(self._starts) else _LAST


EVERY: tuple[Entry, ...] = tuple((protocol, 1, _LAST) for protocol in _PROTOCOLS)


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule: the ports, and who is at the other end. `index` counts from 0 in its list."""

    index: int
    ports: Mapping[Entry, Set]
    """By port, because a name stands for another number at other pods."""

    blocks: tuple[Block, ...]
    """The networks at the other end, which are in the sets of `ports` as well."""

    dead: tuple[int, ...]
    """The elements of `from` or `to` that nothing matches."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A NetworkPolicy: whom it is for, and what it opens in the directions that it judges."""

    namespace: str
    name: str
    path: str
    """Its file, relative to the folder of the environment."""

    origin: SpecPath
    subjects: Set
    opened: Mapping[Direction, tuple[Opening, ...]]

    def ports(self, direction: Direction) -> Iterator[tuple[Entry, Set]]:
        """Yield what it opens in *direction*."""
        for opening in self.opened.get(direction, ()):
            yield from opening.ports.items()

    def blocks(self, direction: Direction) -> Iterator[Block]:
        """Yield the networks that it names in *direction*."""
        for opening in self.opened.get(direction, ()):
            yield from opening.blocks


def documents(artifacts: Iterable[Artifact]) -> list[tuple[Artifact, Object]]:
    """Return the NetworkPolicies among *artifacts* with their files."""
    return [
        (artifact, document)
        for artifact in artifacts
        for document in artifact.objects
        if document["kind"] == "NetworkPolicy"
    ]


def cidrs(document: Object) -> Iterator[str]:
    """Yield every network that a NetworkPolicy names."""
    for direction in DIRECTIONS:
        for rule in _each(document.get("spec") or {}, direction):
            for element in _each(rule, _SIDES[direction]):
                if block := element.get("ipBlock"):
                    yield block["cidr"]
                    yield from block.get("except") or ()


def _each(owner: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list; null is an empty one to the API server."""
    return [each or {} for each in owner.get(key) or ()]


def policy(ends: Ends, artifact: Artifact, document: Object) -> Policy:
    """Return what the NetworkPolicy *document* of *artifact* opens."""
    spec, metadata = document.get("spec") or {}, document["metadata"]
    namespace = metadata["namespace"]
    subjects = ends.selected(namespace, spec.get("podSelector") or {}) & ends.pods
    # Left out, a policy is for ingress, and for egress where it has rules for it.
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return Policy(
        namespace=namespace,
        name=metadata["name"],
        path=artifact.path,
        origin=artifact.origin[0],
        subjects=subjects,
        opened={
            direction: tuple(
                _opening(ends, (namespace, subjects), direction, index, rule)
                for index, rule in enumerate(_each(spec, direction))
            )
            for direction in DIRECTIONS
            if direction.title() in types
        },
    )


def _opening(
    ends: Ends, owner: tuple[str, Set], direction: Direction, index: int, rule: Object
) -> Opening:
    """Return what *rule* opens; without peers it is for everybody, without ports for all."""
    namespace, subjects = owner
    elements = _each(rule, _SIDES[direction])
    each = [ends.peer(namespace, element) for element in elements]
    peers = 0 if elements else ends.addresses | ends.pods | ends.fronts
    for found in each:
        peers |= found
    dead = tuple(number for number, found in enumerate(each) if not found)
    ports: dict[Entry, Set] = {}
    for port in _each(rule, "ports"):
        for entry, where in _entries(ends, port, subjects, peers, direction):
            ports[entry] = ports.get(entry, 0) | where
    if not rule.get("ports"):
        ports = dict.fromkeys(EVERY, peers)
    numbers = tuple(one for one in ports if ports[one] & ends.addresses)
    blocks = [each["ipBlock"] for each in elements if each.get("ipBlock")]
    named = [Block(each["cidr"], tuple(each.get("except") or ()), numbers) for each in blocks]
    if not elements:
        named = [Block(EVERYWHERE, (), numbers)]
    return Opening(index, ports, tuple(named), dead)


def _entries(
    ends: Ends, port: Mapping[str, Any], subjects: Set, peers: Set, direction: Direction
) -> Iterator[tuple[Entry, Set]]:
    """Yield the numbers that *port* stands for, and at which peers.

    A name is looked up at the pods that are connected to: outgoing at each of the peers, where
    addresses have none; incoming at all pods of the policy together
    (amazon-network-policy-controller-k8s v1.1.7 pkg/resolvers/endpoints.go).
    """
    protocol, number = port.get("protocol") or "TCP", port.get("port")
    if number is None:
        yield (protocol, 1, _LAST), peers
    elif isinstance(number, int):
        yield (protocol, number, port.get("endPort") or number), peers
    else:
        for each in members((subjects if direction == "ingress" else peers) & ends.pods):
            if found := ends.group(each).ports.get(number):
                where = peers if direction == "ingress" else 1 << each
                yield (protocol, found, found), where
