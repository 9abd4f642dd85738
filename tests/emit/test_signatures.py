"""The policy of signatures, its document, and what comes with it."""

import json

import pytest
import yaml

from mlopsgen.artifact import Artifact
from tests.build import a_plan
from tests.conformance.schemas import CRDS
from tests.plan.test_signatures import DIGEST, ECR, running, signing
from tests.prove.emitting import emit

SECTIONS = {
    **running(f"ghcr.io/acme/train@{DIGEST}"),
    "policies": {"signatures": {"ours": signing("ghcr.io/acme/*")}},
}


def _emitted(**sections) -> dict[str, Artifact]:
    return {each.path: each for each in emit(a_plan(**{**SECTIONS, **sections}))}


def _policy(**sections):
    [policy] = _emitted(**sections)["apps/policies/clusterpolicy-acme-signed-images.yaml"].objects
    return policy


def test_without_signatures_there_is_no_policy_and_no_document():
    paths = set(_emitted(policies={}))

    assert "helm/kyverno.yaml" in paths
    assert not {path for path in paths if "clusterpolicy" in path or "docs/signatures" in path}


def test_a_policy_refuses_and_pins_what_it_verified():
    spec = _policy()["spec"]
    [rule] = spec["rules"]
    [check] = rule["verifyImages"]

    assert spec["webhookConfiguration"]["failurePolicy"] == "Fail"
    assert (check["failureAction"], check["mutateDigest"]) == ("Enforce", True)
    assert check["required"] is check["verifyDigest"] is True
    assert rule["match"]["any"][0]["resources"]["kinds"] == ["Pod"]


def test_a_policy_that_only_warns_says_why_and_stops_nothing():
    audited = {**SECTIONS["policies"], "audit": {"signed-images": "nothing is signed yet"}}

    policy = _policy(policies=audited)
    [check] = policy["spec"]["rules"][0]["verifyImages"]

    assert policy["metadata"]["annotations"]["mlopsgen/because"] == "nothing is signed yet"
    assert policy["spec"]["webhookConfiguration"]["failurePolicy"] == "Ignore"
    assert (check["failureAction"], check["mutateDigest"]) == ("Audit", False)
    assert policy["spec"]["emitWarning"] is True


def _defaults(schema, path=()):
    """Yield the places of the values that the API server adds to what lists hold."""
    for key, child in schema.get("properties", {}).items():
        if "default" in child:
            yield (*path, key)
        yield from _defaults(child, (*path, key))
    if "items" in schema:
        yield from _defaults(schema["items"], (*path, "[]"))


def _at(node, path):
    if not path:
        return [node]
    step, *rest = path
    if step == "[]":
        return [found for each in node for found in _at(each, rest)]
    return _at(node[step], rest) if step in node else [None] if not rest else []


@pytest.mark.skipif(not CRDS.is_dir(), reason="the CRD schemas are not there")
def test_every_default_in_a_list_is_written_out():
    schema = json.loads((CRDS / "kyverno.io" / "clusterpolicy_v1.json").read_text("utf-8"))
    policy, seen = _policy(), 0

    for path in _defaults(schema):
        if "[]" in path and "autogen" not in path:
            found = _at(policy, list(path))
            assert None not in found, path
            seen += len(found)
    assert seen >= 6


def test_argo_cd_may_apply_it_and_nothing_else_of_kyverno():
    [project] = _emitted(
        components={**SECTIONS["components"], "argocd": {}},
        gitops={"repository": "https://github.com/acme/platform.git"},
    )["argocd/appproject-acme.yaml"].objects
    kinds = list(project["spec"]["clusterResourceWhitelist"])

    assert {"group": "kyverno.io", "kind": "ClusterPolicy"} in kinds
    assert [each for each in kinds if "kyverno" in each["group"]] == [
        {"group": "kyverno.io", "kind": "ClusterPolicy"}
    ]


def test_kyverno_logs_in_to_ecr_only_where_it_has_to():
    image = f"{ECR}/ml/train@{DIGEST}"
    without = _emitted()["helm/kyverno.yaml"].body
    signatures = {"signatures": {"ours": signing(f"{ECR}/ml/*")}}
    within = _emitted(**running(image), policies=signatures)["helm/kyverno.yaml"].body

    assert without["features"]["registryClient"]["credentialHelpers"] == ["default"]
    assert "rbac" not in without["admissionController"]
    assert within["features"]["registryClient"]["credentialHelpers"] == ["default", "amazon"]
    assert within["admissionController"]["rbac"]["serviceAccount"]["annotations"] == {
        "eks.amazonaws.com/role-arn": (
            "arn:aws:iam::111122223333:role/acme-dev-kyverno-admission-controller"
        )
    }


def test_the_controllers_that_change_things_are_left_out():
    values = _emitted()["helm/kyverno.yaml"].body

    for each in ("backgroundController", "cleanupController", "reportsController"):
        assert values[each] == {"enabled": False}
    assert values["rbac"]["roles"]["aggregate"] == {"admin": False, "view": False}


def test_a_platform_without_namespaces_asks_kyverno_about_nothing_of_its_own():
    paths = _emitted(namespaces={}, pipelines={}, policies=SECTIONS["policies"])

    assert "config" in paths["helm/kyverno.yaml"].body
    assert not [path for path in paths if "clusterpolicy" in path]
    assert yaml.safe_dump(dict(paths["helm/kyverno.yaml"].body))


def test_somebody_is_told_when_nobody_verifies():
    watched = {
        "components": {**SECTIONS["components"], "prometheus": {}},
        "alerts": {"builtin": ["KyvernoDown"]},
    }

    [rule] = [
        rule
        for path, artifact in _emitted(**watched).items()
        if path.startswith("apps/monitoring/prometheusrule")
        for document in artifact.objects
        for group in document["spec"]["groups"]
        for rule in group["rules"]
    ]

    assert rule["alert"] == "KyvernoDown"
    up = 'up{job="kyverno-svc-metrics", namespace="kyverno"}'
    assert rule["expr"] == f"max by (job, namespace) ({up}) == 0 or absent({up})"
    assert (rule["for"], rule["labels"]["severity"]) == ("2m", "critical")


@pytest.mark.parametrize(
    "policies", [{}, {**SECTIONS["policies"], "audit": {"signed-images": "not yet"}}]
)
def test_nobody_is_woken_for_a_kyverno_that_stops_nothing(policies):
    parts = {**SECTIONS["components"], "prometheus": {}}
    paths = _emitted(components=parts, policies=policies, alerts={"builtin": "all"})

    assert not [path for path in paths if "kyverno-down" in path]


def test_the_document_lists_what_runs_signed_and_what_does_not():
    text = _emitted()["docs/signatures.md"].body

    assert f"| `ghcr.io/acme/train@{DIGEST}` | `pipelines.train` | `ours` |" in text
    assert "| `quay.io/argoproj/argoexec:v3.7.4` | `components.argo-workflows` | none |" in text
    assert "An image without the signature doesn't start." in text
