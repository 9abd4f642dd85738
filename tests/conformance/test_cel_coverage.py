"""Every rule in CEL that the CRDs of our kinds carry is kept by our contracts, or out of reach.

The API server evaluates these rules after an object has passed the schema. A build doesn't carry
them: its contracts are closed, so that a rule is kept where the contract refuses whatever breaks
it. Each rule has a specimen here that breaks it, or it is about a field that no contract has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import yaml

from mlopsgen.prove import schemas
from tests.build import ROOT
from tests.conformance.crd_rules import asked, refuses
from tests.conformance.schemas import CRDS

pytestmark = pytest.mark.skipif(not CRDS.is_dir(), reason="the CRD schemas are not there")

KINDS = {
    "EC2NodeClass": "karpenter.k8s.aws/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "NodePool": "karpenter.sh/v1",
    "SecretStore": "external-secrets.io/v1",
}
"""All kinds that are emitted and whose CRD has such rules: a test holds it against the CRDs."""

TEMPLATE, NODE = ("spec", "template", "metadata"), ("spec", "template", "spec")
ROUTE = ("spec", "rules", 0)
MATCH = (*ROUTE, "matches", 0, "path", "value")
PREFIX = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
_FILTERS = {
    "CORS": "cors",
    "ExtensionRef": "extensionRef",
    "ExternalAuth": "externalAuth",
    "RequestHeaderModifier": "requestHeaderModifier",
    "RequestMirror": "requestMirror",
    "RequestRedirect": "requestRedirect",
    "ResponseHeaderModifier": "responseHeaderModifier",
    "URLRewrite": "urlRewrite",
}


def _requirement(**changes: Any) -> list[dict[str, Any]]:
    return [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"], **changes}]


def _ami(*terms: dict[str, str]) -> list[dict[str, str]]:
    return list(terms)


_LABELS = (
    "kubernetes.io", "a.kubernetes.io/b", "kubernetes.io/hostname", "k8s.io", "a.k8s.io/b",
    "karpenter.sh", "karpenter.sh/nodepool", "karpenter.sh/other", "karpenter.k8s.aws",
    "karpenter.k8s.aws/other",
)  # fmt: skip

SPECIMENS: dict[str, list[tuple[tuple[str | int, ...], Any]]] = {
    "NodePool": [
        (("spec",), {"replicas": 2, "limits": {"cpu": "4"}, "weight": 3}),
        (("spec", "disruption", "budgets", 0, "schedule"), "@daily"),
        *[((*TEMPLATE, "labels", key), "x") for key in _LABELS],
        ((*NODE, "nodeClassRef", "group"), ""),
        ((*NODE, "nodeClassRef", "kind"), ""),
        ((*NODE, "nodeClassRef", "name"), ""),
        ((*NODE, "requirements"), _requirement(values=[])),
        ((*NODE, "requirements"), _requirement(operator="Gt", values=["-1"])),
        ((*NODE, "requirements"), _requirement(operator="Gt", values=["9" * 20])),
        ((*NODE, "requirements"), _requirement(operator="Lt", values=["1", "2"])),
        ((*NODE, "requirements"), _requirement(minValues=2)),
        *[((*NODE, "requirements"), _requirement(key=key)) for key in _LABELS],
    ],
    "EC2NodeClass": [
        (("spec", "instanceProfile"), "nodes"),
        (("spec", "role"), ""),
        *[
            (("spec",), {"amiFamily": "Other", "amiSelectorTerms": [{"alias": f"{family}@latest"}]})
            for family in ("al2", "al2023", "bottlerocket", "windows2019", "windows2022")
        ],
        (("spec", "amiSelectorTerms"), _ami({"id": "ami-1"})),
        (("spec", "amiSelectorTerms"), _ami({})),
        (("spec", "amiSelectorTerms"), _ami({"id": "ami-1", "name": "a"})),
        (("spec", "amiSelectorTerms"), _ami({"alias": "al2023@latest", "name": "a"})),
        (("spec", "amiSelectorTerms"), _ami({"alias": "al2023@latest"}, {"id": "ami-1"})),
        (("spec", "amiSelectorTerms"), _ami({"alias": "al2023"})),
        (("spec", "amiSelectorTerms"), _ami({"alias": "ubuntu@latest"})),
        (("spec", "amiSelectorTerms"), _ami({"alias": "windows2022@v1"})),
        (
            ("spec", "blockDeviceMappings"),
            [{"rootVolume": True, "ebs": {"volumeSize": "9Gi"}}] * 2,
        ),
        (("spec", "blockDeviceMappings", 0, "ebs", "volumeSize"), ...),
        (("spec", "blockDeviceMappings", 0, "ebs", "volumeInitializationRate"), 100),
        *[
            (("spec", terms), value)
            for terms in ("securityGroupSelectorTerms", "subnetSelectorTerms")
            for value in (
                [],
                [{}],
                [{"id": "x-1", "tags": {"a": "b"}}],
                [{"tags": {"": "b"}}],
                [{"tags": {"a": ""}}],
            )
        ],
        (("spec", "securityGroupSelectorTerms"), [{"name": "x", "tags": {"a": "b"}}]),
        *[
            (("spec", "tags", key), "x")
            for key in (
                "",
                "eks:eks-cluster-name",
                "kubernetes.io/cluster",
                "kubernetes.io/cluster/a",
                "kubernetes.io/clusters",
                "karpenter.sh/nodepool",
                "karpenter.sh/nodeclaim",
                "karpenter.k8s.aws/ec2nodeclass",
            )
        ],
    ],
    "HTTPRoute": [
        *[
            (MATCH, value)
            for value in (
                "a",
                "/a//b",
                "/./a",
                "/../a",
                "/a%2fb",
                "/a%2Fb",
                "/a#b",
                "/..",
                "/.",
                "/ ",
            )
        ],
        ((*ROUTE, "matches", 0, "path", "type"), "Other"),
        ((*ROUTE, "backendRefs", 0, "port"), ...),
        ((*ROUTE, "filters"), [{"type": kind} for kind in _FILTERS]),
        ((*ROUTE, "filters"), [{"type": "Other", own: {}} for own in _FILTERS.values()]),
        *[((*ROUTE, "filters"), [{"type": kind}] * 2) for kind in _FILTERS],
        (
            (*ROUTE, "filters"),
            [
                {"type": "RequestRedirect", "requestRedirect": {"path": PREFIX}},
                {"type": "URLRewrite"},
            ],
        ),
        *[
            ((*ROUTE, "filters"), [{"type": "URLRewrite", "urlRewrite": {"path": path}}])
            for path in (
                {"type": "ReplaceFullPath"},
                {"type": "Other", "replaceFullPath": "/"},
                {"type": "ReplacePrefixMatch"},
                {"type": "Other", "replacePrefixMatch": "/"},
            )
        ],
        *[
            (
                (*ROUTE,),
                {
                    "matches": [{"path": {"type": "Exact", "value": "/"}}],
                    place: [{"type": kind, _FILTERS[kind]: {"path": PREFIX}}]
                    if place == "filters"
                    else [{"filters": [{"type": kind, _FILTERS[kind]: {"path": PREFIX}}]}],
                },
            )
            for kind in ("RequestRedirect", "URLRewrite")
            for place in ("filters", "backendRefs")
        ],
        ((*ROUTE, "timeouts"), {"request": "1s", "backendRequest": "2s"}),
        (("spec", "rules"), [{"matches": [{}] * 60}] * 3),
        (("spec", "rules"), [{"name": "a", "matches": [{}]}] * 2),
    ],
    "SecretStore": [],
}
"""Changes of an emitted object, each of which breaks a rule of its CRD or more."""


@cache
def _emitted(kind: str) -> dict[str, Any]:
    trees = (ROOT / "generated", ROOT / "tests" / "golden")
    paths = sorted(path for tree in trees for path in tree.rglob(f"apps/*/{kind.lower()}-*.yaml"))
    found: dict[str, Any] = yaml.safe_load(paths[0].read_text(encoding="utf-8"))
    return found


def _changed(kind: str, route: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    document = deepcopy(_emitted(kind))
    node: Any = document
    for step in route[:-1]:
        node = node[step] if isinstance(step, int) else node.setdefault(step, {})
    if value is ...:
        del node[route[-1]]
    elif isinstance(value, dict) and isinstance(node, dict) and route[-1] in node:
        node[route[-1]] = {**node[route[-1]], **value}
    else:
        node[route[-1]] = value
    return document


def _crd(kind: str) -> dict[str, Any]:
    group, _, version = KINDS[kind].partition("/")
    path = CRDS / group / f"{kind.lower()}_{version}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _rules(schema: dict[str, Any], place: str = "") -> Iterator[tuple[str, str]]:
    for each in schema.get("x-kubernetes-validations", ()):
        yield place, each["rule"]
    for key, child in schema.get("properties", {}).items():
        yield from _rules(child, f"{place}/{key}")
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(key), dict):
            yield from _rules(schema[key], f"{place}/{mark}")


def _reached(contract: dict[str, Any], place: str) -> bool:
    """Say whether an object that keeps to *contract* can have anything at *place*."""
    node: Any = contract
    for step in place.split("/")[1:]:
        node = _followed(node, contract)
        if step == "[]":
            node = node.get("items", {})
        elif step in node.get("properties", {}):
            node = node["properties"][step]
        elif node.get("additionalProperties") is False:
            return False
        else:
            node = node.get("additionalProperties", {})
    return node is not False


def _followed(node: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        file, _, pointer = node["$ref"].partition("#/")
        found: Any = schemas.read(schemas.CONTRACTS / "common.json") if file else root
        for step in pointer.split("/"):
            found = found[step]
        node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def _general(place: str) -> str:
    return re.sub(r"/\d+(?=/|$)", "/[]", place)


def _broken(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (_general(place), rule) for place, rule, value in asked(document) if refuses(rule, value)
    }


def _new(rule: str) -> bool:
    return not re.search(r"\boldSelf\b", rule)


UNBREAKABLE = {
    ("HTTPRoute", "/spec/parentRefs"): "the contract has one parent: none is beside another",
}
"""Rules that nothing reachable breaks, by kind and place."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_within_reach_has_a_specimen_that_breaks_it(kind):
    group, _, version = KINDS[kind].partition("/")
    contract = schemas.read(schemas.CONTRACTS / group / f"{kind.lower()}_{version}.json")
    within = {
        (place, rule)
        for place, rule in _rules(_crd(kind))
        if _new(rule) and _reached(contract, place) and (kind, place) not in UNBREAKABLE
    }
    broken = set().union(*(_broken(_changed(kind, *each)) for each in SPECIMENS[kind]), set())

    assert sorted(within - broken) == []


@pytest.mark.parametrize(
    ("kind", "route", "value"),
    [(kind, *each) for kind, rows in SPECIMENS.items() for each in rows],
)
def test_what_breaks_a_rule_is_refused_by_our_contract(kind, route, value):
    document = _changed(kind, route, value)
    contract = schemas.contract(KINDS[kind], kind)

    assert _broken(document)
    assert contract is not None
    assert not contract.is_valid(document)


def test_all_kinds_with_rules_are_looked_at():
    ruled = {
        f"{path.parent.name}/{path.stem}"
        for path in CRDS.glob("*/*.json")
        if "x-kubernetes-validations" in path.read_text(encoding="utf-8")
    }
    ours = {f"{path.parent.name}/{path.stem}" for path in schemas.CONTRACTS.glob("*/*.json")}
    named = {
        f"{version.partition('/')[0]}/{kind.lower()}_{version.partition('/')[2]}"
        for kind, version in KINDS.items()
    }

    assert ruled & ours == named


def test_a_secret_store_has_no_field_that_a_rule_is_about():
    contract = schemas.read(schemas.CONTRACTS / "external-secrets.io/secretstore_v1.json")
    places = {place for place, _ in _rules(_crd("SecretStore"))}

    assert places
    assert not any(_reached(contract, place) for place in places)
