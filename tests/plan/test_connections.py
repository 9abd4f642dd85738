"""Flows are right when nothing that works needs another one, and nothing is open for nobody."""

from __future__ import annotations

import pytest

from mlopsgen.facts import component, component_names
from mlopsgen.plan import Addresses, Pods
from tests.build import a_plan, reference_plan

ARGOCD = {"argocd": {}}


@pytest.fixture(scope="module")
def reference():
    return reference_plan()


def _from(plan, name):
    return [
        flow for flow in plan.flows if isinstance(flow.source, Pods) and flow.source.name == name
    ]


def _ports(flows, target):
    return {port.number for flow in flows if flow.target.name == target for port in flow.ports}


def _targets(plan, name):
    return {flow.target.name for flow in _from(plan, name)}


def test_an_install_hook_reaches_the_api_that_it_writes_to(reference):
    hooks = {f"{name}-{key}" for name in component_names() for key in component(name).jobs}

    assert hooks >= {"prometheus-admission-create", "argocd-redis-secret-init"}
    assert {name for name in hooks if _targets(reference, name) == {"the API server"}} == hooks


def test_a_cache_calls_nobody(reference):
    assert _targets(reference, "argocd-redis") == set()


def test_webhooks_call_the_api_and_nothing_outside(reference):
    for name in ("cert-manager-webhook", "cert-manager-cainjector", "external-secrets-webhook"):
        assert _targets(reference, name) == {"the API server"}


def test_what_renders_charts_of_others_does_not_reach_the_api(reference):
    targets = _targets(reference, "argocd-repo-server")

    assert "outside" in targets
    assert "the API server" not in targets


def test_alerts_leave_the_cluster(reference):
    assert _ports(_from(reference, "prometheus-alertmanager"), "outside") == {443}


def test_prometheus_reaches_what_its_chart_makes_it_scrape(reference):
    flows = _from(reference, "prometheus-prometheus")

    assert _ports(flows, "coredns-dns") == {9153}
    assert _ports(flows, "prometheus-alertmanager") == {9093, 8080}
    assert _ports(flows, "the nodes") == {9100, 10250}


def test_pods_on_the_network_of_their_node_are_no_subject_of_policies(reference):
    ends = {
        end.name
        for flow in reference.flows
        for end in (flow.source, flow.target)
        if isinstance(end, Pods)
    }

    assert "prometheus-node-exporter" not in ends


@pytest.mark.parametrize("name", ["models", "mlflow-server", "argocd-repo-server"])
def test_pods_without_business_there_are_kept_from_the_api_server(reference, name):
    [outside] = {flow.target for flow in _from(reference, name) if flow.target.name == "outside"}

    assert isinstance(outside, Addresses)
    assert set(outside.excluded) >= set(reference.network.api)


def test_nothing_that_calls_the_api_server_is_kept_from_it(reference):
    callers = {flow.source for flow in reference.flows if flow.target.name == "the API server"}
    outside = [
        flow.target
        for flow in reference.flows
        if flow.source in callers and flow.target.name == "outside"
    ]

    assert outside
    for target in outside:
        assert not set(target.excluded) & set(reference.network.api)


@pytest.mark.parametrize(
    ("repository", "ports"),
    [
        ("https://github.com/acme/platform.git", {443}),
        ("https://git.example.com:8443/platform.git", {443, 8443}),
        ("git@github.com:acme/platform.git", {443, 22}),
        ("ssh://git@github.com/acme/platform.git", {443, 22}),
        ("ssh://git@ssh.github.com:443/acme/platform.git", {443}),
        ("ssh://git@git.example.com:7999/platform.git", {443, 7999}),
    ],
)
def test_argo_cd_reaches_the_repository_on_its_port(repository, ports):
    plan = a_plan(components=ARGOCD, gitops={"repository": repository})

    assert _ports(_from(plan, "argocd-repo-server"), "outside") == ports


def test_callers_of_a_model_name_it_as_the_service_of_kserve_selects_it(reference):
    [flow] = [flow for flow in reference.flows if flow.because == "requests from the namespace"]

    key, values = flow.target.behind
    assert key == "app"
    assert set(values) == {f"isvc.{one.name}-predictor" for one in reference.served}


def _served(**models):
    components = {"cert-manager": {}, "kserve": {}, "prometheus": {}}
    own = {"runtime": "sklearn", "source": "s3://acme-models/churn/1"}
    given = {name: {**own, **more} for name, more in models.items()}
    plan = a_plan(components=components, models=given)
    return {
        (flow.target.name, flow.ports[0].number): flow.target
        for flow in plan.flows
        if flow.because == "scrapes of the models"
    }


def _own(**container):
    return {"runtime": "custom", "container": {"image": "ghcr.io/acme/own:1.0.0", **container}}


def test_models_with_one_port_of_metrics_are_scraped_as_one():
    assert _served(churn={}, iris={}).keys() == {("models", 8080)}


def test_each_port_of_metrics_is_opened_at_the_models_that_have_it():
    found = _served(churn={}, own=_own(port=9000, metrics={"port": 9100}))

    assert {key: pods.one_of for key, pods in found.items()} == {
        ("models-metrics-8080", 8080): ("app", ("isvc.churn-predictor",)),
        ("models-metrics-9100", 9100): ("app", ("isvc.own-predictor",)),
    }


def test_a_model_without_metrics_is_left_alone():
    assert _served(own=_own(port=9000)) == {}
    assert _served(churn={}, own=_own(port=9000)).keys() == {("models-metrics-8080", 8080)}
