"""What the written load balancers, routes and monitors connect to lets them in.

It finds flows that the plan forgot; that one which it has is refused is told where flows are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.prove.emitted import OUR_FAULT
from mlopsgen.prove.network.ends import Set, members
from mlopsgen.prove.network.matrix import Matrix
from mlopsgen.prove.network.wording import ports, titles

CLOSED = Rule(
    "FLOW010",
    "what load balancers, routes and monitors connect to lets them in",
    "A load balancer connects to pods themselves, from addresses of its own subnets, and so do"
    " gateways and Prometheus. Where a policy refuses them, targets are unhealthy and requests"
    " fail, and what isn't measured raises no alert.",
)
RULES = (CLOSED,)

_ALB = "alb.ingress.kubernetes.io/"
_PROMETHEUS = "prometheus"

Backend = tuple[str, object]
"""A Service and its port: a number, or a name that only the Service knows."""

Call = tuple[str, Set, list[tuple[int, int]]]
"""Who calls, as addresses or pods, and the pods with the ports that they call."""


def closed(matrix: Matrix, artifacts: Iterable[Artifact]) -> Iterator[Finding]:
    """Yield what objects send to pods that don't let it in, or that isn't let out to them."""
    backing = _backing(matrix)
    for artifact in artifacts:
        for document in artifact.objects:
            for caller, source, called in _calls(matrix, backing, document):
                for pod, number in called:
                    if not _lets(matrix, source, pod, number):
                        yield _closed(matrix, artifact, caller, (pod, number))


def _backing(matrix: Matrix) -> dict[tuple[str, str], list[tuple[int, int, int]]]:
    """Return the pods of each Service, with its ports and theirs."""
    found: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    for pod, fronts in matrix.ends.behind.items():
        for number, listening, inner in fronts:
            front = matrix.ends.front(number)
            found.setdefault((front.namespace, front.name), []).append((pod, listening, inner))
    return found


def _calls(
    matrix: Matrix,
    backing: Mapping[tuple[str, str], list[tuple[int, int, int]]],
    document: Object,
) -> Iterator[Call]:
    metadata, spec = document["metadata"], document.get("spec", {})
    match document["kind"]:
        case "Ingress":
            notes = metadata.get("annotations") or {}
            inside = notes.get(f"{_ALB}scheme") != "internet-facing"
            network, ends = matrix.plan.network, matrix.ends
            source = 0
            for cidr in network.private if inside else network.public:
                source |= ends.block(cidr)
            caller = f"{'internal' if inside else 'internet-facing'} load balancers"
            backends = [*_of_rules(spec), *_of_actions(notes)]
        case "HTTPRoute":
            names = {each["name"] for each in spec.get("parentRefs") or ()}
            source = _pods(matrix, "gateway", names)
            caller = "the gateway"
            backends = [
                (each["name"], each.get("port"))
                for rule in spec.get("rules") or ()
                for each in rule.get("backendRefs") or ()
            ]
        case "PodMonitor":
            yield _PROMETHEUS, _prometheus(matrix), list(_scraped(matrix, spec))
            return
        case _:
            return
    space = metadata["namespace"]
    called = dict.fromkeys(
        (pod, inner)
        for name, port in backends
        for pod, listening, inner in backing.get((space, name), ())
        if port == listening or isinstance(port, str)
    )
    yield caller, source, list(called)


def _of_rules(spec: Mapping[str, Any]) -> Iterator[Backend]:
    for rule in spec.get("rules") or ():
        for path in (rule.get("http") or {}).get("paths") or ():
            service = path["backend"]["service"]
            port = service.get("port") or {}
            yield service["name"], port.get("number", port.get("name"))


def _of_actions(notes: Mapping[str, str]) -> Iterator[Backend]:
    """Yield the Services that the annotations for the controller name."""
    for key, text in notes.items():
        if key.startswith(f"{_ALB}actions."):
            forward = json.loads(text).get("forwardConfig") or {}
            for group in forward.get("targetGroups") or ():
                if "serviceName" in group:
                    yield group["serviceName"], group.get("servicePort")


def _pods(matrix: Matrix, kind: str, names: Iterable[str]) -> Set:
    wanted, found = set(names), 0
    for pod in members(matrix.ends.pods):
        group = matrix.ends.group(pod)
        if group.kind == kind and group.name in wanted:
            found |= 1 << pod
    return found


def _prometheus(matrix: Matrix) -> Set:
    """Return the pods that scrape."""
    found = 0
    for pod in members(_pods(matrix, "component", [_PROMETHEUS])):
        if matrix.ends.group(pod).part == _PROMETHEUS:
            found |= 1 << pod
    return found


def _scraped(matrix: Matrix, spec: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the pods of a PodMonitor that have the port which it names."""
    ends, wanted = matrix.ends, spec.get("selector") or {}
    names = [each.get("port") for each in spec.get("podMetricsEndpoints") or ()]
    for space in (spec.get("namespaceSelector") or {}).get("matchNames") or ():
        for pod in members(ends.selected(space, wanted) & ends.pods):
            own = ends.group(pod).ports
            yield from ((pod, own[name]) for name in names if name in own)


def _lets(matrix: Matrix, source: Set, pod: int, number: int) -> bool:
    """Say whether *source* reaches *pod*, or a flow says that it is to."""
    key = matrix.numbers.key("TCP", number)
    if not source & ~matrix.side(pod, "ingress").allowed.get(key, 0):
        return True
    callers = members(source & matrix.ends.pods)
    return matrix.lets(pod, "ingress", key, source) and all(
        matrix.lets(each, "egress", key, 1 << pod) for each in callers
    )


def _closed(matrix: Matrix, artifact: Artifact, caller: str, called: tuple[int, int]) -> Finding:
    pod, number = called
    return CLOSED.at(
        artifact.origin[0],
        f"`{artifact.path}` has {caller} connect to {titles(matrix.ends, 1 << pod)} on"
        f" {ports(matrix.numbers, [matrix.numbers.key('TCP', number)])}, which no policies let"
        " through",
        fix=OUR_FAULT,
    )
