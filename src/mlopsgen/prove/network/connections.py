"""What the plan declares is open on both sides, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mlopsgen.diagnostics import Finding, Rule, Severity
from mlopsgen.names import INFERENCE_SERVICE_LABEL
from mlopsgen.plan import Addresses
from mlopsgen.prove.emitted import OUR_FAULT
from mlopsgen.prove.network.ends import Set, members
from mlopsgen.prove.network.flows import Claim
from mlopsgen.prove.network.matrix import Matrix, Side
from mlopsgen.prove.network.pods import Group
from mlopsgen.prove.network.policies import DIRECTIONS, Direction, Policy, PortKey
from mlopsgen.prove.network.wording import joined, ports, titles, widest

DENIED = Rule(
    "FLOW001",
    "what has to connect is let through on both sides",
    "Under default deny a connection takes two rules, one where it starts and one where it ends."
    " Without either of them packets are dropped without a word, and the caller waits until it"
    " gives up.",
)
OPENED = Rule(
    "FLOW002",
    "no connection is possible that nobody declared",
    "Whoever breaks into one pod tries what it can reach. What no part of the platform needs is a"
    " way on that nobody watches.",
)
AJAR = Rule(
    "FLOW003",
    "no policy opens one side of a connection that nobody declared",
    "The other side still refuses it, so nothing gets through today. It does as soon as somebody"
    " opens that side for another reason.",
    Severity.WARNING,
)
UNGUARDED = Rule(
    "FLOW004",
    "every namespace refuses what no policy allows",
    "A pod that no policy is for may be reached by everybody, and may reach everything, the"
    " instance metadata with its node's credentials among it.",
)
SELECTED = Rule(
    "FLOW005",
    "every policy finds the pods that it is for",
    "A selector that matches nothing is no error for Kubernetes. The policy does nothing, and what"
    " it was to allow is refused.",
)
HEARD = Rule(
    "FLOW009",
    "who is connected to listens on a port of the connection",
    "What policies open is a number. Pods that answer on another one refuse the connection, and"
    " what they do answer on stays closed.",
)
RULES = (DENIED, OPENED, AJAR, UNGUARDED, SELECTED, HEARD)

_OTHER: dict[Direction, Direction] = {"egress": "ingress", "ingress": "egress"}


def denied(matrix: Matrix) -> Iterator[Finding]:
    """Yield the flows that a side of them refuses."""
    for claim in matrix.claims:
        refused: dict[PortKey, Set] = {}
        where = 0
        for key, needed in matrix.spread(claim.needed.items()).items():
            for pod in members(claim.subjects):
                side = matrix.side(pod, claim.direction)
                missing = needed & ~side.opened.get(key, 0) if side.isolated else 0
                if missing:
                    where |= 1 << pod
                    refused[key] = refused.get(key, 0) | missing
        if refused:
            yield _refused(matrix, claim, where, refused)


def _refused(matrix: Matrix, claim: Claim, where: Set, refused: dict[PortKey, Set]) -> Finding:
    ends, flow = matrix.ends, claim.flow
    others = 0
    for found in refused.values():
        others |= found
    pods = titles(ends, where)
    peer = flow.target if claim.direction == "egress" else flow.source
    other = peer.name if isinstance(peer, Addresses) else titles(ends, others)
    namespaces = sorted({ends.group(each).namespace for each in members(where)})
    spaces = " and ".join(f"`{name}`" for name in namespaces)
    numbers = ports(matrix.numbers, list(refused))
    if claim.direction == "egress":
        said = f"{pods} can't connect to {other} on {numbers}: no policy of {spaces} lets that out"
    else:
        said = f"{other} can't connect to {pods} on {numbers}: no policy of {spaces} lets that in"
    return DENIED.at(flow.origin, f"{said} ({flow.because})", fix=OUR_FAULT)


@dataclass(slots=True)
class _Excess:
    """What one policy opens in one direction beyond what is declared."""

    pods: Set = 0
    others: Set = 0
    keys: dict[PortKey, None] = field(default_factory=dict)


def opened(matrix: Matrix) -> Iterator[Finding]:
    """Yield what policies open that no flow asks for."""
    found: dict[tuple[Rule, int, Direction], _Excess] = {}
    unguarded: dict[tuple[str, Direction], Set] = {}
    for pod in matrix.ours():
        for direction in DIRECTIONS:
            side = matrix.side(pod, direction)
            if not side.isolated:
                place = (matrix.ends.group(pod).namespace, direction)
                unguarded[place] = unguarded.get(place, 0) | 1 << pod
            elif side.opened != side.allowed:
                _collect(matrix, pod, direction, side, found)
    for (namespace, direction), pods in unguarded.items():
        yield _unguarded(matrix, namespace, direction, pods)
    for (rule, index, direction), excess in found.items():
        yield _excess(matrix, rule, matrix.policies[index], direction, excess)


def _collect(
    matrix: Matrix,
    pod: int,
    direction: Direction,
    side: Side,
    found: dict[tuple[Rule, int, Direction], _Excess],
) -> None:
    """Add what is open for *pod* beyond what is declared to *found*, by the policy to blame."""
    for key, ends in side.opened.items():
        beyond = ends & ~side.allowed.get(key, 0) & ~matrix.ends.fronts
        if not beyond:
            continue
        through = _through(matrix, pod, direction, key, beyond)
        for index in matrix.indexes(pod, direction):
            own = matrix.access(matrix.policies[index].ports(direction)).get(key, 0)
            for rule, part in ((OPENED, through), (AJAR, beyond & ~through)):
                if own & part:
                    excess = found.setdefault((rule, index, direction), _Excess())
                    excess.pods |= 1 << pod
                    excess.others |= own & part
                    excess.keys[key] = None


def _through(matrix: Matrix, pod: int, direction: Direction, key: PortKey, beyond: Set) -> Set:
    """Return those of *beyond* that *pod* really connects with: addresses refuse nothing."""
    found = beyond & matrix.ends.addresses
    for other in members(beyond & matrix.ends.pods):
        if matrix.lets(other, _OTHER[direction], key, 1 << pod):
            found |= 1 << other
    return found


def _excess(
    matrix: Matrix, rule: Rule, policy: Policy, direction: Direction, excess: _Excess
) -> Finding:
    ends = matrix.ends
    pods, others = titles(ends, excess.pods), widest(ends, excess.others)
    numbers = ports(matrix.numbers, list(excess.keys))
    does = "connect to" if direction == "egress" else "be reached by"
    return rule.at(
        policy.origin,
        f"`{policy.path}` lets {pods} {does} {others} on {numbers}, which nothing declares",
        fix=OUR_FAULT,
    )


def _unguarded(matrix: Matrix, namespace: str, direction: Direction, pods: Set) -> Finding:
    does = "connect to anything" if direction == "egress" else "be reached by everybody"
    return UNGUARDED.at(
        matrix.plan.namespaces[namespace].origin,
        f"in `{namespace}` {titles(matrix.ends, pods)} may {does}: no policy is for them"
        f" ({direction})",
        fix=OUR_FAULT,
    )


def selected(matrix: Matrix) -> Iterator[Finding]:
    """Yield the policies whose selectors match no pod."""
    for policy in matrix.policies:
        if not policy.subjects:
            told = f"`{policy.path}` is for no pods of `{policy.namespace}`: none has its labels"
            yield SELECTED.at(policy.origin, told, fix=OUR_FAULT)
        for direction, openings in policy.opened.items():
            dead = [f"`{direction}[{one.index}]`" for one in openings if one.dead]
            if dead:
                told = f"`{policy.path}`: nothing matches what {dead[0]} names as the other end"
                yield SELECTED.at(policy.origin, told, fix=OUR_FAULT)


def heard(matrix: Matrix) -> Iterator[Finding]:
    """Yield the pods that answer on none of the ports of a flow to them."""
    for claim in matrix.claims:
        if claim.direction == "egress":
            continue
        numbers = {port.number for port in claim.flow.ports}
        deaf: dict[tuple[str, str, bool], Group | None] = {}
        for pod in members(claim.subjects):
            group = matrix.ends.group(pod)
            # A model's transformer needn't answer what its predictor does, nor the other way; both
            # are of one service. A canary inside of its model's service answers for itself.
            service = group.labels.get(INFERENCE_SERVICE_LABEL, group.name)
            one = (group.namespace, service, group.part == "canary" and service == group.name)
            hears = not group.ports or not numbers.isdisjoint(group.ports.values())
            deaf[one] = None if hears else deaf.get(one, group)
        for each in filter(None, deaf.values()):
            yield _unheard(matrix, claim, each)


def _unheard(matrix: Matrix, claim: Claim, group: Group) -> Finding:
    own = joined([str(each) for each in group.ports.values()])
    wanted = ports(matrix.numbers, [matrix.numbers.key(*one[:2]) for one in claim.needed])
    return HEARD.at(
        group.origin or claim.flow.origin,
        f"{group.title} answers on {own}, and is to be reached on {wanted} ({claim.flow.because})",
        fix=OUR_FAULT,
    )
