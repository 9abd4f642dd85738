"""The ends of connections as bits of one number: addresses, pods and Services.

A set of ends is an int, so that a thousand models cost a few machine words: who may be reached is
one `|`, what is missing one `& ~`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import Any

from mlopsgen.plan import Addresses, Network, Peer, Pods
from mlopsgen.prove.network.pods import Cast, Front, Group

Set = int
"""A set of ends: bit n is set where end n is in it."""

_LAST = 1 << 32


@cache
def bounds(cidr: str) -> tuple[int, int]:
    """Return the first address of *cidr*, and the first one after it; none of what isn't IPv4."""
    try:
        network = IPv4Network(cidr, strict=False)
    except ValueError:
        return 0, 0
    return int(network.network_address), int(network.broadcast_address) + 1


def members(ends: Set) -> Iterator[int]:
    """Yield the numbers of the ends in *ends*."""
    while ends:
        low = ends & -ends
        yield low.bit_length() - 1
        ends ^= low


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Sets by a label with its value, and by its key alone."""

    by_pair: dict[tuple[str, str], Set]
    by_key: dict[str, Set]

    def put(self, labels: Mapping[str, str], bit: Set) -> None:
        """Let *bit* have *labels*."""
        for key, value in labels.items():
            self.by_pair[key, value] = self.by_pair.get((key, value), 0) | bit
            self.by_key[key] = self.by_key.get(key, 0) | bit

    def selected(self, selector: Mapping[str, Any], among: Set) -> Set:
        """Return those of *among* that have what *selector* asks for."""
        found = among
        for pair in (selector.get("matchLabels") or {}).items():
            found &= self.by_pair.get(pair, 0)
        for each in selector.get("matchExpressions") or ():
            key, values = each["key"], each.get("values") or ()
            having = 0
            for value in values:
                having |= self.by_pair.get((key, value), 0)
            match each["operator"]:
                case "In":
                    found &= having
                case "NotIn":
                    found &= ~having
                case "Exists":
                    found &= self.by_key.get(key, 0)
                case _:
                    found &= ~self.by_key.get(key, 0)
        return found


class Ends:
    """All ends: stretches of addresses that nothing tells apart, then pods, then Services."""

    def __init__(self, cast: Cast, network: Network, cidrs: Iterable[str]) -> None:
        """Number the ends; *cidrs* are all networks that are named anywhere."""
        self.cast = cast
        named = {*cidrs, *network.private, network.services, *network.api, network.dns_service}
        cuts = {0, _LAST, *(cut for cidr in named for cut in bounds(cidr))}
        self._starts = sorted(cuts)[:-1]
        first = len(self._starts)
        self.first_pod, self._first_front = first, first + len(cast.groups)
        self.addresses: Set = (1 << first) - 1
        self.pods: Set = ((1 << len(cast.groups)) - 1) << first
        self.fronts: Set = ((1 << len(cast.fronts)) - 1) << self._first_front
        self._labelled, self._spaces = _Labelled({}, {}), _Labelled({}, {})
        self._within: dict[str, Set] = {}
        rows = [(each.namespace, each.labels) for each in cast.groups]
        rows += [(each.namespace, each.selector) for each in cast.fronts]
        for number, (namespace, own) in enumerate(rows, first):
            self._labelled.put(own, 1 << number)
            self._within[namespace] = self._within.get(namespace, 0) | 1 << number
        self._names = list(cast.namespaces)
        for number, name in enumerate(self._names):
            self._spaces.put(cast.namespaces[name], 1 << number)
        self.behind = self._behind()
        self._private = self._blocks(network.private)
        # The API server's address isn't that of a Service with pods.
        self._services = self.block(network.services) & ~self.block(network.api_service)

    def block(self, cidr: str, excluded: Iterable[str] = ()) -> Set:
        """Return the addresses of *cidr* without those *excluded*."""
        low, high = (bisect_left(self._starts, cut) for cut in bounds(cidr))
        found = (1 << high) - (1 << low)
        for each in excluded:
            found &= ~self.block(each)
        return found

    def at(self, address: str) -> Set:
        """Return the stretch of addresses that *address* is in."""
        return 1 << (bisect_right(self._starts, int(IPv4Address(address))) - 1)

    def _blocks(self, cidrs: Iterable[str], excluded: Iterable[str] = ()) -> Set:
        found = 0
        for cidr in cidrs:
            found |= self.block(cidr, excluded)
        return found

    def selected(self, namespace: str, selector: Mapping[str, Any]) -> Set:
        """Return the pods and Services of *namespace* that *selector* holds for."""
        return self._labelled.selected(selector, self._within.get(namespace, 0))

    def peer(self, namespace: str, element: Mapping[str, Any]) -> Set:
        """Return what one element of `from` or `to` of a policy in *namespace* stands for."""
        if block := element.get("ipBlock"):
            return self.block(block["cidr"], block.get("except") or ())
        spaces = element.get("namespaceSelector")
        among = self._within.get(namespace, 0)
        if spaces is not None:
            among = 0
            for number in members(self._spaces.selected(spaces, (1 << len(self._names)) - 1)):
                among |= self._within.get(self._names[number], 0)
        # Whoever may make pods in a namespace that nobody here knows of gives them any labels.
        strangers = among & self._within[""]
        return self._labelled.selected(element.get("podSelector") or {}, among) | strangers

    def of(self, peer: Peer) -> Set:
        """Return the pods, or the addresses, that an end of a flow stands for."""
        if isinstance(peer, Addresses):
            return self._blocks(peer.cidrs, peer.excluded)
        return self.of_pods(peer)

    def of_pods(self, pods: Pods) -> Set:
        """Return the pods that an end of a flow stands for."""
        asked: list[dict[str, Any]] = [{"key": key, "operator": "Exists"} for key in pods.having]
        if pods.one_of:
            key, values = pods.one_of
            asked.append({"key": key, "operator": "In", "values": values})
        selector = {"matchLabels": pods.labels, "matchExpressions": asked}
        return self.selected(pods.namespace, selector) & self.pods

    def widened(self, ends: Set) -> Set:
        """Return *ends* with the pods and Services whose addresses are all among them."""
        if ends & self._private == self._private:
            ends |= self.pods
        if ends & self._services == self._services:
            ends |= self.fronts
        return ends

    def group(self, number: int) -> Group:
        """Return the pods that end *number* is."""
        return self.cast.groups[number - self.first_pod]

    def front(self, number: int) -> Front:
        """Return the Service that end *number* is."""
        return self.cast.fronts[number - self._first_front]

    def _behind(self) -> dict[int, list[tuple[int, int, int]]]:
        """Return the Services by the pods behind them: each with its port and that of the pods."""
        found: dict[int, list[tuple[int, int, int]]] = {}
        for number, front in enumerate(self.cast.fronts, self._first_front):
            selected = self.selected(front.namespace, {"matchLabels": front.selector})
            for pod in members(selected & self.pods if front.selector else 0):
                for listening, inner in front.ports:
                    port = self.group(pod).ports.get(inner) if isinstance(inner, str) else inner
                    if port:
                        found.setdefault(pod, []).append((number, listening, port))
        return found

    def networks(self, ends: Set) -> list[str]:
        """Return the addresses among *ends* as networks."""
        found: list[str] = []
        numbers = list(members(ends & self.addresses))
        while numbers:
            low = numbers.pop(0)
            high = low
            while numbers and numbers[0] == high + 1:
                high = numbers.pop(0)
            stop = (*self._starts, _LAST)[high + 1] - 1
            first, last = IPv4Address(self._starts[low]), IPv4Address(stop)
            found += map(str, summarize_address_range(first, last))
        return found
