"""A hub that is told anything else of a cluster than its environment says is found out."""

import base64
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mlopsgen.compiler import emitted
from mlopsgen.load import load
from mlopsgen.lock import Lock
from mlopsgen.prove import ownership
from mlopsgen.prove.emitted import Emitted
from mlopsgen.prove.hubs import clusters_are_told_as_they_are
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.fleet import clusters, written
from tests.prove.emitting import set_to, spoiled, taken, without

SET = "apps/clusters/applicationset-acme-clusters.yaml"
SECRET = "apps/clusters/secret-acme-prod.yaml"
ROOT = "apps/clusters/appproject-acme-prod.root.yaml"
VALUES = "helm/argocd.yaml"


@cache
def _source(environment="ops"):
    with TemporaryDirectory() as folder:
        draft = emitted(
            load(written(clusters(), Path(folder))), environment, Lock(), Shapes(TEMPLATES)
        )
    assert draft.ok
    return draft.plan, draft.artifacts


def _found(changed):
    return [each.message for each in clusters_are_told_as_they_are(changed)]


def test_what_is_emitted_has_nothing_wrong():
    assert _found(Emitted.of(*_source())) == []


def _config(**changes):
    def edit(body):
        config = json.loads(base64.b64decode(body["data"]["config"]))
        for key, value in changes.items():
            part = "tlsClientConfig" if key in {"caData", "insecure"} else "awsAuthConfig"
            config[part][key] = value
        body["data"]["config"] = base64.b64encode(json.dumps(config).encode()).decode()

    return edit


def _text(text):
    return base64.b64encode(text.encode()).decode()


ELEMENT = ("spec", "generators", 0, "list", "elements", 1)


@pytest.mark.parametrize(
    ("path", "edit", "says"),
    [
        (SECRET, set_to("data", "server", value=_text("https://x.com")), "its address is"),
        (SECRET, set_to("data", "name", value=_text("acme-qa")), "isn't one of the hub's"),
        (SECRET, _config(roleARN="arn:aws:iam::1:role/x"), "its role is"),
        (SECRET, _config(clusterName="acme-dev"), "its name in AWS is"),
        (SECRET, _config(caData="x"), "its certificate is"),
        (SECRET, _config(insecure=True), "whether anybody is believed"),
        (SET, set_to(*ELEMENT, "path", value="generated/dev/hub"), "what it reads for"),
        (SET, set_to(*ELEMENT, "revision", value="main"), "what it reads for"),
        (SET, set_to(*ELEMENT, "cluster", value="acme-qa"), "isn't one of the hub's clusters"),
        (SET, set_to(*ELEMENT, "root", value="acme-root"), "the project for `acme-prod` is"),
        (SET, taken(*ELEMENT), "no Application is made for the cluster `acme-prod`"),
        (
            ROOT,
            set_to("spec", "namespaceResourceWhitelist", 0, "kind", value="Secret"),
            "the kinds that it permits",
        ),
        (ROOT, set_to("spec", "destinations", 0, "namespace", value="x"), "where it permits"),
        (
            ROOT,
            set_to("spec", "clusterResourceWhitelist", value=[{"group": "", "kind": "Node"}]),
            "outside of namespaces",
        ),
        (
            VALUES,
            taken("configs", "cm", "resource.customizations.health.karpenter.sh_NodePool"),
            "of which `acme-prod` has objects",
        ),
        (VALUES, taken("configs", "rbac", "policy.owners.csv"), "lacks the policy"),
        (
            VALUES,
            set_to(
                "configs",
                "rbac",
                "policy.owners.csv",
                value="g, search-team, role:acme-dev.namespace-search\n"
                "g, others, role:acme-dev.namespace-search\n",
            ),
            "has the policy `g, others,",
        ),
    ],
)
def test_anything_else_is_found(path, edit, says):
    found = _found(spoiled(_source(), path, edit))

    assert any(says in message for message in found), found


def test_a_cluster_that_is_not_told_of_is_found():
    assert _found(without(_source(), SECRET)) == [
        "the address of `acme-prod` isn't told to Argo CD"
    ]
    assert any("which isn't there" in each for each in _found(without(_source(), ROOT)))


def test_an_application_of_a_cluster_that_goes_elsewhere_is_not_let_through():
    path = "hub/application-acme-dev.network.yaml"

    changed = spoiled(
        _source("dev"), path, set_to("spec", "destination", "name", value="acme-prod")
    )

    found = [each.message for each in ownership.proved(changed) if each.code == "OWN003"]
    assert any("Application `argocd/acme-dev.network` goes to" in message for message in found)


def test_whoever_signs_in_sees_nothing_where_only_other_clusters_have_owners():
    changed = spoiled(
        _source(), VALUES, set_to("configs", "rbac", "policy.default", value="role:readonly")
    )

    [finding] = [each for each in ownership.proved(changed) if each.code == "OWN008"]
    assert "gives everybody who signs in `role:readonly`" in finding.message
