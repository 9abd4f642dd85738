"""The schedule: every pod has a pool that takes it, and every pool and GPU has what it needs.

It reads what was emitted, as the scheduler and Karpenter do: labels and taints of nodes, what
DaemonSets leave of them, and what each pod asks for once its namespace has had its say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Related, Rule, Severity, SpecPath
from mlopsgen.plan import Plan
from mlopsgen.prove import schedule_drains, schedule_parts, schedule_pieces, schedule_room
from mlopsgen.prove.schedule_fit import Ground, Obstacle, ground, lands
from mlopsgen.prove.schedule_limits import admitted, limiting
from mlopsgen.prove.schedule_nodes import GPU, Nodes, addons, grounds
from mlopsgen.prove.schedule_pods import Pod, pods
from mlopsgen.prove.schedule_terms import tolerated
from mlopsgen.spec.said import listed, named

HOMELESS = Rule(
    "PLACE001",
    "every pod has a pool that takes it",
    "The scheduler puts a pod on a node whose labels, taints and free room suit it, and Karpenter"
    " makes no node that wouldn't. A pod that suits none stays Pending for ever.",
)
EMPTY = Rule(
    "PLACE006",
    "something can run in every pool",
    "A pool that no pod tolerates or asks for costs what its nodes cost, and what it was meant"
    " for stays Pending or takes the room of others.",
    Severity.WARNING,
)
UNREGISTERED = Rule(
    "PLACE007",
    "the device plugin runs wherever there are GPUs",
    "A node offers no GPU before NVIDIA's device plugin has registered it. Pods that ask for one"
    " stay Pending, and Karpenter never takes the node for ready.",
)
UNWATCHED = Rule(
    "PLACE008",
    "the exporter of GPU figures runs wherever there are GPUs",
    "Where the exporter doesn't run there are no figures, so that no alert about the GPUs of a"
    " pool ever fires, and they look idle on every dashboard.",
    Severity.WARNING,
)
FLEETING = Rule(
    "PLACE009",
    "what everything depends on isn't on spot instances alone",
    "AWS takes spot instances away within two minutes, often many at once. What keeps the"
    " platform running would be gone with them, and with it what would bring it back.",
    Severity.WARNING,
)
RULES = (
    HOMELESS,
    *schedule_room.RULES,
    EMPTY,
    UNREGISTERED,
    UNWATCHED,
    FLEETING,
    *schedule_drains.RULES,
    *schedule_pieces.RULES,
)

PLUGIN = "nvidia-device-plugin"
EXPORTER = "dcgm-exporter"

_SHOWN = 3
"""Pools whose reasons are told, the nearest first."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """All pods of an environment, as its namespaces admit them, and the pools for them."""

    ground: Ground
    pods: tuple[Pod, ...]
    daemons: tuple[Pod, ...]


def scheduled(plan: Plan, artifacts: Sequence[Artifact]) -> Iterator[Finding]:
    """Yield what of *plan*'s *artifacts* the scheduler finds no place for, or refuses."""
    helm = schedule_parts.values(artifacts)
    executor = schedule_parts.at(helm.get("argo-workflows", {}), "executor.resources") or {}
    own = [_at_the_end(plan, pod) for pod in pods(artifacts, executor)]
    taken, refused = admitted(own, limiting(artifacts, "LimitRange"))
    yield from schedule_room.refused(refused)
    yield from schedule_room.quotas(taken, limiting(artifacts, "ResourceQuota"))
    every = [*taken, *schedule_parts.of_parts(plan.parts, helm, addons(artifacts))]
    daemons = tuple(pod for pod in every if pod.daemon)
    pools = grounds(artifacts)
    if not pools:
        return
    found = Schedule(
        ground(pools, daemons), tuple(pod for pod in every if not pod.daemon and pod.most), daemons
    )
    yield from _placed(found)
    yield from schedule_room.apart(found.ground, found.pods)
    told = list(schedule_room.enough(found.ground, found.pods))
    yield from (each.finding for each in told)
    yield from schedule_pieces.pieces(found.ground, found.pods, told)
    yield from schedule_drains.budgets(plan, helm, artifacts, found.pods)
    yield from _used(found)
    yield from _equipped(found, plan)
    yield from _lasting(found)


def _at_the_end(plan: Plan, pod: Pod) -> Pod:
    """Return *pod* with its place under `onExit` where that is where its step is written."""
    for workflow in plan.workflows:
        if pod.at[:2] == workflow.origin and pod.at[-1] in workflow.spec.on_exit:
            return replace(pod, at=(*workflow.origin, "onExit", pod.at[-1]))
    return pod


def _placed(schedule: Schedule) -> Iterator[Finding]:
    """Yield the pods that no pool takes; those of one place with one reason are told once."""
    told: set[tuple[SpecPath, str]] = set()
    for pod in schedule.pods:
        if schedule.ground.takes(pod.form):
            continue
        obstacles = schedule.ground.obstacles(pod.form)
        if (pod.at, obstacles[0].text) not in told:
            told.add((pod.at, obstacles[0].text))
            yield _homeless(pod, obstacles)


def _homeless(pod: Pod, obstacles: Sequence[Obstacle]) -> Finding:
    first, *others = obstacles
    then = "".join(f"; then {each.text}" for each in others[: _SHOWN - 1])
    return HOMELESS.at(
        pod.at,
        f"{pod.who} runs in no pool; closest: {first.text}{then}",
        fix=first.reasons[0].fix,
        related=(Related(first.pool.origin, f"`{first.pool.name}` is declared here"),),
    )


def _used(schedule: Schedule) -> Iterator[Finding]:
    """Yield the pools for which there is no pod, where there are models or pipelines at all."""
    forms = {pod.form for pod in schedule.pods}
    if all(pod.component or pod.at[:1] == ("components",) for pod in schedule.pods):
        return
    used = {pool for form in forms for pool in schedule.ground.takes(form)}
    # Where a pod was meant to run, what keeps it off is told already.
    lacking = (schedule.ground.obstacles(form) for form in forms if not schedule.ground.takes(form))
    used |= {obstacles[0].pool for obstacles in lacking}
    for pool in schedule.ground.pools:
        if pool in used or not pool.kinds:
            continue
        taints = [str(taint) for taint in pool.taints if taint.closes]
        strange = [
            str(taint)
            for taint in pool.taints
            if taint.closes and not any(tolerated(taint, form.tolerations) for form in forms)
        ]
        why = (
            f"no pod tolerates {listed(strange)}" if strange else "no pod that it takes asks for it"
        )
        yield EMPTY.at(
            (*pool.origin, "taints") if taints else pool.origin,
            f"nothing runs in `{pool.name}`: {why}",
            fix=f"write `pool: {pool.name}` at a model or a step, or take the pool away",
        )


def _equipped(schedule: Schedule, plan: Plan) -> Iterator[Finding]:
    """Yield the pools with GPUs that the device plugin, or the exporter, doesn't reach."""
    wanted = any(pod.form.amount(GPU) for pod in schedule.pods)
    for name, rule in ((PLUGIN, UNREGISTERED), (EXPORTER, UNWATCHED)):
        part = plan.parts.get(name)
        daemons = [pod for pod in schedule.daemons if pod.component == name]
        if part is None and (rule is UNWATCHED or not wanted):
            continue
        for pool in schedule.ground.pools:
            if not pool.gpu or (pool.own_plugin and name == PLUGIN):
                continue
            if not any(_everywhere(pod, pool) for pod in daemons):
                yield _unequipped(rule, name, pool, daemons)


def _everywhere(daemon: Pod, pool: Nodes) -> bool:
    kinds = [kind for kind in pool.kinds if GPU in kind.room]
    return all(lands(daemon.form, pool, kind) for kind in kinds)


def _unequipped(rule: Rule, name: str, pool: Nodes, daemons: Iterable[Pod]) -> Finding:
    reasons = [
        f"it doesn't tolerate `{taint}`"
        for daemon in list(daemons)[:1]
        for taint in pool.taints
        if taint.closes and not tolerated(taint, daemon.form.tolerations)
    ]
    because = reasons[0] if reasons else "its nodes have none of the labels that it asks for"
    if not daemons:
        because = "it isn't installed"
    at: SpecPath = next((daemon.at for daemon in daemons), ("components", name))
    return rule.at(
        at,
        f"`{name}` doesn't run in `{pool.name}`, which has GPUs: {because}",
        fix=f"take `tolerations`, `nodeSelector` and `affinity` out of the `values` of `{name}`",
        related=(Related(pool.origin, f"`{pool.name}` is declared here"),),
    )


def _lasting(schedule: Schedule) -> Iterator[Finding]:
    """Yield the spot pools that components, or models before others, have nothing beside."""
    found: dict[tuple[Nodes, ...], list[Pod]] = {}
    for pod in schedule.pods:
        if pod.component or (pod.high and pod.least):
            pools = schedule.ground.takes(pod.form)
            if pools and all(pool.spot for pool in pools):
                found.setdefault(pools, []).append(pod)
    for pools, others in found.items():
        first, *more = (pod.who for pod in others)
        also = f", and {len(more)} others," if len(more) > 1 else ", and another," if more else ""
        spot, origin = listed([each.name for each in pools]), pools[0].origin
        yield FLEETING.at(
            (*origin, "capacity"),
            f"{first}{also} can run on spot instances only: {spot}",
            fix=f"write `capacity: on-demand` at {named(origin)}, or add a pool that has it",
        )
