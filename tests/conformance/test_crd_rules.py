"""The contracts leave nothing open that a CRD's own rules would refuse."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import cache

import pytest
import yaml

from tests.build import ROOT
from tests.conformance.crd_rules import broken, has_rules
from tests.conformance.schemas import CRDS

TREES = (ROOT / "generated", ROOT / "tests" / "golden")
KINDS = ("EC2NodeClass", "HTTPRoute", "NodePool")

pytestmark = pytest.mark.skipif(not CRDS.is_dir(), reason="the CRD schemas are not there")


@cache
def _emitted():
    paths = {path for tree in TREES for path in tree.rglob("apps/*/*.yaml")}
    mine = {path for path in paths if path.name.startswith(tuple(kind.lower() for kind in KINDS))}
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(mine)]


def _one(kind):
    return deepcopy(next(each for each in _emitted() if each["kind"] == kind))


def test_every_emitted_object_keeps_the_rules_of_its_crd():
    evaluated, faults = Counter(), []
    for document in _emitted():
        assert has_rules(document)
        count, found = broken(document)
        evaluated[document["kind"]] += count
        faults += [f"{document['metadata']['name']}{each}" for each in found]

    assert faults == []
    assert set(evaluated) == set(KINDS)
    assert min(evaluated.values()) > len(_emitted())


def _relabel(pool):
    pool["spec"]["template"]["metadata"]["labels"]["karpenter.sh/nodepool"] = "other"


def _unvalued(pool):
    pool["spec"]["template"]["spec"]["requirements"][0].update(operator="Gt", values=["-1"])


def _rerouted(route):
    route["spec"]["rules"][0]["matches"][0]["path"]["value"] = "/a/../b"


@pytest.mark.parametrize(
    ("kind", "change", "place"),
    [
        ("NodePool", _relabel, "/spec/template/metadata/labels"),
        ("NodePool", _unvalued, "/spec/template/spec/requirements"),
        (
            "EC2NodeClass",
            lambda one: one["spec"].update(instanceProfile="nodes"),
            "/spec",
        ),
        (
            "EC2NodeClass",
            lambda one: one["spec"]["amiSelectorTerms"].append({"alias": "al2@latest"}),
            "/spec/amiSelectorTerms",
        ),
        ("HTTPRoute", _rerouted, "/spec/rules/0/matches/0/path"),
        (
            "HTTPRoute",
            lambda one: one["spec"]["parentRefs"].append(one["spec"]["parentRefs"][0]),
            "/spec/parentRefs",
        ),
    ],
)
def test_what_a_crd_refuses_is_seen(kind, change, place):
    document = _one(kind)
    change(document)

    _, found = broken(document)

    assert place in {each.partition(":")[0] for each in found}
