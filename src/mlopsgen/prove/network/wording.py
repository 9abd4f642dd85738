"""Ends and ports in words."""

from __future__ import annotations

from collections.abc import Sequence

from mlopsgen.prove.network.ends import Ends, Set, members
from mlopsgen.prove.network.policies import Numbers, PortKey

_LAST = 65535
_FEW = 3
"""Names of a list that are given; of the rest there is a number."""


def ports(numbers: Numbers, keys: Sequence[PortKey]) -> str:
    """Return *keys* in words: `port 80`, `ports 80 and 8080`, `ports 1-79`."""
    stretches: list[tuple[str, int, int]] = []
    for protocol, first in sorted(keys):
        joins = stretches and stretches[-1][::2] == (protocol, first - 1)
        low = stretches.pop()[1] if joins else first
        stretches.append((protocol, low, numbers.last((protocol, first))))
    whole = [protocol for protocol, low, high in stretches if (low, high) == (1, _LAST)]
    if len(whole) == len(stretches):
        return "every port" if "TCP" in whole else f"every port of {' and '.join(whole)}"
    texts = [
        f"{low if low == high else f'{low}-{high}'}{'' if protocol == 'TCP' else f'/{protocol}'}"
        for protocol, low, high in stretches
    ]
    return f"port{'s' if len(texts) > 1 or '-' in texts[0] else ''} {joined(texts)}"


def joined(texts: Sequence[str]) -> str:
    """Return *texts* as a list in a sentence, of which the first few are named."""
    if len(texts) > _FEW + 1:
        return f"{', '.join(texts[:_FEW])} and {len(texts) - _FEW} more"
    *before, last = texts
    return f"{', '.join(before)} and {last}" if before else last


def titles(ends: Ends, found: Set) -> str:
    """Return who is in *found*, in words: those that are known best first."""
    return joined([*_pods(ends, found), *_addresses(ends, found), *_fronts(ends, found)])


def widest(ends: Ends, found: Set) -> str:
    """Return who is in *found*, in words: networks and pods that nobody knows of first."""
    return joined([*_addresses(ends, found), *reversed(_pods(ends, found))])


def _pods(ends: Ends, found: Set) -> list[str]:
    return [ends.group(each).title for each in members(found & ends.pods)]


def _addresses(ends: Ends, found: Set) -> list[str]:
    return [f"`{each}`" for each in ends.networks(found)]


def _fronts(ends: Ends, found: Set) -> list[str]:
    return [f"the Service `{ends.front(each).name}`" for each in members(found & ends.fronts)]
