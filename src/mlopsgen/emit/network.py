"""Network policies: everything is refused, except the flows of the plan, on both sides of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Any

from mlopsgen.artifact import Artifact, manifest
from mlopsgen.diagnostics import SpecPath
from mlopsgen.names import NAMESPACE_LABEL
from mlopsgen.plan import Addresses, Flow, Peer, Plan, PlannedNamespace, Pods, Port
from mlopsgen.plan.applications import NETWORK
from mlopsgen.shapes import Shapes

Ports = frozenset[tuple[int, str]]


@dataclass(slots=True)
class _Subject:
    """Pods with everything they may be asked by, and ask."""

    pods: Pods
    ingress: dict[Peer, Ports] = field(default_factory=dict)
    egress: dict[Peer, Ports] = field(default_factory=dict)
    reasons: dict[str, None] = field(default_factory=dict)
    origins: dict[SpecPath, None] = field(default_factory=dict)


def emit(plan: Plan, _shapes: Shapes) -> Iterator[Artifact]:
    """Yield a policy that refuses everything for each namespace, then one for each subject."""
    for namespace in plan.namespaces.values():
        yield _default_deny(plan, namespace)
    for subject in _subjects(plan.flows):
        yield _policy(plan, subject)


def _default_deny(plan: Plan, namespace: PlannedNamespace) -> Artifact:
    spec = {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]}
    because = "what no other policy allows is refused"
    document = _document(plan, "default-deny", namespace.name, because, spec)
    return manifest(NETWORK, document, emitter=__name__, origin=namespace.origin, qualified=True)


def _subjects(flows: Iterable[Flow]) -> list[_Subject]:
    """Return every subject that is ours once, with the flows it is an end of."""
    found: dict[tuple[str, str], _Subject] = {}
    for flow in flows:
        for pods in (flow.source, flow.target):
            if not isinstance(pods, Pods) or not pods.ours:
                continue
            subject = found.setdefault((pods.namespace, pods.name), _Subject(pods))
            subject.reasons[flow.because] = None
            subject.origins[flow.origin] = None
            if pods == flow.target:
                ports = frozenset((port.number, port.protocol) for port in flow.ports)
                _add(subject.ingress, flow.source, ports)
            if pods == flow.source:
                _add(subject.egress, flow.target, frozenset(_asked(flow.ports)))
    return [found[key] for key in sorted(found)]


def _asked(ports: Iterable[Port]) -> Iterator[tuple[int, str]]:
    """Yield the ports of an egress rule, the Service's among them.

    The VPC CNI judges a packet before the Service's address and port are translated.
    """
    for port in ports:
        yield port.number, port.protocol
        if port.service is not None:
            yield port.service, port.protocol


def _add(rules: dict[Peer, Ports], peer: Peer, ports: Ports) -> None:
    rules[peer] = rules.get(peer, frozenset()) | ports


def _policy(plan: Plan, subject: _Subject) -> Artifact:
    pods = subject.pods
    spec: dict[str, Any] = {"podSelector": _selector(pods), "policyTypes": []}
    if subject.egress:
        spec["policyTypes"].append("Egress")
        spec["egress"] = _rules(subject.egress, "to")
    if subject.ingress:
        spec["policyTypes"].append("Ingress")
        spec["ingress"] = _rules(subject.ingress, "from")
    because = "; ".join(sorted(subject.reasons))
    document = _document(plan, pods.name, pods.namespace, because, spec)
    origins = tuple(subject.origins)
    found = manifest(NETWORK, document, emitter=__name__, origin=origins[0], qualified=True)
    return replace(found, origin=origins)


def _document(
    plan: Plan, name: str, namespace: str, because: str, spec: dict[str, Any]
) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": plan.labels(name),
            "annotations": {"mlopsgen/because": because},
        },
        "spec": spec,
    }


def _rules(peers: dict[Peer, Ports], side: str) -> list[dict[str, Any]]:
    """Return a rule for each set of ports, with every peer that has just these."""
    by_ports: dict[Ports, list[Peer]] = {}
    for peer, ports in peers.items():
        by_ports.setdefault(ports, []).append(peer)
    return [
        {
            side: [
                element
                for peer in sorted(by_ports[ports], key=_order)
                for element in _elements(peer, side)
            ],
            "ports": [{"port": number, "protocol": name} for number, name in sorted(ports)],
        }
        for ports in sorted(by_ports, key=sorted)
    ]


def _order(peer: Peer) -> tuple[str, str]:
    return (peer.namespace if isinstance(peer, Pods) else "", peer.name)


def _elements(peer: Peer, side: str) -> Iterator[dict[str, Any]]:
    """Yield the peer as policies name it; both selectors stand in one element, so both count."""
    match peer:
        case Pods(namespace=namespace):
            element = {"namespaceSelector": {"matchLabels": {NAMESPACE_LABEL: namespace}}}
            selector = _asked_by(peer) if side == "to" else _selector(peer)
            yield {**element, "podSelector": selector} if selector else element
        case Addresses(cidrs=cidrs):
            for cidr in cidrs:
                inside = [part for part in peer.excluded if _within(part, cidr)]
                block: dict[str, Any] = {"cidr": cidr}
                yield {"ipBlock": {**block, "except": inside} if inside else block}


def _within(part: str, cidr: str) -> bool:
    return IPv4Network(part).subnet_of(IPv4Network(cidr))


def _asked_by(pods: Pods) -> dict[str, Any]:
    """Return the selector that holds for *pods* and for the Services in front of them."""
    if pods.behind is None:
        return _selector(pods)
    return {"matchExpressions": [_in(*pods.behind)]}


def _selector(pods: Pods) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if pods.labels:
        found["matchLabels"] = dict(pods.labels)
    expressions: list[dict[str, Any]] = [{"key": key, "operator": "Exists"} for key in pods.having]
    if pods.one_of:
        expressions.append(_in(*pods.one_of))
    if expressions:
        found["matchExpressions"] = expressions
    return found


def _in(key: str, values: Iterable[str]) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}
