"""What pods ask of nodes, in Kubernetes' words: selectors, affinity, tolerations, quantities."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

Labels = Mapping[str, frozenset[str]]
"""The values that a label of a node may have; none of them where only the node knows it."""

Json = Mapping[str, Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
Amounts = Mapping[str, int]
"""How much of each resource: CPUs in thousandths, memory in bytes, everything else in pieces."""

_SUFFIXES: Mapping[str, Decimal] = {
    **{f"{letter}i": Decimal(1024**power) for power, letter in enumerate("KMGTPE", 1)},
    **{letter: Decimal(1000**power) for power, letter in enumerate("kMGTPE", 1)},
    "m": Decimal("0.001"),
    "": Decimal(1),
}
_QUANTITY = re.compile(
    r"(?P<number>[0-9]{1,30}(?:\.[0-9]{0,30})?(?:e[0-9]{1,2})?)(?P<suffix>m|[KMGTPE]i|[kMGTPE]|)"
)
_MOST = Decimal(2**63 - 1)
"""The most that Kubernetes can count."""


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods off a node; the effect in Kubernetes' spelling."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        """Return it as kubectl writes it."""
        return f"{self.key}{f'={self.value}' if self.value else ''}:{self.effect}"

    @property
    def closes(self) -> bool:
        """Whether it keeps a pod off for good; PreferNoSchedule doesn't."""
        return self.effect != "PreferNoSchedule"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One expression over a label of a node."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the nodes that meet it, for messages."""
        match self.operator, self.values:
            case "In", (value,):
                return f"with `{self.key}={value}`"
            case "Exists", _:
                return f"with `{self.key}`"
            case "DoesNotExist", _:
                return f"without `{self.key}`"
            case _:
                return f"with `{self.key}` {self.operator} `{', '.join(self.values)}`"

    def takes(self, value: str | None) -> bool:
        """Say whether a node whose label has *value*, None for one without it, will do."""
        match self.operator:
            case "In":
                return value in self.values
            case "NotIn":
                return value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case "Gt" | "Lt" if value and self.values:
                return _beyond(value, self.values[0], above=self.operator == "Gt")
        return False


def _beyond(value: str, bound: str, *, above: bool) -> bool:
    """Compare as Kubernetes does: both are whole numbers, or nothing matches."""
    try:
        return int(value) > int(bound) if above else int(value) < int(bound)
    except ValueError:
        return False


Terms = tuple[tuple[Requirement, ...], ...]
"""Alternatives; a node has to meet everything of one of them."""


def unmet(requirements: Iterable[Requirement], labels: Labels) -> Requirement | None:
    """Return the first of *requirements* that no node with *labels* meets, in that combination."""
    left: dict[str, frozenset[str]] = {}
    for each in requirements:
        key = each.key
        if key not in labels:
            if not each.takes(None):
                return each
            continue
        values = left.get(key, labels[key])
        if not values:  # Only the node knows its value: being there is all that is sure.
            if each.operator not in {"Exists", "NotIn"}:
                return each
            continue
        left[key] = frozenset(value for value in values if each.takes(value))
        if not left[key]:
            return each
    return None


def tolerated(taint: Taint, tolerations: Iterable[Toleration]) -> bool:
    """Say whether one of *tolerations* lets a pod pass *taint*."""
    return any(each.takes(taint) for each in tolerations)


@dataclass(frozen=True, slots=True)
class Toleration:
    """What a pod puts up with; an empty key or effect stands for all."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def takes(self, taint: Taint) -> bool:
        """Say whether a pod with it passes *taint*."""
        if self.effect not in {"", taint.effect}:
            return False
        if self.operator == "Exists":
            return self.key in {"", taint.key}
        return (self.key, self.value) == (taint.key, taint.value)


def inside(value: object, *keys: str) -> object:
    """Return what stands under *keys*, None where there is something else: users write values."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def maps(value: object) -> list[Json]:
    """Return the maps in a list; what is none can't be read by Kubernetes either."""
    found = value if isinstance(value, list | tuple) else ()
    return [each for each in found if isinstance(each, Mapping)]


def tolerations(pod: Json) -> tuple[Toleration, ...]:
    """Return the tolerations in the spec of a *pod*."""
    keys = ("key", "operator", "value", "effect")
    return tuple(
        Toleration(**{key: str(each[key]) for key in keys if each.get(key)})
        for each in maps(pod.get("tolerations"))
    )


def terms(pod: Json) -> Terms:
    """Return what the nodeSelector and the required affinity in the spec of a *pod* ask for."""
    selector = pod.get("nodeSelector")
    pairs = selector.items() if isinstance(selector, Mapping) else ()
    chosen = tuple(Requirement(str(key), "In", (str(value),)) for key, value in pairs)
    required = inside(pod.get("affinity"), "nodeAffinity", REQUIRED)
    if not required:
        return (chosen,)
    alternatives = maps(inside(required, "nodeSelectorTerms"))
    return tuple((*chosen, *requirements(each.get("matchExpressions"))) for each in alternatives)


def requirements(expressions: object) -> Iterator[Requirement]:
    """Yield *expressions*, of affinity or of a NodePool, as requirements."""
    for each in maps(expressions):
        given = each.get("values")
        values = tuple(map(str, given)) if isinstance(given, list | tuple) else ()
        yield Requirement(str(each.get("key", "")), str(each.get("operator", "")), values)


@cache
def quantity(text: str, *, thousandths: bool = False) -> int:
    """Return a quantity in whole units, rounded up as Kubernetes does; 0 for what is none."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        return 0
    number = min(Decimal(match["number"]) * _SUFFIXES[match["suffix"]], _MOST)
    return math.ceil(number * 1000 if thousandths else number)


def amounts(resources: object) -> dict[str, int]:
    """Return requests, limits or a quota as numbers."""
    return {
        str(name): quantity(str(text), thousandths=str(name).rpartition(".")[2] == "cpu")
        for name, text in (resources.items() if isinstance(resources, Mapping) else ())
    }
