"""Room for all: quotas, bounds of namespaces, nodes, replicas apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlopsgen.diagnostics import Finding, Related, Rule, Severity
from mlopsgen.prove.admission import FIX
from mlopsgen.prove.schedule_fit import Ground, amount
from mlopsgen.prove.schedule_labels import HOSTNAME, ZONE
from mlopsgen.prove.schedule_limits import Limited, Refusal, Total, exceeded
from mlopsgen.prove.schedule_nodes import GPU, Nodes
from mlopsgen.prove.schedule_packing import nodes_for
from mlopsgen.prove.schedule_pods import Apart, Pod
from mlopsgen.spec.said import listed, named

OVER = Rule(
    "PLACE002",
    "the quota of a namespace holds all that its pods ask for",
    "Kubernetes counts every container of a pod, those too that Argo Workflows adds, after defaults"
    " are filled in, and refuses the pod that would pass the quota. It is never made.",
)
TOGETHER = Rule(
    "PLACE003",
    "replicas that must be apart have nodes enough",
    "Replicas that refuse to share a node or a zone need as many of them. One that finds none left"
    " stays Pending, and an update of the others waits for it.",
)
BARRED = Rule(
    "PLACE004",
    "a LimitRange lets the pods of its namespace pass",
    "A LimitRange gives containers what they leave out and refuses those outside of its bounds."
    " A maximum without a default is given to every container, GPUs included.",
)
CROWDED = Rule(
    "PLACE005",
    "the nodes of a platform hold what always runs on them",
    "Node groups never pass their largest size, and Karpenter never the limits of a pool. Pods that"
    " no room is left for stay Pending, and which ones those are is chance.",
)
PEAK = Rule(
    "PLACE011",
    "the nodes of a platform hold what runs on them at its largest",
    "Autoscalers ask for replicas whether there are nodes for them or not. Those beyond the room"
    " that pools can ever have stay Pending just when they are needed, and so may components that"
    " are moved meanwhile.",
    Severity.WARNING,
)
RULES = (OVER, TOGETHER, BARRED, CROWDED, PEAK)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A resource of which less is there than is wanted."""

    resource: str
    there: int
    wanted: int


_SHOWN = 5
"""Pods that are named, the largest first."""


def refused(found: Iterable[tuple[Pod, Refusal]]) -> Iterator[Finding]:
    """Yield the LimitRanges that bar pods, each with the first of them."""
    told: set[tuple[str, str]] = set()
    for pod, refusal in found:
        key = (refusal.by.path, refusal.because)
        if key not in told:
            told.add(key)
            yield BARRED.at(
                refusal.by.at,
                f"`{refusal.by.path}`: {refusal.by.who} {refusal.because}: {pod.who}",
                fix=FIX,
                related=(Related(pod.at, "the pod comes from here"),),
            )


def quotas(pods: Sequence[Pod], found: Mapping[str, Sequence[Limited]]) -> Iterator[Finding]:
    """Yield the quotas that are passed, by services together or by one step alone."""
    for total in exceeded(pods, found):
        yield _over(total)


def _over(total: Total) -> Finding:
    keys = {GPU: "gpus"}
    key = keys.get(total.resource, total.resource)
    alone = len(total.pods) == 1
    who = f"{total.pods[0].who} asks" if alone else "what runs in it asks"
    return OVER.at(
        (*total.by.at, "quota", key),
        f"{total.by.who} holds {amount(total.resource, total.hard)}; {who} for"
        f" {amount(total.resource, total.asked)}{'' if alone else ' at its largest'}",
        fix=f"raise `{key}` of {named((*total.by.at, 'quota'))}, or lower what is asked for",
        related=shares({pod: pod.most for pod in total.pods}, total.resource),
    )


def shares(counts: Mapping[Pod, int], resource: str) -> tuple[Related, ...]:
    """Return the pods that ask for most of *resource*, with how much."""
    asking = [(count, pod.form.amount(resource), pod) for pod, count in counts.items()]
    asking.sort(key=lambda each: -each[0] * each[1])
    return tuple(
        Related(pod.at, f"{count} x {amount(resource, one)}: {pod.who}")
        for count, one, pod in asking[:_SHOWN]
        if one
    )


def apart(ground: Ground, pods: Iterable[Pod]) -> Iterator[Finding]:
    """Yield the replicas that have fewer nodes, or zones, than they must be spread over."""
    for pod in pods:
        for each, there in cramped(ground, pod):
            yield _too_close(pod, each, ground.takes(pod.form), there)


def cramped(ground: Ground, pod: Pod) -> Iterator[tuple[Apart, int]]:
    """Yield what keeps the replicas of *pod* apart where there are too few domains, with these."""
    pools = ground.takes(pod.form)
    for each in pod.apart if pools else ():
        there = _domains(each, pools)
        # Where nothing is the least, replicas may pile up as long as they do so evenly.
        if there is None or (each.skew and there >= each.least):
            continue
        if pod.most > there * max(each.skew, 1):
            yield each, there


def _too_close(pod: Pod, apart: Apart, pools: Sequence[Nodes], there: int) -> Finding:
    what = {HOSTNAME: "node", ZONE: "zone"}.get(apart.key, f"`{apart.key}`")
    names, origin = listed([pool.name for pool in pools]), pools[0].origin
    return TOGETHER.at(
        pod.at,
        f"{pod.who} has {pod.most} replicas, each with a {what} of its own; {names}"
        f" {'has' if len(pools) == 1 else 'have'} {there} at the most",
        fix=f"let {named(origin)} have {pod.most}, or run fewer replicas",
        related=(Related(origin, f"`{pools[0].name}` is declared here"),),
    )


def _domains(apart: Apart, pools: Sequence[Nodes]) -> int | None:
    """Return how many domains there may be in *pools*, None for as many as are needed."""
    if apart.key == HOSTNAME:
        most = [pool.most for pool in pools]
        return None if None in most else sum(count for count in most if count)
    values = {
        value for pool in pools for kind in pool.kinds for value in kind.labels.get(apart.key, ())
    }
    return len(values)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Pools that are too small, with what is said of them."""

    pools: frozenset[Nodes]
    finding: Finding


def enough(ground: Ground, pods: Sequence[Pod]) -> Iterator[Crowd]:
    """Yield the pools that are too small for all that can run nowhere else.

    A sum can't show that pods fit, only that they can't: what is found is sure.
    """
    taking: dict[frozenset[Nodes], list[Pod]] = {}
    for pod in pods:
        if pools := frozenset(ground.takes(pod.form)):
            taking.setdefault(pools, []).append(pod)
    for those in taking:
        inside = [pod for pools, members in taking.items() if pools <= those for pod in members]
        yield from _short(ground, those, inside)


def _short(ground: Ground, pools: frozenset[Nodes], inside: Sequence[Pod]) -> Iterator[Crowd]:
    """Yield the resource that *pools* lack most, for what always runs or for the largest."""
    ordered = sorted(pools, key=lambda pool: (pool.most is None, pool.name))
    least = {pod: pod.least for pod in inside if pod.least}
    most = {pod: pod.most for pod in inside if pod.least or pod.most > 1}
    for rule, counts in ((CROWDED, least), (PEAK, most)):
        if short := list(short_of(ground, ordered, counts)):
            worst = max(short, key=lambda each: each.wanted / max(each.there, 1))
            yield Crowd(pools, _crowded(rule, ground, ordered, worst, counts))
            return


def short_of(
    ground: Ground, pools: Sequence[Nodes], counts: Mapping[Pod, int]
) -> Iterator[Shortage]:
    """Yield the resources of which *pools* have less than so many pods ask for together."""
    for resource in (GPU, "memory", "cpu", "pods"):
        there = _together(ground, pools, resource)
        wanted = sum(count * pod.form.amount(resource) for pod, count in counts.items())
        if there is not None and wanted > there:
            yield Shortage(resource, there, wanted)


def _together(ground: Ground, pools: Iterable[Nodes], resource: str) -> int | None:
    """Return how much of *resource* there is in *pools* at the most, None for no end of it."""
    total = 0
    for pool in pools:
        if pool.most is None:
            if resource not in pool.limits:
                return None
            total += pool.limits[resource]
        else:
            rooms = (ground.rooms[kind].get(resource, 0) for kind in pool.kinds)
            total += pool.most * max(0, max(rooms, default=0))
    return total


def _crowded(
    rule: Rule, ground: Ground, pools: Sequence[Nodes], short: Shortage, counts: Mapping[Pod, int]
) -> Finding:
    first, names = pools[0], listed([pool.name for pool in pools])
    key = "limits" if first.most is None else "max"
    always, peak = ("always runs and ", "") if rule is CROWDED else ("", " at its largest")
    fix = f"raise `{key}` of {named(first.origin)}"
    if first.most and len(pools) == 1 and (enough := nodes_for(ground, first, counts)):
        fix = f"write `max: {enough}`"
    return rule.at(
        (*first.origin, key),
        f"{names} {'has' if len(pools) == 1 else 'have'} {amount(short.resource, short.there)}"
        f" beside DaemonSets, with all nodes there may be; what {always}can run nowhere else asks"
        f" for {amount(short.resource, short.wanted)}{peak}",
        fix=f"{fix}, or let less run",
        related=shares(counts, short.resource),
    )
