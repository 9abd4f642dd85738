"""What is emitted for signatures, spoiled one thing at a time: each is found and named."""

from functools import cache

import pytest
import yaml

from mlopsgen.lock import Lock
from mlopsgen.plan import plan
from mlopsgen.prove.emitted import Emitted
from mlopsgen.prove.identity import proved
from mlopsgen.prove.signatures import verified
from mlopsgen.prove.signing import selected
from mlopsgen.spec import Platform
from tests.build import ROOT
from tests.prove.emitting import emit, set_to, spoiled, taken, without

POLICY = "apps/policies/clusterpolicy-signed-signed-images.yaml"
VALUES = "helm/kyverno.yaml"
FIRST = ("spec", "rules", 0)
RESOURCES = (*FIRST, "match", "any", 0, "resources")
CHECK = (*FIRST, "verifyImages", 0)
ENTRIES = (*CHECK, "attestors", 0, "entries")


def _data():
    """Return the golden platform of signatures without its environments."""
    file = ROOT / "tests" / "golden" / "signatures" / "platform.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    del data["environments"]
    return data


def _made(data):
    planned = plan(Platform.model_validate(data), "default", Lock())
    return planned, emit(planned)


@cache
def _platform():
    return _made(_data())


def _changed(change):
    """Return what is found when platform.yaml itself is changed."""
    data = _data()
    change(data)
    return _told(Emitted.of(*_made(data)))


def _told(emitted):
    return [(each.code, each.message) for each in verified(emitted)]


def _valued(**values):
    def change(data):
        data["components"]["kyverno"] = {"values": values}

    return change


def test_what_is_emitted_asks_for_every_signature():
    planned, artifacts = _platform()

    assert _told(Emitted.of(planned, artifacts)) == []


def test_a_policy_that_is_taken_away_is_missed_twice():
    assert _told(without(_platform(), POLICY)) == [
        ("SIGN005", "no policy asks for the signature `ours`"),
        ("SIGN005", "no policy asks for the signature `reviewed`"),
    ]


HERE = f"`{POLICY}`: the rule `ours`"
ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/ml/*"


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (
            set_to(*RESOURCES, "namespaces", value=["training"]),
            ("SIGN005", f"{HERE} isn't in force in `serving`"),
        ),
        (
            set_to(*RESOURCES, "namespaces", value=["serving", "training", "kube-system"]),
            ("SIGN006", f"{HERE} is in force in `kube-system`"),
        ),
        (
            set_to(*CHECK, "imageReferences", value=["ghcr.io/acme/server:*", ECR]),
            ("SIGN005", f"{HERE} isn't for `ghcr.io/acme/server@*`"),
        ),
        (
            set_to(
                *CHECK,
                "imageReferences",
                value=["ghcr.io/acme/server:*", "ghcr.io/acme/server@*", ECR, "quay.io/*"],
            ),
            ("SIGN006", f"{HERE} is for `quay.io/*`"),
        ),
        (
            set_to(*CHECK, "failureAction", value="Audit"),
            ("SIGN005", f"{HERE} lets images run without their signature"),
        ),
        (
            set_to(*CHECK, "mutateDigest", value=False),
            ("SIGN005", f"{HERE} lets images run without their signature"),
        ),
        (
            taken(*ENTRIES, 0),
            (
                "SIGN006",
                (
                    f"{HERE} doesn't know the signer"
                    " `^https://github\\.com/acme/[^/]*/\\.github/workflows/release\\.yaml@refs/tags/"
                    "v[^/]*$ of ^https://token\\.actions\\.githubusercontent\\.com$`"
                ),
            ),
        ),
        (
            lambda body: body["spec"]["rules"].append(
                {**body["spec"]["rules"][0], "name": "others"}
            ),
            ("SIGN006", f"`{POLICY}`: the rule `others` isn't in `policies.signatures`"),
        ),
    ],
)
def test_a_policy_that_asks_for_something_else_is_found(edit, told):
    assert _told(spoiled(_platform(), POLICY, edit)) == [told]


def test_a_signer_who_was_put_in_is_found():
    anybody = set_to(*ENTRIES, 0, "keyless", "subjectRegExp", value="^.*$")

    found = _told(spoiled(_platform(), POLICY, anybody))

    assert found[0] == (
        "SIGN005",
        (
            f"{HERE} is content with a signature by"
            " `^.*$ of ^https://token\\.actions\\.githubusercontent\\.com$`"
        ),
    )
    assert [code for code, _ in found] == ["SIGN005", "SIGN006"]


def test_every_rule_is_open_where_the_webhook_is():
    ignoring = set_to("spec", "webhookConfiguration", "failurePolicy", value="Ignore")

    found = _told(spoiled(_platform(), POLICY, ignoring))

    assert [message.rpartition(": ")[2] for _, message in found] == [
        "the rule `ours` lets images run without their signature",
        "the rule `reviewed` lets images run without their signature",
    ]


def test_a_policy_that_only_warns_lets_images_run():
    def change(data):
        data["policies"]["audit"] = {"signed-images": "not yet"}

    assert _changed(change) == []


SELECTOR = ("config", "webhooks", "namespaceSelector", "matchExpressions")


def test_a_namespace_that_kyverno_is_not_asked_about_is_found():
    one = [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["training"]}]

    assert _told(spoiled(_platform(), VALUES, set_to(*SELECTOR, value=one))) == [
        (
            "SIGN005",
            "`helm/kyverno.yaml`: Kyverno isn't asked about pods of the namespace `serving`",
        )
    ]


@pytest.mark.parametrize(
    "expressions",
    [
        [],
        [{"key": "kubernetes.io/metadata.name", "operator": "Exists"}],
        [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["default"]}],
    ],
)
def test_namespaces_that_kyverno_should_not_be_asked_about_are_found(expressions):
    [(code, message)] = _told(spoiled(_platform(), VALUES, set_to(*SELECTOR, value=expressions)))

    assert code == "SIGN006"
    assert "`kube-system`" in message
    assert "`kyverno`" not in message.partition("pods of")[2]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"features": {"forceFailurePolicyIgnore": {"enabled": True}}},
            "`features.forceFailurePolicyIgnore.enabled` isn't false",
        ),
        (
            {"features": {"policyExceptions": {"enabled": "yes"}}},
            "`features.policyExceptions.enabled` isn't false",
        ),
        ({"features": None}, "isn't false"),
        ({"config": {"excludeUsernames": ["ann"]}}, "has `config.excludeUsernames`"),
        ({"config": {"resourceFilters": []}}, "has `config.resourceFilters`"),
        (
            {"config": {"webhooks": {"objectSelector": {"matchLabels": {"a": "b"}}}}},
            "has `config.webhooks.objectSelector`",
        ),
    ],
)
def test_values_of_users_that_leave_something_out_are_found(values, told):
    found = _changed(_valued(**values))

    assert {code for code, _ in found} == {"SIGN005"}
    assert told in found[0][1]


@pytest.mark.parametrize("webhooks", [None, [], "x", 3, {"namespaceSelector": "x"}])
def test_values_that_are_no_selector_are_a_finding(webhooks):
    codes = {code for code, _ in _changed(_valued(config={"webhooks": webhooks}))}

    assert codes
    assert codes <= {"SIGN005", "SIGN006"}


def test_an_image_that_kyverno_knows_by_another_name_is_found():
    def change(data):
        data["policies"]["signatures"]["ours"]["images"].append("docker.io/library/python")
        data["pipelines"]["train"]["steps"]["fit"]["image"] = f"python:3@sha256:{'a' * 64}"

    [(code, message)] = _changed(change)

    assert code == "SIGN005"
    assert "is `docker.io/library/python`, which `ours` is for" in message


def test_a_model_beside_kyverno_is_never_judged():
    def change(data):
        data["namespaces"]["kyverno"] = {}
        data["models"]["scorer"]["namespace"] = "kyverno"

    [(code, message)] = _changed(change)

    assert code == "SIGN005"
    assert "in the namespace `kyverno`, which is Kyverno's own: it never looks there" in message


def test_it_is_not_judged_where_it_is_the_only_one_either():
    def change(data):
        data["namespaces"] = {"kyverno": {}}
        data["models"] = {"scorer": {**data["models"]["scorer"], "namespace": "kyverno"}}
        data["pipelines"] = {}

    [(code, message)] = _changed(change)

    assert code == "SIGN005"
    assert "it never looks there" in message


def test_a_role_that_lacks_a_repository_is_found():
    source = _platform()
    statements = ("irsa_roles", "signed-default-kyverno-admission-controller", "statements")
    spoilt = spoiled(source, "terraform/platform.tfvars.json", taken(*statements, 1))

    found = [each for each in proved(spoilt) if each.code == "IDENT002"]

    assert len(found) == 1
    assert "reads the signatures of images in ECR" in found[0].message
    assert "arn:aws:ecr:eu-west-1:111122223333:repository/ml/train" in found[0].message


def test_a_role_that_nobody_takes_is_found():
    untaken = taken("admissionController", "rbac")

    codes = {each.code for each in proved(spoiled(_platform(), VALUES, untaken))}

    assert codes == {"IDENT001", "IDENT002"}


@pytest.mark.parametrize(
    ("operator", "values", "taken_in"),
    [
        ("In", ["a"], True),
        ("In", ["b"], False),
        ("NotIn", ["a"], False),
        ("NotIn", [], True),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_a_selector_is_read_as_kubernetes_reads_it(operator, values, taken_in):
    one = {"key": "kubernetes.io/metadata.name", "operator": operator, "values": values}

    assert selected([one], "a") is taken_in
    assert selected([{**one, "key": "team"}], "a") is (operator in {"NotIn", "DoesNotExist"})
