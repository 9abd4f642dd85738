"""Room in pieces: what sums allow, and still no node holds; nodes that are there from the start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from mlopsgen.diagnostics import Finding, Related, Rule, Severity
from mlopsgen.prove.schedule_batches import Batch
from mlopsgen.prove.schedule_fit import Ground, amount, suits
from mlopsgen.prove.schedule_nodes import GPU, Nodes
from mlopsgen.prove.schedule_packing import Lot, Packing, nodes_for, packed
from mlopsgen.prove.schedule_pods import Form, Pod
from mlopsgen.prove.schedule_room import CROWDED, Crowd, Shortage, cramped, shares, short_of
from mlopsgen.spec.said import listed, named

PIECES = Rule(
    "PLACE012",
    "pods fit on nodes one by one, not only in sum",
    "A pod runs on one node. Room for it that lies in pieces on several is room for smaller pods"
    " only, and it stays Pending beside nodes that are half empty.",
    Severity.WARNING,
)
STARTED = Rule(
    "PLACE013",
    "node groups start with nodes for what always runs",
    "A node group starts with its smallest size and grows only when somebody changes that: no"
    " Cluster Autoscaler is installed. Pods that no node is left for stay Pending meanwhile.",
    Severity.WARNING,
)
UPDATED = Rule(
    "PLACE014",
    "an update finds room for the pod that it starts first",
    "Of fewer than four replicas none may be missing, so that an update starts a new one before an"
    " old one goes. Where there is no room for both the update waits for ever.",
    Severity.WARNING,
)
BESIDE = Rule(
    "PLACE015",
    "what runs now and then has room beside what always runs",
    "Services that never end hold what they ask for. A step, or a model that was at rest, for which"
    " nothing is left beside them waits until somebody takes one of them away.",
)
RULES = (PIECES, STARTED, UPDATED, BESIDE)


def _endless(ground: Ground, pod: Pod) -> bool:
    """Say whether *pod* may run where Karpenter makes as many nodes as are asked for."""
    return any(pool.most is None and not pool.limits for pool in ground.takes(pod.form))


def _bound(ground: Ground, pods: Iterable[Pod]) -> list[Pod]:
    """Return those of *pods* that only pools with an end to them take."""
    return [pod for pod in pods if not _endless(ground, pod)]


def pieces(ground: Ground, pods: Sequence[Pod], told: Sequence[Crowd]) -> Iterator[Finding]:
    """Yield what of *pods* finds no node, though no sum says so; of pools *told* nothing twice."""
    short = {pool for crowd in told if crowd.finding.code == CROWDED.code for pool in crowd.pools}
    those = [
        pod
        for pod in _bound(ground, pods)
        if short.isdisjoint(ground.takes(pod.form)) and not any(cramped(ground, pod))
    ]
    least = {pod: pod.least for pod in those if pod.least}
    always = packed(ground, least)
    yield from _without_a_node(always, least, "")
    yield from _started(always, least)
    if not always.homeless:
        short |= {pool for crowd in told for pool in crowd.pools}
        growing = [pod for pod in those if pod.least or pod.most > 1]
        most = {pod: pod.most for pod in growing if short.isdisjoint(ground.takes(pod.form))}
        yield from _without_a_node(packed(ground, most), most, " at their largest")
        yield from _beside(ground, those, least)
        yield from _updated(always, least)


def _without_a_node(packing: Packing, counts: Mapping[Pod, int], largest: str) -> Iterator[Finding]:
    """Yield the largest pods that no node is left for, once for the pools that take them."""
    told: set[tuple[Nodes, ...]] = set()
    for batch, lacking in packing.homeless:
        pools = packing.ground.takes(batch.form)
        if pools not in told:
            told.add(pools)
            yield _homeless(packing, batch, lacking, counts, largest)


def _homeless(
    packing: Packing, batch: Batch, lacking: int, counts: Mapping[Pod, int], largest: str
) -> Finding:
    pods = sorted(batch.pods, key=lambda pod: -batch.pods[pod])
    who = pods[0].who if len(pods) == 1 else f"{pods[0].who} and {len(pods) - 1} like it"
    pools = packing.ground.takes(batch.form)
    reasons = sorted((_reason(packing, batch.form, pool) for pool in pools), reverse=True)
    asks = amount(reasons[0][1], batch.form.amount(reasons[0][1]))
    return PIECES.at(
        pods[0].at,
        f"{lacking} of {batch.count} pods of {who} find no node{largest}; each asks for {asks}:"
        f" {'; '.join(text for _, _, text in reasons)}",
        fix=_fix(packing, counts, pools),
        related=(Related(pools[0].origin, f"`{pools[0].name}` is declared here"),),
    )


def _reason(packing: Packing, form: Form, pool: Nodes) -> tuple[float, str, str]:
    """Return how near *pool* is to taking a pod of *form*, what it lacks, and that in words."""
    lots = [(lot, count) for lot, count in packing.lots.items() if lot.pool is pool]
    fitting = [each for each in lots if suits(form, each[0].kind)]
    if not fitting:
        name = form.asks[0][0]
        return 0.0, name, f"`{pool.name}` can have no node that it may be on"
    asks = [(name, form.amount(name)) for name in packing.names if form.amount(name)]

    def near(lot: Lot) -> tuple[float, str]:
        room = dict(zip(packing.names, lot.room, strict=True))
        return min((room[name] / count, name) for name, count in asks)

    share, name = max(near(lot) for lot, _ in fitting)
    index = packing.names.index(name)
    total = sum(lot.room[index] * count for lot, count in fitting)
    piece = max(lot.room[index] for lot, _ in fitting)
    nodes = sum(count for _, count in fitting)
    on = f"its {nodes} nodes" if nodes > 1 else "its one node"
    at_most = f", {amount(name, piece)} at the most on one" if nodes > 1 else ""
    text = f"`{pool.name}` has {amount(name, total)} left on {on}{at_most}"
    return share, name, text


def _fix(packing: Packing, counts: Mapping[Pod, int], pools: Sequence[Nodes]) -> str:
    """Return what would be enough: nodes where the pool is a node group, else the limits."""
    first = pools[0]
    if first.most is None:
        return f"raise `limits` of {named(first.origin)}, or let it have larger instances"
    more = nodes_for(packing.ground, first, counts)
    raised = f"write `max: {more}` at" if more else "raise `max` of"
    return f"{raised} {named(first.origin)}, or let it have larger instances"


def _started(packing: Packing, counts: Mapping[Pod, int]) -> Iterator[Finding]:
    for pool, made in packing.opened.items():
        if pool.most is None or not pool.least:  # POOL006 speaks of those that start empty
            continue
        there = f"{pool.least} node{'' if pool.least == 1 else 's'}"
        on_it = {pod: n for pod, n in counts.items() if pool in packing.ground.takes(pod.form)}
        yield STARTED.at(
            (*pool.origin, "min"),
            f"`{pool.name}` starts with {there}, and nothing makes more; what always runs takes"
            f" {pool.least + made}",
            fix=f"write `min: {pool.least + made}`, or let less run",
            related=shares(on_it, GPU if pool.gpu else "cpu"),
        )


def _updated(packing: Packing, least: Mapping[Pod, int]) -> Iterator[Finding]:
    """Yield the services whose update starts a pod that there is no room for."""
    found: dict[Form, bool] = {}
    for pod in least:
        if not pod.extra:
            continue
        if pod.form not in found:
            found[pod.form] = packing.takes(pod.form) or not _lacking(packing, least, pod)
        if not found[pod.form]:
            pools = packing.ground.takes(pod.form)
            yield UPDATED.at(
                pod.at,
                f"an update of {pod.who} starts a pod before one of its {pod.least} goes, and"
                f" {listed([pool.name for pool in pools])} has no room for it beside what always"
                " runs",
                fix=f"raise {_key(pools[0])}, or let less run there",
                related=(Related(pools[0].origin, f"`{pools[0].name}` is declared here"),),
            )


def _lacking(packing: Packing, least: Mapping[Pod, int], pod: Pod) -> bool:
    more = {**least, pod: least[pod] + pod.extra}
    return bool(packed(packing.ground, more).homeless)


def _key(pool: Nodes) -> str:
    return f"`{'limits' if pool.most is None else 'max'}` of {named(pool.origin)}"


def _beside(ground: Ground, pods: Iterable[Pod], least: Mapping[Pod, int]) -> Iterator[Finding]:
    """Yield what runs now and then and has no room beside what always does; sums make it sure."""
    found: dict[Form, Shortage | None] = {}
    for pod in pods:
        pools = ground.takes(pod.form)
        if pod.least or not pools:
            continue
        if pod.form not in found:
            found[pod.form] = _shortage(ground, pod, pools, least)
        if short := found[pod.form]:
            yield BESIDE.at(
                pod.at,
                f"{pod.who} asks for {amount(short.resource, pod.form.amount(short.resource))};"
                f" {listed([pool.name for pool in pools])} has"
                f" {amount(short.resource, short.there)} with all nodes there may be, and what"
                " always runs there holds"
                f" {amount(short.resource, short.wanted - pod.form.amount(short.resource))}",
                fix=f"raise {_key(pools[0])}, or let less run there",
                related=(Related(pools[0].origin, f"`{pools[0].name}` is declared here"),),
            )


def _shortage(
    ground: Ground, pod: Pod, pools: Collection[Nodes], least: Mapping[Pod, int]
) -> Shortage | None:
    inside = {
        each: count for each, count in least.items() if {*ground.takes(each.form)} <= {*pools}
    }
    short = [
        each
        for each in short_of(ground, [*pools], {**inside, pod: 1})
        if pod.form.amount(each.resource)
    ]
    return short[0] if short else None
