"""Capacity: what limits a namespace or a pool holds all models at their largest.

A limit that is too low fails nothing. The pods beyond it are refused or stay Pending, and the
autoscaler keeps asking for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlopsgen import units
from mlopsgen.check.checked import Checked, Workload
from mlopsgen.check.fit import instances
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.plan.canaries import canaries, largest
from mlopsgen.spec import KarpenterPool, ManagedPool, Model, PoolLimits, Quota, Transformer, Work
from mlopsgen.spec.said import named

_UPDATED_IN_PLACE = 4
"""Replicas from which an update takes one away before it starts another: KServe lets a quarter of
them be missing, rounded down, and a quarter more be there, rounded up (0.16.0
reconcilers/deployment/deployment_reconciler.go)."""

_SHOWN = 5
"""Models that are named, the largest first."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class _Peak:
    """The pods of a model, or of its transformer, when it is largest, and what each asks for."""

    at: SpecPath
    model: Model
    pod: Model | Transformer
    replicas: int
    """At the largest scale, those of the canary included."""

    extra: int
    """Replicas beyond them that an update can't do without, of each version."""

    @property
    def pods(self) -> int:
        """How many there are."""
        return self.replicas + self.extra * (2 if self.model.canary else 1)

    def of(self, resource: str) -> int:
        """Return how much of *resource* all pods ask for."""
        return self.pods * _each(self.pod)[resource]

    def because(self, resource: str) -> str:
        """Return how that comes about; a line of a family stands for many models."""
        highest = self.model.scale.max
        words = f"`{self.at[1]}`, " if self.model.family else ""
        words += f"{highest} replica{'' if highest == 1 else 's'}"
        words += "" if self.pod is self.model else " of its transformer"
        if resource != "pods":
            words += f" of {_amount(resource, _each(self.pod)[resource])}"
        words += f", {self.extra} more in an update" if self.extra else ""
        beside = self.replicas - highest
        more = "as many of" if beside == highest else f"{beside} more for"
        return f"{words}, {more} its canary" if beside else words


def _each(workload: Workload) -> dict[str, int]:
    asked = workload.resources
    return {"cpu": asked.cpu, "memory": asked.memory, "gpus": workload.gpus, "pods": 1}


def _peaks(checked: Checked) -> Iterator[_Peak]:
    """Yield the peak of each model that runs, and of its transformer.

    An update of few replicas starts the new one first, on GPUs it never does. A transformer has as
    many replicas as its model.
    """
    facts = canaries(checked.platform.components)
    for name, model in checked.platform.models.items():
        if not model.stopped:
            at: SpecPath = ("models", name)
            place = (*at, "scale", "max") if "max" in model.scale.model_fields_set else at
            most, few = largest(facts, model), model.scale.max < _UPDATED_IN_PLACE
            yield _Peak(place, model, model, most, int(few and not model.gpus))
            if model.transformer:
                yield _Peak((*at, "transformer"), model, model.transformer, most, int(few))


def _by(checked: Checked, key: Callable[[_Peak], str | None]) -> Mapping[str | None, list[_Peak]]:
    """Return the peaks by their *key*."""
    found: dict[str | None, list[_Peak]] = defaultdict(list)
    for peak in _peaks(checked):
        found[key(peak)].append(peak)
    return found


@rule("QUOTA001")
def quotas_hold_the_models(checked: Checked) -> Iterator[Finding]:
    """The quota of a namespace holds its models at their largest.

    Kubernetes refuses every pod beyond the quota. A model then never gets the replicas that its
    autoscaler asks for, or waits in the middle of an update for a pod that can't be made.
    """
    peaks = _by(checked, lambda peak: peak.model.namespace)
    quotas: dict[str, dict[str, int]] = {}
    for name, namespace in checked.platform.namespaces.items():
        if namespace.quota:
            quotas[name] = _limits(namespace.quota)
            at: SpecPath = ("namespaces", name, "quota")
            yield from _exceeded(at, quotas[name], peaks[name], "its models")
    for place, pipeline, step in checked.works():
        limits = quotas.get(pipeline.namespace, {})
        yield from _alone(place, step, ("namespaces", pipeline.namespace, "quota"), limits)


def _limits(section: Quota | PoolLimits) -> dict[str, int]:
    """Return the limits that are set."""
    found = {"cpu": section.cpu, "memory": section.memory, "gpus": section.gpus}
    if isinstance(section, Quota):
        found["pods"] = section.pods
    return {key: limit for key, limit in found.items() if limit is not None}


def _exceeded(
    at: SpecPath, limits: Mapping[str, int], peaks: Sequence[_Peak], whose: str
) -> Iterator[Finding]:
    for resource, limit in limits.items():
        wanted = sum(each.of(resource) for each in peaks)
        if wanted > limit:
            yield Finding(
                at=(*at, resource),
                message=f"{named(at)} holds {_amount(resource, limit)}; {whose} ask for"
                f" {_amount(resource, wanted)} at their largest",
                fix=f"write `{resource}: {_written(resource, wanted)}`, or lower `scale.max`",
                related=_shares(peaks, resource),
            )


def _shares(peaks: Iterable[_Peak], resource: str) -> tuple[Related, ...]:
    asking = sorted(peaks, key=lambda each: -each.of(resource))
    return tuple(
        Related(each.at, f"{_amount(resource, each.of(resource))}: {each.because(resource)}")
        for each in asking[:_SHOWN]
        if each.of(resource)
    )


def _alone(
    at: SpecPath, step: Work, quota: SpecPath, limits: Mapping[str, int]
) -> Iterator[Finding]:
    for resource, limit in limits.items():
        wanted = _each(step)[resource]
        if wanted > limit:
            yield Finding(
                at=(*at, "gpus") if resource == "gpus" else (*at, "resources", resource),
                message=f"{named(at)} asks for {_amount(resource, wanted)}; {named(quota)} holds"
                f" {_amount(resource, limit)}",
                fix=f"write `{resource}: {_written(resource, limit)}`, or raise the quota",
                related=(Related((*quota, resource), "the quota is set here"),),
            )


@rule("QUOTA002")
def limits_of_pools_hold_the_models(checked: Checked) -> Iterator[Finding]:
    """The limits of a pool hold the models on it at their largest.

    Karpenter makes no node that would pass the limits of its pool. The pods it would have been
    for stay Pending, however long they wait.
    """
    peaks = _by(checked, lambda peak: peak.pod.pool)
    for name, pool in checked.platform.node_pools.items():
        if isinstance(pool, KarpenterPool):
            at: SpecPath = ("nodePools", name, "limits")
            yield from _exceeded(at, _limits(pool.limits), peaks[name], "the models on it")


@rule("QUOTA003")
def nodes_of_pools_hold_the_models(checked: Checked) -> Iterator[Finding]:
    """The nodes of a managed pool hold the models on it at their largest.

    A node group never grows past its largest size. Pods that no node is left for stay Pending,
    even when each of them would be on one node of the pool.
    """
    peaks = _by(checked, lambda peak: peak.pod.pool)
    for name, pool in checked.platform.node_pools.items():
        if not isinstance(pool, ManagedPool):
            continue
        on_it = peaks[name]
        nodes = {
            resource: -(-sum(each.of(resource) for each in on_it) // one)
            for resource, one in _largest(pool).items()
        }
        scarce = max(nodes, key=lambda each: nodes[each], default="")
        if scarce and nodes[scarce] > pool.max:
            yield _too_few_nodes(("nodePools", name, "max"), pool, on_it, scarce, nodes[scarce])


def _too_few_nodes(
    at: SpecPath, pool: ManagedPool, peaks: Sequence[_Peak], resource: str, nodes: int
) -> Finding:
    there = _amount(resource, pool.max * _largest(pool)[resource])
    wanted = _amount(resource, sum(each.of(resource) for each in peaks))
    return Finding(
        at=at,
        message=f"{named(at[:-1])} has {there} on {pool.max} node{'' if pool.max == 1 else 's'};"
        f" the models on it ask for {wanted} at their largest",
        fix=f"write `max: {nodes}`, or lower `scale.max`",
        related=_shares(peaks, resource),
    )


def _largest(pool: ManagedPool) -> dict[str, int]:
    """Return the most that one node of *pool* has of each resource, what is dearest first.

    What no node has is left out: a pod that asks for it is another rule's.
    """
    found: dict[str, int] = {}
    for each in instances(pool):
        has = {
            "gpus": each.gpu.count if each.gpu else 0,
            "memory": each.allocatable.memory_mib * _MIB,
            "cpu": each.allocatable.cpu_millis,
        }
        found |= {key: most for key, most in has.items() if most > found.get(key, 0)}
    return found


def _amount(resource: str, count: int) -> str:
    """Return *count* with its unit, for people."""
    text = _written(resource, count)
    if resource == "memory":
        return f"{text} of memory"
    one = {"cpu": "CPU", "gpus": "GPU", "pods": "pod"}[resource]
    return f"{text} {one}" if text == "1" else f"{text} {one}s"


def _written(resource: str, count: int) -> str:
    """Return *count* as it is written in platform.yaml."""
    forms: Mapping[str, Callable[[int], str]] = {"cpu": units.cpu, "memory": units.memory}
    return forms.get(resource, str)(count)


RULES = (
    quotas_hold_the_models,
    limits_of_pools_hold_the_models,
    nodes_of_pools_hold_the_models,
)
