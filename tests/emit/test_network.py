from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from mlopsgen.emit import network
from mlopsgen.plan import Addresses, Flow, Pods, Port
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
SERVER = Pods("server", "mlops", {"app": "server"})
CALLER = Pods("caller", "mlops", {"app": "caller"})
FOREIGN = Pods("dns", "kube-system", {"k8s-app": "dns"}, ours=False)
PORT_COMBINATIONS = 24
"""EKS: the most pairs of port and protocol for one selector of a policy."""


def _flow(source, target, *ports, because="a test"):
    return Flow(source, target, ports, because, ("models", "iris"))


def _policies(*flows):
    plan = replace(a_plan(), flows=flows)
    return {
        one["metadata"]["name"]: one for each in network.emit(plan, SHAPES) for one in each.objects
    }


@pytest.fixture(scope="module")
def reference():
    plan = reference_plan()
    return plan, [one for each in network.emit(plan, SHAPES) for one in each.objects]


def test_the_cluster_takes_every_policy_of_the_reference(reference):
    _, policies = reference

    assert [fault for one in policies for fault in faults(one)] == []


def test_every_namespace_refuses_what_no_policy_allows(reference):
    plan, policies = reference
    denied = {
        one["metadata"]["namespace"]: one["spec"]
        for one in policies
        if one["metadata"]["name"] == "default-deny"
    }

    assert denied.keys() == plan.namespaces.keys()
    for spec in denied.values():
        assert spec == {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]}


def test_a_flow_is_allowed_on_both_sides():
    policies = _policies(_flow(CALLER, SERVER, Port(8080)))

    assert policies["caller"]["spec"]["policyTypes"] == ["Egress"]
    assert policies["server"]["spec"]["policyTypes"] == ["Ingress"]
    [out], [into] = policies["caller"]["spec"]["egress"], policies["server"]["spec"]["ingress"]
    assert out["ports"] == into["ports"] == [{"port": 8080, "protocol": "TCP"}]
    assert policies["server"]["spec"]["podSelector"] == {"matchLabels": {"app": "server"}}


def test_a_peer_is_pods_of_a_namespace_and_not_either_of_both():
    [rule] = _policies(_flow(CALLER, SERVER, Port(1)))["server"]["spec"]["ingress"]

    assert rule["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mlops"}},
            "podSelector": {"matchLabels": {"app": "caller"}},
        }
    ]


def test_the_port_of_the_service_is_for_those_who_ask():
    policies = _policies(_flow(CALLER, SERVER, Port(5000, service=80)))

    numbers = [row["port"] for row in policies["caller"]["spec"]["egress"][0]["ports"]]
    assert numbers == [80, 5000]
    numbers = [row["port"] for row in policies["server"]["spec"]["ingress"][0]["ports"]]
    assert numbers == [5000]


def test_whoever_asks_a_service_names_the_pods_as_the_service_does():
    behind = replace(SERVER, behind=("app", ("isvc.iris-predictor",)))
    policies = _policies(_flow(CALLER, behind, Port(8080, service=80)))

    [out], [into] = policies["caller"]["spec"]["egress"], policies["server"]["spec"]["ingress"]
    expression = {"key": "app", "operator": "In", "values": ["isvc.iris-predictor"]}
    assert out["to"][0]["podSelector"] == {"matchExpressions": [expression]}
    assert into["from"][0]["podSelector"] == {"matchLabels": {"app": "caller"}}
    assert policies["server"]["spec"]["podSelector"] == {"matchLabels": {"app": "server"}}


def test_no_policy_is_written_for_pods_of_others():
    policies = _policies(_flow(CALLER, FOREIGN, Port(53, "UDP")))

    assert policies.keys() == {"default-deny", "caller"}


def test_peers_with_the_same_ports_share_a_rule():
    other = Pods("other", "mlops", {"app": "other"})
    policies = _policies(_flow(CALLER, SERVER, Port(1)), _flow(other, SERVER, Port(1)))

    [rule] = policies["server"]["spec"]["ingress"]
    assert len(rule["from"]) == 2


def test_ports_of_one_peer_are_put_together():
    flows = (_flow(CALLER, SERVER, Port(2)), _flow(CALLER, SERVER, Port(1), Port(2)))
    [rule] = _policies(*flows)["server"]["spec"]["ingress"]

    assert [row["port"] for row in rule["ports"]] == [1, 2]


def test_pods_that_call_themselves_have_both_sides_in_one_policy():
    spec = _policies(_flow(SERVER, SERVER, Port(9094)))["server"]["spec"]

    assert spec["policyTypes"] == ["Egress", "Ingress"]
    assert spec["egress"][0]["to"] == spec["ingress"][0]["from"]


def test_pods_without_labels_are_all_pods_of_the_namespace():
    everybody = Pods("all", "mlops")
    policies = _policies(_flow(everybody, SERVER, Port(1)))

    assert policies["all"]["spec"]["podSelector"] == {}
    [rule] = policies["server"]["spec"]["ingress"]
    selector = {"matchLabels": {"kubernetes.io/metadata.name": "mlops"}}
    assert rule["from"] == [{"namespaceSelector": selector}]


def test_a_label_can_be_asked_for_whatever_its_value():
    models = Pods("models", "mlops", having=("serving.kserve.io/inferenceservice",))
    policies = _policies(_flow(CALLER, models, Port(1)))

    assert policies["models"]["spec"]["podSelector"] == {
        "matchExpressions": [{"key": "serving.kserve.io/inferenceservice", "operator": "Exists"}]
    }


def test_an_exception_stands_only_with_the_network_it_is_part_of():
    outside = Addresses("outside", ("10.0.0.0/8", "192.168.0.0/16"), ("10.1.0.0/16",))
    [rule] = _policies(_flow(CALLER, outside, Port(443)))["caller"]["spec"]["egress"]

    assert rule["to"] == [
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
        {"ipBlock": {"cidr": "192.168.0.0/16"}},
    ]


def test_a_policy_says_why_it_is_there_and_where_from():
    flows = (
        _flow(CALLER, SERVER, Port(1), because="one"),
        replace(_flow(CALLER, SERVER, Port(2), because="two"), origin=("pipelines", "train")),
    )
    plan = replace(a_plan(), flows=flows)
    found = {each.path: each for each in network.emit(plan, SHAPES)}
    server = found["apps/network/networkpolicy-mlops.server.yaml"]

    assert server.origin == (("models", "iris"), ("pipelines", "train"))
    assert server.objects[0]["metadata"]["annotations"] == {"mlopsgen/because": "one; two"}


def test_the_order_of_flows_changes_no_rule():
    other = Pods("other", "apps", {"app": "other"})
    flows = [
        _flow(CALLER, SERVER, Port(1)),
        _flow(other, SERVER, Port(1)),
        _flow(other, SERVER, Port(7), because="more"),
        _flow(Addresses("lan", ("10.0.0.0/8",)), SERVER, Port(1)),
    ]
    there, back = _policies(*flows), _policies(*reversed(flows))

    assert list(there) == list(back)
    assert [one["spec"] for one in there.values()] == [one["spec"] for one in back.values()]


def test_no_selector_has_more_ports_than_eks_takes(reference):
    _, policies = reference
    for policy in policies:
        for side, peers in (("ingress", "from"), ("egress", "to")):
            counts = Counter(
                (str(peer), row["protocol"])
                for rule in policy["spec"].get(side, ())
                for peer in rule[peers]
                for row in rule["ports"]
            )
            assert max(counts.values(), default=0) <= PORT_COMBINATIONS


def test_nothing_reaches_the_credentials_of_a_node(reference):
    metadata = IPv4Address("169.254.169.254")
    _, policies = reference
    blocks = [
        peer["ipBlock"]
        for policy in policies
        for rule in policy["spec"].get("egress", ())
        for peer in rule["to"]
        if "ipBlock" in peer
    ]

    assert blocks
    for block in blocks:
        excluded = any(metadata in IPv4Network(part) for part in block.get("except", ()))
        assert metadata not in IPv4Network(block["cidr"]) or excluded


def test_every_pod_may_ask_for_names(reference):
    plan, policies = reference
    asking = {
        policy["metadata"]["namespace"]
        for policy in policies
        if policy["spec"]["podSelector"] == {}
        for rule in policy["spec"].get("egress", ())
        if {"port": 53, "protocol": "UDP"} in rule["ports"]
    }

    assert asking == plan.namespaces.keys()
