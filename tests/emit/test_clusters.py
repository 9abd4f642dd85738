"""What a hub is told of its clusters, in the objects that Argo CD reads."""

import base64
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mlopsgen.compiler import emitted
from mlopsgen.load import load
from mlopsgen.lock import Lock
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.conformance.schemas import faults
from tests.fleet import AUTHORITY, clusters, written

SHAPES = Shapes(TEMPLATES)


@cache
def _files(environment):
    return _built(clusters(), environment)


def _built(document, environment):
    with TemporaryDirectory() as folder:
        loaded = load(written(document, Path(folder)))
        draft = emitted(loaded, environment, Lock(), SHAPES)
    assert draft.ok
    return {artifact.path: artifact for artifact in draft.artifacts}


def _one(environment, path):
    [document] = _files(environment)[path].objects
    return document


@pytest.mark.parametrize("environment", ["ops", "dev", "prod"])
def test_argo_cd_takes_all_of_it(environment):
    objects = [
        one
        for path, artifact in _files(environment).items()
        if path.startswith(("argocd/", "hub/", "apps/clusters/"))
        for one in artifact.objects
    ]

    assert objects
    assert {one["metadata"]["name"]: found for one in objects if (found := faults(one))} == {}


def test_a_cluster_is_a_secret_without_a_secret():
    secret = _one("ops", "apps/clusters/secret-acme-prod.yaml")

    data = {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}
    assert secret["metadata"]["labels"]["argocd.argoproj.io/secret-type"] == "cluster"
    assert (data["name"], data["server"]) == ("acme-prod", "https://PROD.eks.amazonaws.com")
    assert json.loads(data["config"]) == {
        "awsAuthConfig": {
            "clusterName": "acme-prod",
            "roleARN": "arn:aws:iam::444455556666:role/acme-prod-argocd",
        },
        "tlsClientConfig": {"caData": AUTHORITY, "insecure": False},
    }


def test_each_cluster_has_a_root_that_reads_its_own_revision():
    made = _one("ops", "apps/clusters/applicationset-acme-clusters.yaml")["spec"]

    [generator] = made["generators"]
    read = {
        each["root"]: (each["revision"], each["path"]) for each in generator["list"]["elements"]
    }
    assert read == {
        "acme-dev.root": ("main", "generated/dev/hub"),
        "acme-prod.root": ("v1", "generated/prod/hub"),
    }
    assert made["syncPolicy"] == {"preserveResourcesOnDeletion": True}
    assert made["goTemplateOptions"] == ["missingkey=error"]


def test_whoever_deletes_a_root_deletes_nothing_else():
    template = _one("ops", "apps/clusters/applicationset-acme-clusters.yaml")["spec"]["template"]

    assert "finalizers" not in template["metadata"]


def test_the_project_of_a_root_permits_projects_and_applications_of_the_hub_alone():
    project = _one("ops", "apps/clusters/appproject-acme-prod.root.yaml")["spec"]

    assert [row["kind"] for row in project["namespaceResourceWhitelist"]] == [
        "AppProject",
        "Application",
    ]
    assert project["destinations"] == [
        {"server": "https://kubernetes.default.svc", "namespace": "argocd"}
    ]


def test_secrets_are_written_by_the_project_of_the_clusters_alone():
    permitted = {
        path
        for path, artifact in _files("ops").items()
        for one in artifact.objects
        if one["kind"] == "AppProject"
        and any(
            row["kind"] == "Secret" for row in one["spec"].get("namespaceResourceWhitelist", ())
        )
    }

    assert permitted == {"argocd/appproject-acme-clusters.yaml"}
    application = _one("ops", "argocd/application-clusters.yaml")
    assert application["spec"]["project"] == "acme-clusters"


def test_a_cluster_that_is_not_there_yet_is_left_out_of_all_but_the_roles():
    document = clusters()
    del document["environments"]["prod"]["cluster"]

    files = _built(document, "ops")

    assert [path for path in files if "acme-prod" in path] == []
    assert "acme-prod-argocd" in json.dumps(files["terraform/platform.tfvars.json"].body)

    del document["environments"]["dev"]["cluster"]
    assert [path for path in _built(document, "ops") if "clusters" in path] == []


def test_a_cluster_with_a_hub_has_no_argo_cd_of_its_own():
    files = _files("prod")

    assert [path for path in files if path.startswith("argocd/")] == []
    assert "helm/argocd.yaml" not in files
    variables = files["terraform/platform.tfvars.json"].body
    assert "argocd" not in variables["helm_releases"]
    assert "bootstrap_manifest" not in variables
    namespaces = {
        one["metadata"].get("namespace")
        for path, artifact in files.items()
        if path.startswith("apps/")
        for one in artifact.objects
    }
    assert "argocd" not in namespaces


def test_its_role_trusts_the_two_callers_of_the_hub_and_administers():
    access = _files("prod")["terraform/platform.tfvars.json"].body["argocd_access"]

    assert access == {
        "role_name": "acme-prod-argocd",
        "trusted_role_arns": [
            "arn:aws:iam::111122223333:role/acme-ops-argocd-application-controller",
            "arn:aws:iam::111122223333:role/acme-ops-argocd-server",
        ],
        "policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "cidr_blocks": ["10.0.0.0/16"],
    }


def test_who_calls_from_outside_is_let_in_by_the_endpoint_and_not_by_a_network():
    document = clusters(prod={"cluster": {"endpoint": {"publicCidrs": ["198.51.100.7/32"]}}})

    variables = _built(document, "prod")["terraform/platform.tfvars.json"].body

    assert variables["argocd_access"]["cidr_blocks"] == []
    assert variables["cluster_endpoint_public_access_cidrs"] == ["198.51.100.7/32"]


def test_everything_of_a_cluster_goes_to_it_and_bears_its_name():
    for path, artifact in _files("prod").items():
        for one in artifact.objects if path.startswith("hub/") else ():
            assert one["metadata"]["name"].startswith("acme-prod.")
            assert one["metadata"]["labels"]["mlopsgen/cluster"] == "acme-prod"
            spec = one["spec"]
            places = spec.get("destinations") or [spec["destination"]]
            assert {place["name"] for place in places} == {"acme-prod"}
            assert not any("server" in place for place in places)


def test_the_hub_knows_the_health_and_the_owners_of_what_only_others_have():
    values = _files("ops")["helm/argocd.yaml"].body

    assert "resource.customizations.health.karpenter.sh_NodePool" in values["configs"]["cm"]
    assert values["configs"]["rbac"]["policy.owners.csv"].splitlines() == [
        "p, role:acme-dev.namespace-search, projects, get, acme-dev.namespace-search, allow",
        "g, search-team, role:acme-dev.namespace-search",
    ]
    for key in ("controller", "server"):
        [arn] = values[key]["serviceAccount"]["annotations"].values()
        assert arn.startswith("arn:aws:iam::111122223333:role/acme-ops-argocd-")


def test_the_access_matrix_says_who_administers_the_cluster():
    text = _files("prod")["docs/access.md"].body

    assert "The Argo CD of `acme-ops` reconciles this cluster" in text
    assert "`acme-prod-argocd`" in text


def test_a_cluster_that_a_hub_reconciles_keeps_its_windows_in_the_hub_too():
    window = {"kind": "deny", "schedule": {"cron": "0 16 * * 5"}, "duration": "64h"}
    document = clusters(prod={"gitops": {"syncWindows": [window]}})
    hub, spoke = _built(document, "ops"), _built(document, "prod")

    projects = [
        one
        for artifact in (*hub.values(), *spoke.values())
        for one in artifact.objects
        if one["kind"] == "AppProject"
    ]
    held = {one["metadata"]["name"] for one in projects if "syncWindows" in one["spec"]}
    assert held == {
        one["metadata"]["name"]
        for one in projects
        if one["metadata"]["labels"].get("mlopsgen/cluster") == "acme-prod"
        or one["metadata"]["name"] == "acme-prod.root"
    }
