import re

import pytest

from mlopsgen.names import Scope
from mlopsgen.plan.identities import Account
from mlopsgen.plan.signatures import (
    asked,
    covering,
    identity,
    matches,
    namespaces,
    reader,
    references,
    repository,
    seen,
)
from mlopsgen.spec import Signer
from tests.build import a_plan, a_platform

DIGEST = f"sha256:{'a' * 64}"
ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/acme/*/.github/workflows/release.yaml@refs/tags/v*"


def signing(*images, subject=SUBJECT):
    return {"images": list(images), "signers": [{"issuer": ISSUER, "subject": subject}]}


def running(*images):
    """Return the sections of a platform that runs *images* and has what signatures need."""
    steps = {f"s{index}": {"image": each, "command": ["x"]} for index, each in enumerate(images)}
    return {
        "components": {"argo-workflows": {}, "kyverno": {}},
        "storage": {"artifacts": {"bucket": "acme-artifacts"}},
        "pipelines": {"train": {"steps": steps}},
    }


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("nginx", "docker.io/nginx:latest"),
        ("nginx:1.27", "docker.io/nginx:1.27"),
        ("acme/train:1", "docker.io/acme/train:1"),
        ("docker.io/library/nginx:1", "docker.io/library/nginx:1"),
        ("localhost/train:1", "localhost/train:1"),
        ("localhost:5000/train", "localhost:5000/train:latest"),
        (f"ghcr.io/acme/train:1.0@{DIGEST}", f"ghcr.io/acme/train@{DIGEST}"),
        (f"ghcr.io:443/acme/train@{DIGEST}", f"ghcr.io:443/acme/train@{DIGEST}"),
    ],
)
def test_kyverno_names_an_image_in_its_own_way(image, name):
    assert seen(image) == name


@pytest.mark.parametrize(
    ("wanted", "image", "covered"),
    [
        ("ghcr.io/acme/train", f"ghcr.io/acme/train:1@{DIGEST}", True),
        ("ghcr.io/acme/train", "ghcr.io/acme/train", True),
        ("ghcr.io/acme/train", "ghcr.io/acme/trainer:1", False),
        ("ghcr.io/acme/train", "ghcr.io/acme/train/x:1", False),
        ("ghcr.io/acme/*", "ghcr.io/acme/deep/er:1", True),
        ("ghcr.io/acme/*", "ghcr.io/acmes/train:1", False),
        ("ghcr.io/*/train", "ghcr.io/a/b/train:1", True),
        ("ghcr.io/acme/*", "ghcrxio/acme/train:1", False),
        ("docker.io/library/python", "python:3.12", False),
    ],
)
def test_a_name_stands_for_whole_repositories(wanted, image, covered):
    assert any(matches(each, seen(image)) for each in references(wanted)) is covered


@pytest.mark.parametrize(
    ("subject", "who", "same"),
    [
        (SUBJECT, "https://github.com/acme/ml/.github/workflows/release.yaml@refs/tags/v1", True),
        (SUBJECT, "https://github.com/acme/a/b/.github/workflows/release.yaml@refs/tags/v1", False),
        (SUBJECT, "https://github.com/evil/x/.github/workflows/release.yaml@refs/tags/v1", False),
        (SUBJECT, "https://githubXcom/acme/ml/.github/workflows/release.yaml@refs/tags/v1", False),
        (SUBJECT, "https://github.com/acme/ml/.github/workflows/release.yaml@refs/heads/v1", False),
        (
            "https://github.com/acme/ml",
            "https://evil.example/https://github.com/acme/ml",
            False,
        ),
        ("https://github.com/acme/ml", "https://github.com/acme/ml-evil", False),
        ("*@acme.com", "ann@acme.com", True),
        ("*@acme.com", "ann@acme.com.evil.example", False),
        ("*@acme.com", "ann@acmeXcom", False),
        ("ann+ml@acme.com", "ann+ml@acme.com", True),
        ("ann+ml@acme.com", "annnml@acme.com", False),
    ],
)
def test_an_identity_is_held_at_both_ends(subject, who, same):
    issuer, expression = identity(Signer(issuer=ISSUER, subject=subject))

    assert (re.search(expression, who) is not None) is same
    assert re.search(issuer, ISSUER)
    assert not re.search(issuer, f"{ISSUER}.evil.example")


def test_an_image_may_need_two_signatures():
    platform = a_platform(
        policies={
            "signatures": {
                "ours": signing("ghcr.io/acme/*"),
                "reviewed": signing("ghcr.io/acme/train"),
                "others": signing("quay.io/acme/*"),
            }
        }
    )

    assert [each.name for each in covering(platform, "ghcr.io/acme/train:1")] == [
        "ours",
        "reviewed",
    ]
    assert covering(platform, "docker.io/acme/train:1") == ()


def test_nothing_is_asked_where_nothing_is_said():
    assert not asked(a_plan(components={"kyverno": {}}))


def test_the_namespace_of_kyverno_is_never_judged():
    plan = a_plan(
        components={"kyverno": {}},
        namespaces={"kyverno": {}, "mlops": {}},
        policies={"signatures": {"ours": signing("ghcr.io/acme/*")}},
    )

    assert namespaces(plan) == ("mlops",)
    assert asked(plan)


def test_signatures_in_ecr_are_read_repository_by_repository():
    sections = running(
        f"{ECR}/ml/train:1@{DIGEST}",
        f"{ECR}/ml/train:2@{DIGEST}",
        f"{ECR}/other/base@{DIGEST}",
        f"444455556666.dkr.ecr.eu-central-1.amazonaws.com/ml/fit@{DIGEST}",
        f"ghcr.io/acme/train@{DIGEST}",
    )
    signatures = {
        "ours": signing(f"{ECR}/ml/*", "444455556666.dkr.ecr.eu-central-1.amazonaws.com/*")
    }
    plan = a_plan(**sections, policies={"signatures": signatures})

    [role] = plan.parts["kyverno"].identities

    login, pull = role.statements
    assert (login.actions, login.resources) == (("ecr:GetAuthorizationToken",), ("*",))
    assert pull.actions == ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    assert pull.resources == (
        "arn:aws:ecr:eu-central-1:444455556666:repository/ml/fit",
        "arn:aws:ecr:eu-west-1:111122223333:repository/ml/train",
    )
    assert (role.namespace, role.service_account) == ("kyverno", "kyverno-admission-controller")


@pytest.mark.parametrize(
    "signatures", [{}, {"ours": signing("ghcr.io/acme/*")}, {"ours": signing(f"{ECR}/none/*")}]
)
def test_without_an_image_in_ecr_there_is_no_role(signatures):
    sections = running(f"{ECR}/ml/train@{DIGEST}", f"ghcr.io/acme/train@{DIGEST}")
    platform = a_platform(**sections, policies={"signatures": signatures})
    account = Account(Scope("acme", "dev"), "eu-west-1", "111122223333")
    part = a_plan(**sections).parts["kyverno"]

    assert reader(platform, account, part) is None


@pytest.mark.parametrize(
    ("image", "arn"),
    [
        (f"{ECR}/ml/train:1@{DIGEST}", "arn:aws:ecr:eu-west-1:111122223333:repository/ml/train"),
        (f"{ECR}/ml/train", "arn:aws:ecr:eu-west-1:111122223333:repository/ml/train"),
        (f"evil.example/{ECR}/ml/train", None),
        (f"{ECR}.evil.example/ml/train", None),
        ("ghcr.io/acme/train:1", None),
    ],
)
def test_a_repository_of_ecr_is_told_from_others(image, arn):
    assert repository(image) == arn
