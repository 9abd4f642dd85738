"""Hubs: which Argo CD reconciles a cluster, how it finds it, and what keeps it from that."""

import base64

import pytest

from mlopsgen.check import check
from mlopsgen.load import fleet
from mlopsgen.lock import Lock
from tests.fleet import AUTHORITY, at, clusters, platform, read


def _found(document, folder, environment):
    loaded = read(document, folder)
    told = check(platform(loaded, environment), environment, Lock(), fleet(loaded))
    return [each for each in told if each.code.startswith(("HUB", "NEED", "NAME"))]


def _codes(document, folder, environment="prod"):
    return [each.code for each in _found(document, folder, environment)]


@pytest.mark.parametrize("environment", ["ops", "dev", "prod"])
def test_a_hub_and_its_clusters_have_nothing_to_mend(tmp_path, environment):
    assert _codes(clusters(), tmp_path, environment) == []


def test_a_hub_is_an_environment_of_this_platform(tmp_path):
    [finding] = _found(clusters(gitops={"hub": "opps"}), tmp_path, "prod")

    assert finding.code == "HUB001"
    assert finding.fix == "write `ops`, or leave `hub` out"


def test_a_platform_without_environments_has_no_hub_but_itself(tmp_path):
    document = clusters(gitops={"hub": "default"}, components={"argocd": {}})
    del document["environments"]
    assert _codes(document, tmp_path, "default") == []

    document["gitops"]["hub"] = "ops"
    [finding] = _found(document, tmp_path, "default")
    assert finding.fix == "declare `ops` under `environments`, or leave `hub` out"


def test_a_hub_has_an_argo_cd(tmp_path):
    document = clusters()
    document["environments"]["ops"] = {}

    [finding] = _found(document, tmp_path, "prod")

    assert (finding.code, finding.at) == ("HUB001", ("gitops", "hub"))
    assert "no `components.argocd`" in finding.message


def test_a_hub_of_a_hub_is_told_once_with_the_hub_that_will_do(tmp_path):
    document = clusters(qa={"components": {"argocd": {}}}, ops={"gitops": {"hub": "qa"}})
    document["environments"]["ops"]["components"] = {}

    [finding] = _found(document, tmp_path, "prod")

    assert (finding.code, finding.fix) == ("HUB002", "write `hub: qa` here")


def test_two_hubs_of_each_other_are_untied(tmp_path):
    document = clusters(ops={"gitops": {"hub": "prod"}})
    document["environments"]["ops"]["components"] = {}

    [finding, *_] = _found(document, tmp_path, "prod")

    assert (finding.code, finding.fix) == ("HUB002", "leave `hub` out of one of `ops` and `prod`")


@pytest.mark.parametrize(
    ("section", "given"),
    [("components", {}), ("exposure", {"alb": "internal", "host": "argocd.example.com"})],
)
def test_a_cluster_with_a_hub_has_no_argo_cd_and_no_way_in_to_one(tmp_path, section, given):
    document = clusters(prod={section: {"argocd": given}})

    found = _found(document, tmp_path, "prod")

    assert [each.at for each in found if each.code == "HUB003"] == [(section, "argocd")]
    assert not any("`argocd` isn't installed" in each.message for each in found)


def test_what_all_have_an_overlay_takes_away(tmp_path):
    document = clusters(components={"argocd": {}}, prod={"components": {"argocd": None}})

    assert _codes(document, tmp_path) == []
    assert _codes(document, tmp_path, "dev") == ["HUB003"]


def test_an_address_is_that_of_one_cluster(tmp_path):
    document = clusters(prod={"cluster": at("DEV")})

    assert _codes(document, tmp_path) == ["HUB004"]
    assert _codes(document, tmp_path, "dev") == ["HUB004"]
    # The hub alone is built with both.
    found = _found(document, tmp_path, "ops")
    assert [(each.code, each.at) for each in found] == [
        ("HUB004", ("environments", name, "cluster", "address")) for name in ("dev", "prod")
    ]


def test_a_name_is_that_of_one_cluster_and_not_the_one_of_argo_cd_itself(tmp_path):
    document = clusters(prod={"name": "acme-a"})
    document["environments"]["a-prod"] = {"aws": {"vpcCidr": "10.3.0.0/16"}, "cluster": at("A")}
    [finding] = _found(document, tmp_path, "prod")
    assert finding.message == "this cluster and that of `a-prod` are both called `acme-a-prod`"

    document = clusters(name="in")
    document["environments"]["cluster"] = document["environments"].pop("prod")
    [finding] = _found(document, tmp_path, "cluster")
    assert finding.message.startswith("the cluster is called `in-cluster`")


@pytest.mark.parametrize("lacking", ["address", "certificateAuthority"])
def test_an_address_and_its_certificate_come_together(tmp_path, lacking):
    document = clusters()
    del document["environments"]["prod"]["cluster"][lacking]

    first = _found(document, tmp_path, "prod")[0]

    assert (first.code, first.fix.split(";")[0]) == ("HUB005", f"add `{lacking}`")


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n",
        b"\xff\xfe",
    ],
)
def test_a_certificate_is_one(tmp_path, text):
    authority = base64.b64encode(text).decode()
    document = clusters(prod={"cluster": {"certificateAuthority": authority}})

    [finding] = _found(document, tmp_path, "prod")

    assert (finding.code, finding.at[-1]) == ("HUB005", "certificateAuthority")


def test_a_hub_is_not_built_with_half_of_where_a_cluster_is(tmp_path):
    document = clusters()
    del document["environments"]["prod"]["cluster"]["certificateAuthority"]

    [finding] = _found(document, tmp_path, "ops")

    assert finding.at == ("environments", "prod", "cluster", "address")
    assert "--name acme-prod --region us-east-2" in finding.fix


def test_base64_with_a_wrong_end_is_no_certificate(tmp_path):
    document = clusters(prod={"cluster": {"certificateAuthority": AUTHORITY.rstrip("=") + "A"}})

    assert _codes(document, tmp_path) == ["HUB005"]


def test_a_cluster_that_is_not_there_yet_is_told_of(tmp_path):
    document = clusters()
    del document["environments"]["prod"]["cluster"]

    [finding] = _found(document, tmp_path, "prod")

    assert (finding.code, finding.severity) == ("HUB006", "warning")
    assert "describe-cluster --name acme-prod --region us-east-2" in finding.fix


def test_an_address_without_a_hub_is_read_by_nobody(tmp_path):
    document = clusters(prod={"gitops": {"hub": None}})

    [finding] = _found(document, tmp_path, "prod")

    assert (finding.code, finding.at) == ("HUB006", ("cluster", "address"))


@pytest.mark.parametrize(
    ("cidr", "public", "codes"),
    [
        ("10.0.0.0/16", [], ["HUB007"]),
        ("10.0.0.0/20", [], ["HUB007"]),
        ("10.0.0.0/16", ["198.51.100.7/32"], []),
        ("10.2.0.0/16", [], []),
    ],
)
def test_networks_that_have_to_be_joined_do_not_overlap(tmp_path, cidr, public, codes):
    endpoint = {"endpoint": {"publicCidrs": public}}
    document = clusters(prod={"aws": {"vpcCidr": cidr}, "cluster": endpoint})

    assert _codes(document, tmp_path) == codes


def test_admins_are_those_of_the_hub(tmp_path):
    document = clusters(gitops={"admins": ["all"]}, prod={"gitops": {"admins": ["all", "some"]}})

    [finding] = _found(document, tmp_path, "prod")

    assert (finding.code, finding.severity) == ("HUB008", "warning")
    assert "`some`" in finding.message
    assert "`all`" not in finding.message


def test_whoever_is_built_with_what_can_not_be_read_is_told_so(tmp_path):
    document = clusters(dev={"cluster": {"address": "http://dev"}})

    assert _codes(document, tmp_path, "ops") == ["HUB009"]
    assert _codes(document, tmp_path, "prod") == []

    document = clusters(ops={"aws": {"zones": 9}})
    assert _codes(document, tmp_path, "prod") == ["HUB009"]

    document = clusters(prod={"gitops": {"hub": None}, "aws": {"zones": 9}})
    assert _codes(document, tmp_path, "ops") == []


def test_names_have_to_have_room_for_the_name_of_the_cluster(tmp_path):
    space, name = "s" * 45, "a" * 20
    document = clusters(
        name=name,
        components={"kserve": {}, "cert-manager": {}},
        namespaces={space: {}},
        models={"m": {"runtime": "sklearn", "source": "hf://acme/m", "namespace": space}},
    )

    assert "NAME001" not in _codes(document, tmp_path, "ops")
    [finding] = [each for each in _found(document, tmp_path, "prod") if each.code == "NAME001"]
    assert f"Argo CD Application `{name}-prod.models-{space}`" in finding.message
