"""Contracts for patched objects: what they add is in the real kinds, and never laxer than those."""

from copy import deepcopy
from functools import cache

import pytest
import yaml

from mlopsgen.prove import schemas
from tests.conformance.corrupt import corruptions
from tests.conformance.schemas import KUBERNETES, core, crd, faults
from tests.golden import GOLDEN

OPERATORS = ("EC2NodeClass", "InferenceService", "NodePool", "WorkflowTemplate")
KINDS = ("Deployment", "Ingress", *OPERATORS)


@cache
def patched():
    """Return the objects of the golden platform that patches wrote, by kind."""
    found = {}
    for path in sorted((GOLDEN / "patches" / "generated" / "prod" / "apps").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if "patches." in text.partition("\n")[0]:
            document = yaml.safe_load(text)
            found.setdefault(document["kind"], []).append(document)
    return found


def real(document):
    group, _, version = document["apiVersion"].rpartition("/")
    if document["kind"] not in OPERATORS:
        return core(document["apiVersion"], document["kind"])
    return crd(group, document["kind"], version)


def ours(document):
    """Say whether we take it: by the contract and, where Kubernetes knows the kind, its schema."""
    version, kind = document["apiVersion"], document["kind"]
    validators = (schemas.widened(version, kind), schemas.core(version, kind, KUBERNETES))
    return all(each.is_valid(document) for each in validators if each)


def test_every_contract_for_patches_has_an_object():
    names = {path.name.partition("_")[0] for path in schemas.CONTRACTS.glob("*/*.patched.json")}

    assert names == {kind.lower() for kind in KINDS}
    assert set(KINDS) <= set(patched())


@pytest.mark.parametrize("kind", KINDS)
def test_what_patches_wrote_is_taken_by_the_real_kind_and_by_ours(kind):
    for document in patched()[kind]:
        assert faults(document) == []
        assert ours(document)
        contract = schemas.contract(document["apiVersion"], kind)
        assert kind not in OPERATORS or not contract.is_valid(document)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_real_kind_refuses_ours_refuses(kind):
    tried, laxer = 0, []
    for document in patched()[kind]:
        for done, spoilt in corruptions(document):
            tried += 1
            if not real(document).is_valid(spoilt) and ours(spoilt):
                laxer.append(done)

    assert tried > 50
    assert laxer == []


POD = {
    "Deployment": ("spec", "template", "spec"),
    "InferenceService": ("spec", "predictor"),
    "WorkflowTemplate": ("spec", "templates", 1),
}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def selecting(**expression):
    return {
        "nodeAffinity": {
            REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", **expression}]}]}
        }
    }


REFUSED_LATER = [
    ("tolerations", [{"key": "a", "operator": "Equals"}]),
    ("tolerations", [{"operator": "Equal", "value": "a"}]),
    ("tolerations", [{"key": "a", "operator": "Exists", "value": "b"}]),
    ("tolerations", [{"key": "a", "operator": "Exists", "effect": "NoSchedul"}]),
    ("tolerations", [{"key": "a", "operator": "Exists", "tolerationSeconds": 5}]),
    ("tolerations", []),
    ("hostAliases", [{"ip": "10.0.0.256", "hostnames": ["a"]}]),
    ("hostAliases", [{"ip": "10.0.0.", "hostnames": ["a"]}]),
    ("hostAliases", [{"ip": "10.0.0.1", "hostnames": ["A_b"]}]),
    ("hostAliases", [{"ip": "10.0.0.1"}]),
    ("affinity", selecting(operator="In")),
    ("affinity", selecting(operator="In", values=[])),
    ("affinity", selecting(operator="Exists", values=["a"])),
    ("affinity", selecting(operator="Gt", values=["a"])),
    ("affinity", selecting(operator="Gt", values=["1", "2"])),
    ("affinity", selecting(operator="Like", values=["a"])),
    ("affinity", {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}}),
    ("affinity", {"nodeAffinity": {PREFERRED: [{"weight": 101, "preference": {}}]}}),
    ("affinity", {"podAffinity": {REQUIRED: [{"topologyKey": "a"}]}}),
]
"""The API server refuses such a pod, or no proof follows it; most CRDs take it in an object."""


@pytest.mark.parametrize("kind", POD)
@pytest.mark.parametrize(("field", "value"), REFUSED_LATER)
def test_what_would_be_refused_when_pods_are_made_is_refused(kind, field, value):
    document = deepcopy(patched()[kind][-1])
    node = document
    for step in POD[kind]:
        node = node[step]
    assert ours(document)

    node[field] = value

    assert not ours(document)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("healthcheck-interval-seconds", "5"),
        ("healthcheck-interval-seconds", "soon"),
        ("healthy-threshold-count", "1"),
        ("shield-advanced-protection", "yes"),
        ("tags", "risk"),
        ("wafv2-acl-arn", "arn:aws:wafv2:eu-west-1:111122223333:global/webacl/a/b"),
        ("group.order", "1001"),
    ],
)
def test_an_annotation_that_the_controller_cannot_read_is_refused(name, value):
    document = deepcopy(patched()["Ingress"][0])

    document["metadata"]["annotations"][f"alb.ingress.kubernetes.io/{name}"] = value

    assert not ours(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dnsConfig", {"nameservers": ["10.0.0.1"]}),
        ("dnsConfig", {"searches": ["a b"]}),
        ("dnsConfig", {"options": [{"value": "2"}]}),
        ("terminationGracePeriodSeconds", 20),
        (
            "deploymentStrategy",
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
        ),
    ],
)
def test_what_would_break_a_model_is_refused(field, value):
    document = deepcopy(patched()["InferenceService"][-1])

    document["spec"]["predictor"][field] = value

    assert not ours(document)
