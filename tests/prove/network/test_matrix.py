from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.artifact import Artifact
from mlopsgen.prove.network import Matrix
from mlopsgen.prove.network.policies import DIRECTIONS
from tests.build import a_plan
from tests.prove.network.slow import Cluster, Pod

PLAN = a_plan(namespaces={"red": {}, "blue": {}})
LABELS = {"red": {"team": "a"}, "blue": {"team": "b"}}
PODS = [
    Pod("red", {"app": "web"}, {"http": 8080}),
    Pod("red", {"app": "db", "tier": "back"}, {"http": 9090, "sql": 5432}),
    Pod("blue", {"app": "web", "tier": "front"}, {"http": 80}),
    Pod("blue", {"app": "job"}),
]
CIDRS = ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/17", "10.0.0.0/19", "10.0.32.0/24", "8.8.8.8/32",
         "169.254.169.254/32"]  # fmt: skip

labels = st.dictionaries(
    st.sampled_from(["app", "tier"]), st.sampled_from(["web", "db", "job", "back"]), max_size=2
)
expressions = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["app", "tier"]),
            "operator": st.sampled_from(["In", "NotIn"]),
            "values": st.lists(st.sampled_from(["web", "db", "back"]), min_size=1, max_size=2),
        }
    ),
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["app", "tier"]),
            "operator": st.sampled_from(["Exists", "DoesNotExist"]),
        }
    ),
)
selectors = st.fixed_dictionaries(
    {}, optional={"matchLabels": labels, "matchExpressions": st.lists(expressions, max_size=2)}
)
spaces = st.one_of(
    st.just({}),
    st.sampled_from(["red", "blue", "gone"]).map(
        lambda name: {"matchLabels": {"kubernetes.io/metadata.name": name}}
    ),
    st.sampled_from(["a", "b"]).map(lambda team: {"matchLabels": {"team": team}}),
)


@st.composite
def blocks(draw):
    cidr = draw(st.sampled_from(CIDRS))
    inside = [each for each in CIDRS if each != cidr and _within(each, cidr)]
    holes = draw(st.lists(st.sampled_from(inside), max_size=2, unique=True)) if inside else []
    return {"ipBlock": {"cidr": cidr, **({"except": holes} if holes else {})}}


def _within(inner, outer):
    return ip_network(inner).subnet_of(ip_network(outer))


peers = st.one_of(
    blocks(),
    st.fixed_dictionaries({"podSelector": selectors}, optional={"namespaceSelector": spaces}),
    st.fixed_dictionaries({"namespaceSelector": spaces}, optional={"podSelector": selectors}),
)
ports = st.one_of(
    st.fixed_dictionaries(
        {"port": st.sampled_from([80, 443, 8080, 9090])},
        optional={"protocol": st.sampled_from(["TCP", "UDP"])},
    ),
    st.just({"port": 8000, "endPort": 9090, "protocol": "TCP"}),
    st.fixed_dictionaries({"port": st.sampled_from(["http", "sql", "gone"])}),
    st.fixed_dictionaries({"protocol": st.sampled_from(["TCP", "UDP"])}),
)


def rules(side):
    return st.lists(
        st.fixed_dictionaries(
            {}, optional={side: st.lists(peers, max_size=3), "ports": st.lists(ports, max_size=3)}
        ),
        max_size=2,
    )


policies = st.fixed_dictionaries(
    {
        "namespace": st.sampled_from(["red", "blue"]),
        "spec": st.fixed_dictionaries(
            {"podSelector": selectors},
            optional={
                "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Egress", "Ingress"]]),
                "ingress": rules("from"),
                "egress": rules("to"),
            },
        ),
    }
)


def _artifact(document, origin=("namespaces", "red")):
    return Artifact(path="apps/some.yaml", body=(document,), emitter="test", origin=(origin,))


def _deployment(number, pod):
    ports = [{"name": name, "containerPort": port} for name, port in pod.ports.items()]
    template = {
        "metadata": {"labels": pod.labels},
        "spec": {"containers": [{"name": "only", "ports": ports}]},
    }
    return {
        "kind": "Deployment",
        "metadata": {"name": f"pod-{number}", "namespace": pod.namespace},
        "spec": {"template": template},
    }


def _documents(drawn):
    return [
        {
            "kind": "NetworkPolicy",
            "metadata": {"name": f"policy-{number}", "namespace": each["namespace"]},
            "spec": each["spec"],
        }
        for number, each in enumerate(drawn)
    ]


def _matrix(documents):
    artifacts = [_artifact(document) for document in documents]
    for name, own in LABELS.items():
        artifacts.append(
            _artifact({"kind": "Namespace", "metadata": {"name": name, "labels": own}})
        )
    artifacts += [_artifact(_deployment(*each)) for each in enumerate(PODS)]
    return Matrix(PLAN, artifacts)


def _slow(documents):
    namespaces = {
        name: {**own, "kubernetes.io/metadata.name": name} for name, own in LABELS.items()
    }
    return Cluster(documents, PODS, namespaces, PLAN.network.private)


def _addresses():
    found = {"0.0.0.0", "255.255.255.255", "10.0.64.1", "172.20.0.1", "1.2.3.4"}
    for cidr in CIDRS:
        network = ip_network(cidr)
        found |= {str(network[0]), str(network[-1])}
    return sorted(found)


@settings(max_examples=120, deadline=None)
@given(st.lists(policies, max_size=4))
def test_the_matrix_answers_what_a_packet_meets(drawn):
    documents = _documents(drawn)
    matrix, slow = _matrix(documents), _slow(documents)
    numbers = range(matrix.ends.first_pod, matrix.ends.first_pod + len(PODS))
    for number, pod in zip(numbers, PODS, strict=True):
        for direction in DIRECTIONS:
            side, word = matrix.side(number, direction), direction.title()
            assert side.isolated == bool(slow.judged(pod, word))
            if not side.isolated:
                continue
            others = {1 << other: each for other, each in zip(numbers, PODS, strict=True)}
            others |= {matrix.ends.at(each): each for each in _addresses()}
            for protocol in ("TCP", "UDP"):
                for port in (1, 80, 81, 443, 5432, 8000, 8080, 8500, 9090, 9091, 65535):
                    opened = side.opened.get(matrix.numbers.key(protocol, port), 0)
                    for bit, other in others.items():
                        wanted = slow.lets(pod, word, other, protocol, port)
                        assert bool(opened & bit) == wanted, (pod, word, other, protocol, port)


def _policy(**spec):
    return _documents([{"namespace": "red", "spec": {"podSelector": {}, **spec}}])


def test_an_exception_of_one_rule_refuses_what_another_allows_around_it():
    wide = {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.32.0/24"]}}]}
    other = {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 5432}]}
    matrix = _matrix(_policy(policyTypes=["Egress"], egress=[wide, other]))

    opened = matrix.side(matrix.ends.first_pod, "egress").opened
    key = matrix.numbers.key("TCP", 5432)

    assert opened[key] & matrix.ends.at("10.0.33.1")
    assert not opened[key] & matrix.ends.at("10.0.32.1")


@pytest.mark.parametrize("team", ["a", "b"])
def test_labels_of_namespaces_are_those_of_the_objects(team):
    rule = {"from": [{"namespaceSelector": {"matchLabels": {"team": team}}}]}
    matrix = _matrix(_policy(ingress=[rule]))

    side = matrix.side(matrix.ends.first_pod, "ingress")
    titles = {
        matrix.ends.group(matrix.ends.first_pod + index).namespace
        for index in range(len(matrix.ends.cast.groups))
        if side.opened[matrix.numbers.key("TCP", 80)] >> (matrix.ends.first_pod + index) & 1
    }

    assert titles == {"red" if team == "a" else "blue"}
