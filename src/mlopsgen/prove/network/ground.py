"""What carries the policies: the add-on that enforces them, and the security group of nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Rule, SpecPath
from mlopsgen.facts import component
from mlopsgen.plan import Addresses, Flow, Port
from mlopsgen.plan.network import BETWEEN_NODES, FROM_CONTROL_PLANE
from mlopsgen.prove.emitted import OUR_FAULT
from mlopsgen.prove.network.ends import Set, members
from mlopsgen.prove.network.matrix import Matrix
from mlopsgen.prove.network.pods import TFVARS
from mlopsgen.prove.network.policies import DIRECTIONS, Direction
from mlopsgen.prove.network.prefixes import Entry
from mlopsgen.prove.network.wording import titles

ENFORCED = Rule(
    "FLOW006",
    "the cluster enforces its network policies",
    "NetworkPolicies are only wishes. Unless the VPC CNI is told to enforce them, and is of a"
    " version that can, every pod reaches every other, and nothing says so.",
)
CARRIED = Rule(
    "FLOW007",
    "the security group of the nodes lets connections through",
    "Pods have addresses of their nodes' network interfaces, so what their policies allow has to"
    " pass the nodes' security group as well. What it drops, the caller waits for until it gives"
    " up; a webhook that can't be reached refuses every object that it is asked about.",
)
CROWDED = Rule(
    "FLOW008",
    "no pod needs more ports at an address than the VPC CNI keeps",
    "Its agent keeps 24 ports for each address that a pod talks to. The others are dropped, with a"
    " line in the log of the node and nowhere else, and connections to them are refused.",
)
RULES = (ENFORCED, CARRIED, CROWDED)

_CNI = "vpc-cni"
_OTHER_RULES = "node_security_group_additional_rules"


def ground(matrix: Matrix, artifacts: Iterable[Artifact]) -> Iterator[Finding]:
    """Yield what the ground under the policies of *matrix* doesn't carry."""
    values: Mapping[str, Any] = next(
        (
            artifact.body
            for artifact in artifacts
            if artifact.path == TFVARS and isinstance(artifact.body, Mapping)
        ),
        {},
    )
    yield from _enforced(matrix, values.get("cluster_addons") or {})
    yield from _carried(matrix, values.get(_OTHER_RULES) or {})
    yield from _crowded(matrix)


def _enforced(matrix: Matrix, addons: Mapping[str, Any]) -> Iterator[Finding]:
    facts = component(_CNI).enforces
    if facts is None or not matrix.policies:
        return
    addon = addons.get(_CNI) or {}
    version = str(addon.get("addon_version") or "")
    if version and _minor(version) < _minor(facts.since):
        yield ENFORCED.at(
            ("components", _CNI, "version"),
            f"vpc-cni {version.removeprefix('v')} enforces none of the {len(matrix.policies)}"
            f" network policies; {facts.since} is the first that does",
            fix=f"take `version` away, or write {facts.since}.0 or later",
        )
    settings = _settings(addon.get("configuration_values"))
    if settings.get(facts.switch) != "true":
        yield ENFORCED.at(
            ("components", _CNI),
            f"`{TFVARS}` doesn't set `{facts.switch}` of vpc-cni, so that nothing enforces the"
            f" {len(matrix.policies)} network policies",
            fix=OUR_FAULT,
        )


def _minor(version: str) -> tuple[int, ...]:
    """Return the first two numbers of *version*."""
    numbers = version.removeprefix("v").split("-")[0].split(".")[:2]
    return tuple(int(each) if each.isdecimal() else 0 for each in numbers)


def _settings(text: object) -> Mapping[str, Any]:
    if not isinstance(text, str):
        return {}
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _carried(matrix: Matrix, rules: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the flows that the security group drops.

    That of a load balancer is opened by its controller, and what leaves a node is all let out.
    """
    network = matrix.plan.network
    control, nodes = set(network.control_plane), set(network.private)
    opened = set(FROM_CONTROL_PLANE)
    between = {protocol: set(spans) for protocol, spans in BETWEEN_NODES.items()}
    for each in rules.values():
        span = int(each["from_port"]), int(each["to_port"])
        if each.get("type") != "ingress":
            continue
        if each.get("source_cluster_security_group"):
            opened |= set(range(span[0], span[1] + 1))
        if each.get("self"):
            between.setdefault(str(each.get("protocol")).upper(), set()).add(span)
    dropped: dict[tuple[SpecPath, str, str], dict[str, None]] = {}
    for flow in matrix.plan.flows:
        called = isinstance(flow.source, Addresses)
        end, within = (flow.source, control) if called else (flow.target, nodes)
        if isinstance(end, Addresses) and not set(end.cidrs) <= within:
            continue
        caller = "the API server" if called else "another node"
        for port in flow.ports:
            if not (port.number in opened if called else _between(port, between)):
                origin, title = _place(matrix, flow, port)
                said = f"{caller} reach {title} on {port.number}/{port.protocol}"
                dropped.setdefault((origin, caller, said), {})[flow.because] = None
    for (origin, caller, said), reasons in dropped.items():
        low, high = BETWEEN_NODES["TCP"][-1]
        yield CARRIED.at(
            origin,
            f"the security group of the nodes doesn't let {said} ({'; '.join(reasons)})",
            fix=f"take a port from {low} to {high}" if caller == "another node" else OUR_FAULT,
        )


def _between(port: Port, spans: Mapping[str, Iterable[tuple[int, int]]]) -> bool:
    return any(low <= port.number <= high for low, high in spans[port.protocol])


def _place(matrix: Matrix, flow: Flow, port: Port) -> tuple[SpecPath, str]:
    """Return whose port it is, and what they are called: of several, those that declare it."""
    ends = matrix.ends
    for each in members(ends.of(flow.target) & ends.pods):
        if port.number in ends.group(each).ports.values():
            return ends.group(each).origin, ends.group(each).title
    return flow.origin, f"`{flow.target.name}`"


def _crowded(matrix: Matrix) -> Iterator[Finding]:
    """Yield the pods with more ports at one address than are kept, once for each policy."""
    facts = component(_CNI).enforces
    limit = facts.entries if facts else 0
    seen: set[tuple[Direction, tuple[int, ...]]] = set()
    told: set[tuple[str, Direction]] = set()
    for pod in matrix.ours():
        for direction in DIRECTIONS:
            judging = matrix.indexes(pod, direction)
            if (direction, judging) in seen:
                continue
            seen.add((direction, judging))
            listed = matrix.listed(judging, direction)
            over = _over(listed.values(), limit)
            if over and (place := (matrix.ends.group(pod).namespace, direction)) not in told:
                told.add(place)
                yield _too_many(matrix, pod, direction, (over, listed, limit))


def _over(listed: Iterable[Set], limit: int) -> Set:
    """Return the ends that are in more than *limit* of the sets *listed*.

    Each set is added to counters of all ends at once: plane n holds bit n of every counter.
    """
    sets = list(listed)
    if len(sets) <= limit:
        return 0
    planes: list[Set] = []
    for carry in sets:
        for index, plane in enumerate(planes):
            planes[index], carry = plane ^ carry, plane & carry  # noqa: PLW2901 - the carry moves on
        if carry:
            planes.append(carry)
    everybody = 0
    for plane in planes:
        everybody |= plane
    above, equal = 0, everybody
    for index in reversed(range(max(len(planes), limit.bit_length()))):
        plane = planes[index] if index < len(planes) else 0
        if limit >> index & 1:
            equal &= plane
        else:
            above |= equal & plane
            equal &= ~plane
    return above


def _too_many(
    matrix: Matrix,
    pod: int,
    direction: Direction,
    found: tuple[Set, Mapping[Entry, Set], int],
) -> Finding:
    over, listed, limit = found
    first = 1 << next(members(over & ~(1 << pod) or over))
    count = sum(bool(ends & first) for ends in listed.values())
    title, other = matrix.ends.group(pod).title, titles(matrix.ends, first)
    does = f"which {title} may connect to"
    if direction == "ingress":
        does = f"which may connect to {title}"
    origin = matrix.plan.namespaces[matrix.ends.group(pod).namespace].origin
    return CROWDED.at(
        origin,
        f"policies list {count} ports for the address of {other}, {does}; the VPC CNI"
        f" keeps {limit}",
        fix="let models with servers of their own answer on the same ports, or put them into"
        " namespaces of their own",
    )
