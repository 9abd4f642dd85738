from __future__ import annotations

import re

from mlopsgen.plan.balancing import ANNOTATION, ingress_annotations
from mlopsgen.spec import LoadBalancer
from tests.build import a_plan

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1"


def _settings(plan=None, **changes):
    balancer = LoadBalancer.model_validate(
        {"alb": "internal", "host": "iris.example.com", **changes}
    )
    found = ingress_annotations(plan or a_plan(), balancer, "/health")
    return {key.removeprefix(ANNOTATION): value for key, value in found.items()}


def test_an_internal_load_balancer_takes_the_vpc_unless_told_otherwise():
    assert _settings()["inbound-cidrs"] == "10.0.0.0/16"
    assert _settings(inboundCidrs=["10.1.0.0/16"])["inbound-cidrs"] == "10.1.0.0/16"


def test_an_internet_facing_one_takes_everybody_unless_told_otherwise():
    assert _settings(alb="internet-facing")["inbound-cidrs"] == "0.0.0.0/0"


def test_scheme_and_targets_are_always_said_because_the_defaults_differ():
    settings = _settings(alb="internet-facing")

    assert settings["scheme"] == "internet-facing"
    assert settings["target-type"] == "ip"
    assert settings["healthcheck-path"] == "/health"


def test_a_certificate_brings_https_and_a_redirect_to_it():
    settings = _settings(certificate=CERTIFICATE)

    assert settings["listen-ports"] == '[{"HTTP":80},{"HTTPS":443}]'
    assert settings["certificate-arn"] == CERTIFICATE
    assert settings["ssl-redirect"] == "443"
    assert "TLS13" in settings["ssl-policy"]


def test_without_a_certificate_nothing_is_said_about_tls():
    settings = _settings()

    assert settings["listen-ports"] == '[{"HTTP":80}]'
    assert settings.keys().isdisjoint({"certificate-arn", "ssl-policy", "ssl-redirect"})


def test_only_those_that_agree_on_everything_shared_are_in_one_group():
    variants = [
        {},
        {"alb": "internet-facing"},
        {"certificate": CERTIFICATE},
        {"inboundCidrs": ["10.1.0.0/16"]},
    ]

    groups = [_settings(**variant)["group.name"] for variant in variants]

    assert len(set(groups)) == len(variants)
    assert _settings(host="other.example.com")["group.name"] == groups[0]
    assert _settings(certificate=f"{CERTIFICATE}2")["group.name"] == groups[2]


def test_the_order_of_networks_does_not_matter():
    networks = ["10.2.0.0/16", "10.1.0.0/16"]

    assert _settings(inboundCidrs=networks) == _settings(inboundCidrs=networks[::-1])


def test_environments_never_share_a_load_balancer():
    groups = [_settings(a_plan(environment))["group.name"] for environment in ("dev", "prod")]

    assert len(set(groups)) == 2


def test_the_longest_names_still_make_a_group_that_the_controller_takes():
    plan = a_plan("e" * 12, name="p" * 20)

    group = _settings(plan, alb="internet-facing")["group.name"]

    assert len(group) == 58
    assert re.fullmatch(r"([a-z0-9][-a-z0-9.]*)?[a-z0-9]", group)
