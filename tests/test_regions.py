"""An environment in another region and account follows its overlay, everywhere."""

import re

import pytest

from tests.golden import GOLDEN, compiled

REGIONS = GOLDEN / "regions"
TWINS = {
    "eu-west-1": "us-east-2",
    "111122223333": "444455556666",
    "10.0.": "10.1.",
    "eu.example.com": "us.example.com",
    "twin-artifacts-eu": "twin-artifacts-us",
    "twin-eu": "twin-us",
    "generated/eu": "generated/us",
    "environment: eu": "environment: us",
    "whom in eu": "whom in us",
    '"eu"': '"us"',
}
HASH = re.compile(r"(group\.name: twin-us-internal)-[0-9a-f]{8}")
"""Of the certificate, the networks and the host of a load balancer."""


@pytest.fixture(scope="module")
def trees():
    trees = compiled(REGIONS / "platform.yaml").trees
    return {
        environment: {each.path: each.data.decode() for each in tree}
        for environment, tree in trees.items()
    }


@pytest.mark.parametrize(
    ("environment", "others"),
    [("us", [text for text in TWINS if len(text) > 4]), ("eu", [*TWINS.values()])],
)
def test_nothing_of_one_region_is_in_the_files_of_the_other(trees, environment, others):
    found = [
        (path, text) for path, data in trees[environment].items() for text in others if text in data
    ]

    assert found == []


def test_both_regions_are_the_same_but_for_what_the_overlay_says(trees):
    eu, us = trees["eu"], trees["us"]

    assert eu.keys() == us.keys()
    for path, text in eu.items():
        # Lists the hashes of all others.
        if path == "manifest.json":
            continue
        moved = text
        for here, there in TWINS.items():
            moved = moved.replace(here, there)
        assert HASH.sub(r"\1", moved) == HASH.sub(r"\1", us[path]), path


def test_roles_buckets_and_queues_are_in_the_account_and_region_of_their_cluster(trees):
    arns = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*):([0-9]*):")
    for environment, place in (("eu", ("eu-west-1", "111122223333")),
                               ("us", ("us-east-2", "444455556666"))):  # fmt: skip
        found = {arn for data in trees[environment].values() for arn in arns.findall(data)}
        assert found
        assert {region for region, _ in found} <= {"", place[0]}
        assert {account for _, account in found} <= {"", "aws", place[1]}
