from __future__ import annotations

import re
from itertools import chain

import pytest
import yaml

from mlopsgen.facts import hardware, prices
from mlopsgen.facts.reading import CATALOGUE, CatalogueError

FILES = sorted((CATALOGUE / "prices").glob("*.yaml"))
SHEETS = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
TYPES = {found.type for name in hardware.families() for found in hardware.family(name)}
LINEAR = ("c5", "m5", "r5", "t3")
"""Families whose sizes cost what their CPUs do."""

# region: type: USD an hour
KNOWN = {
    "us-east-1": {"m5.large": 0.096, "g5.xlarge": 1.006, "p4d.24xlarge": 21.957642},
    "eu-west-1": {"t3.large": 0.0912, "g5.xlarge": 1.123, "c5.2xlarge": 0.384},
    "eu-central-1": {"m5.xlarge": 0.23, "g6.xlarge": 1.0064},
    "us-gov-west-1": {"m5.large": 0.121},
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_holds_the_region_it_is_named_after(file):
    assert SHEETS[file.stem]["region"] == file.stem


@pytest.mark.parametrize("region", SHEETS)
def test_prices_are_of_instance_types_that_the_catalogue_has(region):
    priced = list(chain(*(sheet["usdPerHour"] for sheet in SHEETS[region]["onDemand"])))

    assert set(priced) <= TYPES
    assert len(priced) == len(set(priced)), "a type with two prices"


@pytest.mark.parametrize(
    ("region", "type_"), [(region, type_) for region in KNOWN for type_ in KNOWN[region]]
)
def test_a_price_is_the_one_on_the_list(region, type_):
    price = prices.on_demand(type_, region)

    assert price.usd == pytest.approx(KNOWN[region][type_])
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.as_of)
    assert price.source


@pytest.mark.parametrize("region", SHEETS)
@pytest.mark.parametrize("family", LINEAR)
def test_sizes_of_a_family_cost_what_their_cpus_do(region, family):
    # Metal has its own CPUs; nano to medium of t3 differ in memory alone.
    each = [
        price.usd / (found.memory_mib if family == "t3" else found.vcpu)
        for found in hardware.family(family)
        if not found.bare_metal and (price := prices.on_demand(found.type, region))
    ]

    assert not each or max(each) == pytest.approx(min(each), rel=0.03)


@pytest.mark.parametrize("region", sorted(set(SHEETS) - {"us-east-1"}))
@pytest.mark.parametrize("family", hardware.families())
def test_a_region_is_dearer_or_cheaper_by_one_factor_for_all_sizes(region, family):
    """What another tenancy costs is a tenth dearer, and would stand out."""
    factors = [
        price.usd / home.usd
        for found in hardware.family(family)
        if (price := prices.on_demand(found.type, region))
        and (home := prices.on_demand(found.type, "us-east-1"))
    ]

    assert not factors or max(factors) == pytest.approx(min(factors), rel=0.03)


def test_every_commercial_region_has_the_price_of_storage():
    assert {region for region in SHEETS if prices.gp3(region) is None} == set()
    assert prices.gp3("eu-west-1").usd == pytest.approx(0.088)


def test_an_unknown_region_has_no_prices():
    assert "xx-north-9" not in prices.regions()
    assert prices.on_demand("m5.large", "xx-north-9") is None
    assert prices.gp3("xx-north-9") is None


def test_a_type_that_a_region_lacks_has_no_price_there():
    assert prices.on_demand("g6.xlarge", "us-east-1") is not None
    assert prices.on_demand("g6.xlarge", "eu-west-1") is None
    assert prices.on_demand("x1.32xlarge", "us-east-1") is None


def test_prices_that_aws_lowered_are_not_taken_from_older_lists():
    lowered = ("p4d", "p4de", "p5", "p5e", "p5en")
    kept = {
        price.source.partition(" ")[0]
        for region in prices.regions()
        for name in lowered
        for found in hardware.family(name)
        if (price := prices.on_demand(found.type, region))
    }

    assert kept == {"karpenter-provider-aws"}


def test_a_control_plane_has_a_price():
    assert prices.control_plane().usd == pytest.approx(0.1)


@pytest.mark.parametrize(
    "text",
    [
        "region: r\nonDemand: [{source: a 1 b, asOf: '2025-01-01', usdPerHour: {m5.large: 0}}]\n",
        "region: r\nonDemand: [{source: a 1 b, asOf: soon, usdPerHour: {m5.large: 1.0}}]\n",
        "region: r\nonDemand: [{asOf: '2025-01-01', usdPerHour: {m5.large: 1.0}}]\n",
    ],
    ids=["free", "undated", "unsourced"],
)
def test_a_price_without_amount_day_or_source_is_refused(text, tmp_path, monkeypatch):
    (tmp_path / "r.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(prices, "_PRICES", tmp_path)
    monkeypatch.setattr(prices, "regions", lambda: ("r",))

    with pytest.raises(CatalogueError):
        prices.gp3("r")
