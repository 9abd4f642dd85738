"""Environments are read for each other only where one of them reconciles others."""

import pytest

from mlopsgen.load import fleet
from mlopsgen.spec import ALONE, hub_of
from tests.fleet import clusters, read


def test_without_a_hub_nothing_else_is_read(tmp_path):
    document = clusters()
    del document["gitops"]["hub"]
    document["environments"]["prod"]["aws"] = {"region": 7}

    assert fleet(read(document, tmp_path)) is ALONE


def test_the_clusters_of_a_hub_are_the_others_that_name_it(tmp_path):
    beside = fleet(read(clusters(), tmp_path))

    assert list(beside.spokes("ops")) == ["dev", "prod"]
    assert beside.spokes("dev") == {}
    assert {name: hub_of(each, name) for name, each in beside.clusters.items()} == {
        "ops": None,
        "dev": "ops",
        "prod": "ops",
    }


def test_an_overlay_may_have_another_hub_or_none(tmp_path):
    document = clusters(dev={"gitops": {"hub": None}}, prod={"gitops": {"hub": "prod"}})

    assert fleet(read(document, tmp_path)).spokes("ops") == {}


def test_models_and_pipelines_are_not_read(tmp_path):
    document = clusters(prod={"models": {"iris": {"runtime": "no such runtime"}}})

    beside = fleet(read(document, tmp_path))

    assert beside.unread == {}
    assert beside.clusters["prod"].models == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"gitops": 3},
        {"gitops": {"hub": ["ops"]}},
        {"aws": None},
        {"cluster": {"address": 443}},
        {"namespaces": []},
        {"components": {"argocd": "yes"}},
    ],
    ids=str,
)
def test_what_can_not_be_read_is_named(tmp_path, wrong):
    document = clusters()
    document["environments"]["prod"] = wrong

    beside = fleet(read(document, tmp_path))

    assert [*beside.unread] == ["prod"]
    assert [*beside.clusters] == ["ops", "dev"]
