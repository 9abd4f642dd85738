import pytest

from mlopsgen.check.networks import open_to_all
from tests.check.platforms import a_platform, a_public_balancer, codes, found, only

AWS = {"region": "eu-west-1", "accountId": "111122223333"}


def _vpc(cidr, **cluster):
    return a_platform(aws=AWS | {"vpcCidr": cidr}, cluster=cluster)


@pytest.mark.parametrize(
    ("cidr", "fix"),
    [
        ("10.0.1.0/16", "write `10.0.0.0/16`"),
        ("10.0.0.256/16", "write four numbers"),
        ("10.0.0.0/33", "write four numbers"),
        ("010.0.0.0/16", "write four numbers"),
        ("300.0.0.0/16", "write four numbers"),
    ],
)
def test_a_network_that_is_none_is_found(cidr, fix):
    finding = only(_vpc(cidr))

    assert finding.code == "NET001"
    assert finding.at == ("aws", "vpcCidr")
    assert finding.fix.startswith(fix)


def test_every_network_is_looked_at():
    document = _vpc(
        "10.0.0.1/16", serviceCidr="172.20.0.1/16", endpoint={"publicCidrs": ["1.2.3.4/24"]}
    )
    document["exposure"] = {"argocd": a_public_balancer(inboundCidrs=["1.2.3.4/24"])}

    assert [finding.at[-1] for finding in found(document)] == ["vpcCidr", "serviceCidr", 0, 0]


@pytest.mark.parametrize("length", range(16, 21))
def test_a_vpc_that_aws_takes_is_fine(length):
    assert found(_vpc(f"10.0.0.0/{length}")) == []


@pytest.mark.parametrize(
    ("cidr", "fix"),
    [
        ("10.0.0.0/8", "write `vpcCidr: 10.0.0.0/16`"),
        ("10.0.16.0/21", "write `vpcCidr: 10.0.16.0/20`"),
        ("10.0.0.0/28", "write `vpcCidr: 10.0.0.0/20`"),
    ],
)
def test_a_vpc_too_large_or_too_small_gets_one_that_fits(cidr, fix):
    assert only(_vpc(cidr)).fix == fix


@pytest.mark.parametrize("cidr", ["172.16.0.0/12", "192.168.0.0/24", "10.128.0.0/12"])
def test_a_service_network_that_eks_takes_is_fine(cidr):
    assert found(_vpc("10.0.0.0/16", serviceCidr=cidr)) == []


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("10.128.0.0/11", "is a /11; it must be /12 to /24"),
        ("172.20.0.0/25", "is a /25; it must be /12 to /24"),
        ("100.64.0.0/16", "isn't in a private range"),
        ("172.0.0.0/12", "isn't in a private range"),
    ],
)
def test_a_service_network_that_eks_refuses_is_found(cidr, message):
    finding = only(_vpc("10.0.0.0/16", serviceCidr=cidr))

    assert finding.at == ("cluster", "serviceCidr")
    assert message in finding.message


def test_services_beside_the_vpc():
    finding = only(_vpc("10.100.0.0/16", serviceCidr="10.100.128.0/20"))

    assert finding.code == "NET003"
    assert finding.at == ("cluster", "serviceCidr")
    assert finding.related[0].at == ("aws", "vpcCidr")
    assert finding.fix == "write `serviceCidr: 172.20.0.0/16`"


def test_a_default_that_overlaps_is_found_at_what_was_written():
    finding = only(_vpc("172.20.0.0/16"))

    assert finding.at == ("aws", "vpcCidr")
    assert finding.related == ()
    assert finding.fix.startswith("write `serviceCidr: 10.100.0.0/16` under `cluster`")


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "128.0.0.0/1", "0.0.0.0/7"])
def test_halves_of_the_internet_are_open_too(cidr):
    assert open_to_all(cidr)
    assert codes(_vpc("10.0.0.0/16", endpoint={"publicCidrs": ["203.0.113.0/24", cidr]})) == [
        "NET004"
    ]


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "203.0.113.7/32"])
def test_a_network_of_somebody_is_not_the_internet(cidr):
    assert found(_vpc("10.0.0.0/16", endpoint={"publicCidrs": [cidr]})) == []
