"""One thing is broken in what was written, and the proof names it."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from functools import cache

import pytest

from mlopsgen.emit import EMITTERS
from mlopsgen.plan import Addresses, Flow, Pods, Port
from mlopsgen.prove.network import network
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import reference_plan

NETWORK = "apps/network/networkpolicy-"
TFVARS = "terraform/platform.tfvars.json"


@cache
def _reference():
    plan = reference_plan()
    shapes = Shapes(TEMPLATES)
    return plan, tuple(artifact for emit in EMITTERS for artifact in emit(plan, shapes))


def _found(path, change, plan=None):
    """Return what is found when *change* has been done to the file *path*, or it is gone."""
    decided, artifacts = _reference()
    assert any(each.path == path for each in artifacts)
    broken = [
        replace(each, body=_changed(each.body, change)) if each.path == path else each
        for each in artifacts
        if each.path != path or change is not None
    ]
    return list(network(plan or decided, broken))


def _changed(body, change):
    copy = deepcopy(body)
    change(copy[0] if isinstance(copy, tuple) else copy)
    return copy


def _messages(path, change):
    return [(each.code, each.message) for each in _found(path, change)]


def _said(found, code, message):
    return (code, message) in found


def _policy(name):
    return f"{NETWORK}{name}.yaml"


def test_the_reference_platform_is_as_declared():
    assert list(network(*_reference())) == []


def test_a_policy_that_is_gone_is_missed_at_its_side_of_each_flow():
    found = _messages(_policy("mlflow.mlflow-server"), None)

    assert _said(
        found,
        "FLOW001",
        "pipeline `iris-training` can't connect to `mlflow` on port 5000: no policy of `mlflow`"
        " lets that in"
        " (runs and models)",
    )
    assert _said(
        found,
        "FLOW001",
        "`mlflow` can't connect to the database on port 5432: no policy of `mlflow` lets that out"
        " (PostgreSQL)",
    )
    assert {code for code, _ in found} == {"FLOW001"}


def test_dns_is_missed():
    found = _messages(_policy("mlflow.all"), None)

    [(code, message)] = found
    assert code == "FLOW001"
    assert message == (
        "`mlflow` and other pods of `mlflow` can't connect to `coredns` and the Service"
        " `kube-dns` on ports 53 and 53/UDP: no policy of `mlflow` lets that out (DNS)"
    )


def test_default_deny_is_missed():
    found = _messages(_policy("mlops.default-deny"), None)

    [(code, message)] = found
    assert code == "FLOW004"
    assert message == (
        "in `mlops` pipeline `iris-training` and other pods of `mlops` may be reached by"
        " everybody: no policy is for them (ingress)"
    )


@pytest.mark.parametrize("kept", ["Egress", "Ingress"])
def test_default_deny_refuses_both_ways(kept):
    def change(document):
        document["spec"]["policyTypes"] = [kept]

    found = _messages(_policy("argo.default-deny"), change)

    # Every pod has DNS, and so a policy for what it connects to.
    assert {code for code, _ in found} == ({"FLOW004"} if kept == "Egress" else set())


def test_a_value_that_kserve_never_writes_selects_nothing():
    def change(document):
        key = "serving.kserve.io/inferenceservice"
        document["spec"]["podSelector"] = {"matchLabels": {key: "true"}}

    found = _messages(_policy("mlops.models"), change)

    assert _said(
        found,
        "FLOW005",
        "`apps/network/networkpolicy-mlops.models.yaml` is for no pods of `mlops`: none has its"
        " labels",
    )
    assert any(code == "FLOW001" and "requests from the namespace" in text for code, text in found)


def test_a_label_of_pods_that_is_gone_leaves_a_policy_for_nobody():
    def change(document):
        del document["spec"]["podMetadata"]["labels"]

    found = _found("apps/pipelines-mlops/workflowtemplate-iris-training.yaml", change)

    codes = {each.code for each in found}
    assert "FLOW005" in codes
    assert any("pipeline-iris-training" in each.message for each in found)


def test_a_port_that_is_gone_is_named():
    def change(document):
        [rule, *_] = document["spec"]["egress"]
        rule["ports"] = [port for port in rule["ports"] if port["port"] != 5000]

    [(code, message)] = _messages(_policy("mlops.pipeline-iris-training"), change)

    assert code == "FLOW001"
    assert message.startswith("pipeline `iris-training` can't connect to `mlflow` and the Service")
    assert "on port 5000: no policy of `mlops` lets that out" in message


def test_the_port_of_a_service_is_judged_before_it_is_translated():
    def change(document):
        [rule, *_] = document["spec"]["egress"]
        rule["ports"] = [port for port in rule["ports"] if port["port"] != 80]

    [(code, message)] = _messages(_policy("mlops.pipeline-iris-training"), change)

    assert code == "FLOW001"
    assert "can't connect to the Service `mlflow` on port 80" in message


def test_a_selector_that_the_service_has_not_leaves_its_address_closed():
    def change(document):
        for rule in document["spec"]["egress"]:
            for peer in rule["to"]:
                if "matchExpressions" in peer.get("podSelector", {}):
                    key = "serving.kserve.io/inferenceservice"
                    expression = {"key": key, "operator": "Exists"}
                    peer["podSelector"] = {"matchExpressions": [expression]}

    found = _messages(_policy("mlops.all"), change)

    assert [code for code, _ in found] == ["FLOW001"]
    assert "the Service `iris-predictor`" in found[0][1]


def test_a_peer_that_is_gone_is_named():
    def change(document):
        document["spec"]["ingress"] = []

    [(code, message)] = _messages(_policy("mlops.models-metrics-8082"), change)

    assert code == "FLOW001"
    assert message.startswith("`prometheus` (prometheus) can't connect to model `iris` and ")
    assert message.endswith("no policy of `mlops` lets that in (scrapes of the models)")


def test_a_namespace_that_is_not_there_is_named():
    def change(document):
        [rule, *_] = document["spec"]["egress"]
        labels = rule["to"][0]["namespaceSelector"]["matchLabels"]
        labels["kubernetes.io/metadata.name"] = "ml-flow"

    found = _messages(_policy("mlops.pipeline-iris-training"), change)

    assert {code for code, _ in found} == {"FLOW001", "FLOW005"}
    assert any("nothing matches what `egress[0]` names" in text for _, text in found)


def test_load_balancers_come_from_their_subnets_not_from_their_controller():
    def change(document):
        [rule] = document["spec"]["ingress"]
        space = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
        rule["from"] = [peer for peer in rule["from"] if "ipBlock" not in peer]
        rule["from"].append({"namespaceSelector": space})

    denied, opened = _messages(_policy("mlflow.mlflow-server"), change)

    assert _said(
        [denied],
        "FLOW001",
        "internet-facing load balancers can't connect to `mlflow` on port 5000: no policy of"
        " `mlflow` lets that in (users of mlflow through the load balancer)",
    )
    assert opened[0] == "FLOW002"
    assert "be reached by other pods of `kube-system`, `coredns`" in opened[1]


def test_the_credentials_of_nodes_are_kept_from_pods():
    def change(document):
        for rule in document["spec"]["egress"]:
            for peer in rule["to"]:
                peer.get("ipBlock", {}).pop("except", None)

    [(code, message)] = _messages(_policy("mlops.pipeline-iris-training"), change)

    assert code == "FLOW002"
    assert message == (
        "`apps/network/networkpolicy-mlops.pipeline-iris-training.yaml` lets pipeline"
        " `iris-training` connect to `169.254.169.254/32` on port 443, which nothing declares"
    )


def test_two_peers_where_one_was_meant_open_a_namespace():
    def change(document):
        for rule in document["spec"]["ingress"]:
            rule["from"] = [
                {key: value}
                for peer in rule["from"]
                for key, value in peer.items()
                if key != "ipBlock"
            ] + [peer for peer in rule["from"] if "ipBlock" in peer]

    found = _messages(_policy("mlflow.mlflow-server"), change)

    assert {code for code, _ in found} >= {"FLOW003"}
    assert all("networkpolicy-mlflow.mlflow-server" in text for _, text in found)


@pytest.mark.parametrize("selector", [{}, {"matchExpressions": []}])
def test_labels_of_pods_alone_are_anybodys(selector):
    def change(document):
        for rule in document["spec"]["ingress"]:
            for peer in rule["from"]:
                if "namespaceSelector" in peer:
                    peer["namespaceSelector"] = selector

    found = _messages(_policy("mlflow.mlflow-server"), change)

    assert found
    assert {code for code, _ in found} == {"FLOW002"}
    assert "be reached by other namespaces" in found[0][1]


@pytest.mark.parametrize("cidr", ["nope", "10.0.0.0/33", "::/0", ""])
def test_what_is_no_network_of_ipv4_matches_nothing(cidr):
    def change(document):
        document["spec"]["egress"][1]["to"][0] = {"ipBlock": {"cidr": cidr}}

    found = _messages(_policy("mlops.pipeline-iris-training"), change)

    assert "FLOW005" in {code for code, _ in found}


def test_nulls_in_lists_are_empty_objects():
    def change(document):
        document["spec"]["ingress"] = [{"from": [None], "ports": [None]}, None]

    assert "FLOW002" in {each.code for each in _found(_policy("mlflow.mlflow-server"), change)}


def test_a_range_of_ports_opens_more_than_is_declared():
    def change(document):
        document["spec"]["ingress"][0]["ports"] = [{"port": 5000, "endPort": 5999}]

    found = _messages(_policy("mlflow.mlflow-server"), change)

    assert any("ports 5001-5999" in text for _, text in found)
    assert {code for code, _ in found} == {"FLOW002", "FLOW003"}


def test_a_rule_without_ports_opens_all_of_them():
    def change(document):
        del document["spec"]["egress"][-1]["ports"]

    found = _messages(_policy("mlflow.mlflow-server"), change)

    assert found
    assert all(code == "FLOW002" and "10.0.160.0/" in text for code, text in found)


def test_names_of_ports_are_looked_up_at_the_pods():
    def change(document):
        document["spec"]["ingress"][0]["ports"] = [{"port": "mlflow", "protocol": "TCP"}]

    assert _found(_policy("mlflow.mlflow-server"), change) == []

    def mistake(document):
        document["spec"]["ingress"][0]["ports"] = [{"port": "http", "protocol": "TCP"}]

    assert "FLOW001" in {each.code for each in _found(_policy("mlflow.mlflow-server"), mistake)}


def test_policies_are_made_for_ingress_where_nothing_is_said():
    def change(document):
        del document["spec"]["policyTypes"]

    assert _found(_policy("mlops.pipeline-iris-training"), change) == []
    assert _found(_policy("mlops.models"), change) == []


def test_a_model_that_answers_on_another_port_is_named():
    def change(document):
        document["spec"]["predictor"]["model"]["ports"] = [{"name": "http", "containerPort": 9999}]

    found = _found("apps/models-mlops/inferenceservice-iris.yaml", change)

    assert {each.code for each in found} == {"FLOW009", "FLOW010"}
    assert any(each.message.startswith("model `iris` answers on 9999") for each in found)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", '{"enableNetworkPolicy":true}'])
def test_an_add_on_that_enforces_nothing_is_named(text):
    def change(values):
        values["cluster_addons"]["vpc-cni"]["configuration_values"] = text

    [finding] = _found(TFVARS, change)

    assert finding.code == "FLOW006"
    assert finding.at == ("components", "vpc-cni")
    assert "doesn't set `enableNetworkPolicy`" in finding.message


def test_an_add_on_that_is_gone_enforces_nothing():
    def change(values):
        del values["cluster_addons"]

    assert "FLOW006" in {each.code for each in _found(TFVARS, change)}


@pytest.mark.parametrize(
    ("version", "old"),
    [("v1.13.4-eksbuild.1", True), ("1.9.0", True), ("v1.14.0", False), ("v1.20.4", False)],
)
def test_an_add_on_that_is_too_old_is_named(version, old):
    def change(values):
        values["cluster_addons"]["vpc-cni"]["addon_version"] = version

    found = _found(TFVARS, change)

    assert [each.at[-1] for each in found] == (["version"] if old else [])


def test_webhooks_on_other_ports_take_a_rule_of_the_security_group():
    plan, _ = _reference()
    control = Addresses("the control plane", plan.network.control_plane)
    pods = Pods("cert-manager-webhook", "cert-manager", {"app.kubernetes.io/name": "webhook"})
    called = Flow(control, pods, (Port(8888),), "webhooks", ("components", "cert-manager"))
    planned = replace(plan, flows=(*plan.flows, called))

    def rule(port, source):
        row = {"type": "ingress", "from_port": port, "to_port": port, source: True}
        return lambda values: values["node_security_group_additional_rules"].update(own=row)

    def codes(change):
        return {each.code for each in _found(TFVARS, change, planned)}

    assert "FLOW007" in codes(lambda _: None)
    assert "FLOW007" in codes(rule(8889, "source_cluster_security_group"))
    assert "FLOW007" in codes(rule(8888, "self"))
    assert "FLOW007" not in codes(rule(8888, "source_cluster_security_group"))


def test_replicas_of_alertmanager_gossip_by_udp():
    """Without it each of them tells everybody of every alert (alertmanager v0.29.0 README.md)."""
    policy = _policy("monitoring.prometheus-alertmanager")

    def by_tcp(body):
        for rows in (body["spec"]["egress"], body["spec"]["ingress"]):
            for row in rows:
                row["ports"] = [each for each in row["ports"] if each["protocol"] != "UDP"]

    def closed(values):
        del values["node_security_group_additional_rules"]["ingress_self_9094_udp"]

    assert "9094/UDP" in str(_messages(policy, by_tcp))
    assert {each.code for each in _found(TFVARS, closed)} == {"FLOW007"}


def test_findings_point_at_what_the_connection_is_for():
    [finding] = _found(_policy("mlops.model-iris"), None)

    assert finding.at == ("models", "iris", "exposure")
    assert finding.why
    assert "report it" in finding.fix


def test_every_policy_that_is_gone_is_missed():
    plan, artifacts = _reference()
    policies = [each.path for each in artifacts if each.path.startswith(NETWORK)]
    silent = [
        path
        for path in policies
        if not list(network(plan, [each for each in artifacts if each.path != path]))
    ]

    assert len(policies) == 51
    assert silent == []


def test_settings_are_read_as_terraform_hands_them_on():
    _, artifacts = _reference()
    [values] = [each.body for each in artifacts if each.path == TFVARS]

    text = values["cluster_addons"]["vpc-cni"]["configuration_values"]

    assert json.loads(text) == {"enableNetworkPolicy": "true"}
