"""Batches: pods that are alike, and how many of them a node or a zone may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlopsgen.prove.schedule_labels import HOSTNAME, ZONE
from mlopsgen.prove.schedule_pods import Apart, Form, Pod


@dataclass(frozen=True, slots=True)
class Batch:
    """Pods that are alike in all that decides where they run, with how many there are of each."""

    form: Form
    apart: tuple[Apart, ...]
    pods: Mapping[Pod, int]

    @property
    def count(self) -> int:
        """How many pods there are in all."""
        return sum(self.pods.values())


def batches(counts: Mapping[Pod, int]) -> list[Batch]:
    """Return pods in batches; those that keep apart from each other are one of their own."""
    found: dict[object, dict[Pod, int]] = {}
    for pod, count in counts.items():
        if count:
            found.setdefault(pod if pod.apart else pod.form, {})[pod] = count
    return [
        Batch(first.form, first.apart, pods)
        for pods in found.values()
        for first in [next(iter(pods))]
    ]


class Share:
    """What is still wanted of a batch, and how much of it one node or one zone may have."""

    def __init__(self, batch: Batch, zones: Sequence[str]) -> None:
        """Begin with all pods of *batch*, and the *zones* that they may be in."""
        self.wanted = batch.count
        alone = any(each.key == HOSTNAME and not each.skew for each in batch.apart)
        self._node = 1 if alone else self.wanted
        among = max(1, len({*zones}))
        skews = [each.skew for each in batch.apart if each.key == ZONE]
        even = -(-self.wanted // among)
        most = min((even + each - 1 if each else 1 for each in skews), default=self.wanted)
        self._zone = dict.fromkeys([*zones, ""], most)

    def on_one(self, fitting: int) -> int:
        """Return how many of *fitting* pods one node may have."""
        return min(fitting, self._node)

    def in_zone(self, zone: str) -> int:
        """Return how many pods *zone* may still have."""
        return min(self.wanted, self._zone.get(zone, self.wanted))

    def emptiest(self, zones: Sequence[str]) -> str:
        """Return which of *zones* may still have most."""
        return max(zones, key=lambda zone: self._zone.get(zone, 0))

    def took(self, zone: str, pods: int) -> None:
        """Note that *zone* has so many *pods* more."""
        self.wanted -= pods
        self._zone[zone] = self._zone.get(zone, self.wanted) - pods


def fits(room: tuple[int, ...], asked: tuple[int, ...]) -> int:
    """Return how many pods that ask for *asked* a *room* holds."""
    return min(there // one for there, one in zip(room, asked, strict=True) if one)
