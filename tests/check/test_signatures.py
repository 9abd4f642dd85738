from copy import deepcopy

import pytest

from tests.check.platforms import EVERYTHING, a_step, codes, found, only, running

DIGEST = f"sha256:{'a' * 64}"
ISSUER = "https://token.actions.githubusercontent.com"
OURS = "https://github.com/acme/*/.github/workflows/release.yaml@refs/heads/main"
TRAIN = f"ghcr.io/acme/train@{DIGEST}"


def _signed(wanted, *subjects, image=TRAIN, **sections):
    """Return a platform whose step runs *image*, with one signature."""
    signers = [{"issuer": ISSUER, "subject": each} for each in subjects or (OURS,)]
    return {
        **running({"fit": a_step(image=image)}),
        "components": {name: {} for name in (*EVERYTHING, "kyverno")},
        "policies": {"signatures": {"ours": {"images": wanted, "signers": signers}}},
        **sections,
    }


def test_a_signed_image_with_a_digest_is_fine():
    assert found(_signed(["ghcr.io/acme/*"])) == []


def test_signatures_need_kyverno():
    platform = _signed(["ghcr.io/acme/*"])
    del platform["components"]["kyverno"]

    finding = only(platform)

    assert finding.code == "NEED001"
    assert finding.at == ("policies", "signatures")
    assert finding.fix == "add `kyverno: {}` under `components`"


@pytest.mark.parametrize("wanted", ["ghcr.io/acme/trian", "ghcr.io/acme", "ghcr.io/acme/train/*"])
def test_a_name_that_no_image_has_is_found(wanted):
    finding = only(_signed(["ghcr.io/acme/*", wanted]))

    assert (finding.code, finding.severity.value) == ("SIGN001", "warning")
    assert finding.at == ("policies", "signatures", "ours", "images", 1)
    assert f"no image of the platform is `{wanted}`; the platform's are from" in finding.message


@pytest.mark.parametrize("image", ["ghcr.io/acme/train:1.0.0", "ghcr.io/acme/deep/er:2"])
def test_a_signed_image_without_a_digest_is_found(image):
    [finding] = [each for each in found(_signed(["ghcr.io/acme/*"], image=image))
                 if each.code == "SIGN002"]  # fmt: skip

    assert finding.at == ("pipelines", "train", "steps", "fit", "image")
    assert f"`{image}`, without a digest; `policies.signatures.ours` asks" in finding.message


def test_platform_lock_may_hold_the_digest():
    pinned = _signed(["ghcr.io/acme/*"], image="ghcr.io/acme/train:1.0.0", images={"pin": True})

    assert codes(pinned) == ["LOCK005"]


def test_an_image_that_needs_no_signature_needs_no_digest():
    assert codes(_signed(["ghcr.io/acme/*"], image="quay.io/acme/train:1.0.0")) == ["SIGN001"]


@pytest.mark.parametrize(
    ("subject", "wide"),
    [
        ("https://github.com/*/ml/.github/workflows/a.yaml@refs/heads/main", "owner stands"),
        ("https://github.com/acme*/ml/.github/workflows/a.yaml@refs/heads/main", "owner stands"),
        ("https://*/acme/ml", "in the host"),
        ("https://*.com/acme/ml", "in the host"),
        ("https://github.com/", "names no owner"),
        ("https://github.com//*", "names no owner"),
        ("https://github.com", "a host and nobody there"),
        ("ann@*.com", "the domain stands"),
        ("acme*", "the domain stands"),
    ],
)
def test_a_subject_that_may_be_anybody_is_found(subject, wide):
    finding = only(_signed(["ghcr.io/acme/*"], subject))

    assert finding.code == "SIGN003"
    assert wide in finding.message
    assert finding.at[-2:] == (0, "subject")


@pytest.mark.parametrize(
    "subject",
    [
        "https://github.com/acme/*",
        "https://gitlab.com/acme/ml//.gitlab-ci.yml@refs/tags/v*",
        "spiffe://acme.com/ns/build/sa/release",
        "*@acme.com",
        "release@acme.iam.gserviceaccount.com",
    ],
)
def test_a_subject_with_an_owner_is_fine(subject):
    assert found(_signed(["ghcr.io/acme/*"], subject)) == []


def test_an_image_that_argo_adds_is_hardly_signed_by_us():
    findings = found(_signed(["ghcr.io/acme/*", "quay.io/*"]))

    assert [each.code for each in findings] == ["SIGN004"]
    assert findings[0].at == ("policies", "signatures", "ours", "images", 1)
    assert "also for `quay.io/argoproj/argoexec:v3.7.4`" in findings[0].message


def test_a_server_of_kserve_is_hardly_signed_by_us():
    model = {"iris": {"runtime": "mlflow", "source": "s3://acme-models/iris/1"}}
    platform = _signed(["ghcr.io/acme/*", "docker.io/*"], models=model)

    told = [each.message for each in found(platform) if each.code == "SIGN004"]

    assert any("also for `docker.io/" in each and "mlserver" in each for each in told)


def test_a_signature_for_nothing_else_was_meant():
    platform = _signed(["ghcr.io/acme/*"])
    signatures = platform["policies"]["signatures"]
    signatures["argo"] = deepcopy(signatures["ours"])
    signatures["argo"]["images"] = ["quay.io/argoproj/argoexec"]

    assert found(platform) == []
