"""Prices: what AWS asks for, by region, with the day on which somebody read it from its price list.

`catalogue/prices/<region>.yaml` holds one region. A price that isn't there is unknown, which is not
the same as free, or as a type that the region doesn't have: callers get None and say so.

AWS's own list lies outside of what a build may read, so the figures are those of projects that
copy it. Karpenter's are right for us-east-1 and GovCloud, the only regions it has. Of libcloud's,
which mix in other tenancies and zeros, only those are kept that a second list confirms, or that
stand to the price in us-east-1 as other sizes of the family do, the cheapest such relation being
that of shared tenancy. Prices of p4d, p4de, p5, p5e and p5en outside of Karpenter's regions are
left out: AWS lowered them in June 2025, and the lists for other regions are older.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field, StringConstraints

from mlopsgen.facts.reading import CATALOGUE, Fact, Items, Sourced, read

_PRICES = CATALOGUE / "prices"
_EKS = CATALOGUE / "eks.yaml"

Usd = Annotated[float, Field(gt=0)]
"""US dollars; what it is for, and for how long, is in the name of the field."""

Day = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]
"""The day a price was read from AWS's list, as ISO 8601 writes it."""


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in US dollars; the function that returns it says what for."""

    usd: float
    as_of: str
    """The day it was read, which says nothing about how long it holds."""

    source: str


class _Sheet(Sourced):
    as_of: Day
    usd_per_hour: dict[str, Usd]


class _Storage(Sourced):
    as_of: Day
    usd_per_gib_month: Usd


class _Region(Fact):
    region: str
    on_demand: Items[_Sheet]
    gp3: _Storage | None = None


class _Support(Fact):
    standard: Usd
    extended: Usd


class _Eks(Sourced):
    as_of: Day
    usd_per_hour: _Support


@cache
def regions() -> tuple[str, ...]:
    """Return the regions that have prices, sorted."""
    return tuple(sorted(file.stem for file in _PRICES.glob("*.yaml")))


def on_demand(instance_type: str, region: str) -> Price | None:
    """Return what *instance_type* costs in US dollars an hour: Linux, on demand, shared tenancy.

    A spot instance for which nobody named a highest price never costs more (EC2 user guide,
    "Spot Instances"), and neither Karpenter nor our node groups name one.
    """
    return _by_type(region).get(instance_type)


def gp3(region: str) -> Price | None:
    """Return what a GiB of EBS gp3 costs in US dollars a month, with the IOPS every volume has."""
    storage = _region(region).gp3 if region in regions() else None
    return Price(storage.usd_per_gib_month, storage.as_of, storage.source) if storage else None


def control_plane() -> Price:
    """Return what a control plane of EKS costs in US dollars an hour.

    It is the same in all commercial regions, for a Kubernetes version in standard support.
    """
    eks = read(_EKS, _Eks)
    return Price(eks.usd_per_hour.standard, eks.as_of, eks.source)


@cache
def _by_type(region: str) -> Mapping[str, Price]:
    """Return the prices of *region* by instance type, none for a region that has none."""
    if region not in regions():
        return {}
    return {
        type_: Price(usd, sheet.as_of, sheet.source)
        for sheet in _region(region).on_demand
        for type_, usd in sheet.usd_per_hour.items()
    }


@cache
def _region(region: str) -> _Region:
    return read(_PRICES / f"{region}.yaml", _Region)
