import pytest

from tests.check.platforms import (
    CERTIFICATE,
    a_balancer,
    a_model,
    a_platform,
    a_public_balancer,
    codes,
    found,
    only,
    serving,
)


def _door(name, balancer):
    if name == "model":
        return serving(iris=a_model(exposure=balancer))
    return a_platform(exposure={name: balancer})


DOORS = pytest.mark.parametrize("name", ["argocd", "mlflow", "model"])


@DOORS
def test_inside_the_vpc_nothing_more_is_asked(name):
    assert found(_door(name, a_balancer())) == []


@DOORS
def test_with_certificate_and_networks_it_may_face_the_internet(name):
    assert found(_door(name, a_public_balancer())) == []


@DOORS
def test_without_a_certificate_it_may_not(name):
    balancer = a_public_balancer()
    del balancer["certificate"]
    finding = only(_door(name, balancer))

    assert finding.code == "NET005"
    assert "arn:aws:acm:eu-west-1:111122223333:certificate/ID" in finding.fix


@DOORS
def test_without_networks_it_may_not(name):
    balancer = a_public_balancer()
    del balancer["inboundCidrs"]

    assert codes(_door(name, balancer)) == ["NET006"]


@pytest.mark.parametrize(
    ("name", "expected"), [("argocd", []), ("mlflow", ["NET006"]), ("model", [])]
)
def test_only_mlflow_is_never_for_everybody(name, expected):
    balancer = a_public_balancer(inboundCidrs=["203.0.113.0/24", "0.0.0.0/0"])

    assert codes(_door(name, balancer)) == expected


@pytest.mark.parametrize(
    ("old", "new", "of"),
    [
        ("eu-west-1", "us-east-1", "region `us-east-1`"),
        ("111122223333", "444455556666", "account `444455556666`"),
        (":acm:", ":iam:", "service `iam`"),
    ],
)
def test_a_certificate_from_elsewhere_is_found(old, new, of):
    finding = only(_door("argocd", a_public_balancer(certificate=CERTIFICATE.replace(old, new))))

    assert finding.code == "NET007"
    assert finding.at == ("exposure", "argocd", "certificate")
    assert f"is of {of}; the load balancer needs" in finding.message


def test_a_certificate_without_all_its_parts_is_found():
    assert codes(_door("argocd", a_public_balancer(certificate="arn:aws:acm:x"))) == ["NET007"]
