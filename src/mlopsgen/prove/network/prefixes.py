"""Networks with exceptions, as the agent of the VPC CNI keeps them for a pod.

It has one table of networks, all policies of the pod together, and the longest prefix that holds an
address decides. A longer one is given the ports of the shorter ones around it, except of those that
except it; an exception that no rule names is a refusal of its own, whatever other rules allow
around it (aws-network-policy-agent v1.2.7 pkg/fwruleprocessor/fw_rule_processor.go).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlopsgen.prove.network.ends import Ends, Set, bounds

Entry = tuple[str, int, int]
"""A protocol with the first and the last port, as a rule lists it."""

EVERYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True)
class Block:
    """A network of a rule, without its exceptions, at some ports."""

    cidr: str
    excluded: tuple[str, ...]
    ports: tuple[Entry, ...]


def addresses(ends: Ends, blocks: Iterable[Block]) -> dict[Entry, Set]:
    """Return the addresses that *blocks* open, by port."""
    own: dict[str, set[Entry]] = {}
    excluded: dict[str, set[str]] = {}
    for block in blocks:
        own.setdefault(block.cidr, set()).update(block.ports)
        excluded.setdefault(block.cidr, set()).update(block.excluded)
    whole: dict[str, set[Entry]] = {}
    for cidr in sorted(own, key=_shortest):
        whole[cidr] = set(own[cidr])
        for around in [each for each in whole if _shortest(each) < _shortest(cidr)]:
            if _has(around, cidr) and not any(_has(each, cidr) for each in excluded[around]):
                whole[cidr] |= whole[around]
    for each in set().union(*excluded.values()) - whole.keys():
        whole[each] = set()
    found: dict[Entry, Set] = {}
    taken = 0
    for cidr in sorted(whole, key=_shortest, reverse=True):
        atoms = ends.block(cidr) & ~taken
        taken |= atoms
        for entry in whole[cidr]:
            found[entry] = found.get(entry, 0) | atoms
    return found


def _shortest(cidr: str) -> int:
    low, high = bounds(cidr)
    return low - high


def _has(around: str, cidr: str) -> bool:
    """Say whether *around* has the first address of *cidr*: the agent looks no further."""
    low, high = bounds(around)
    return low <= bounds(cidr)[0] < high
