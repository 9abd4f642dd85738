"""Costs: what an environment costs a month at its smallest and at its largest.

At its smallest, managed pools are at `min` and Karpenter's hold the least replicas of the models
that are bound to them; at its largest, pools are at `max` and at their limits. Everything is
counted at the on-demand price: what runs on spot costs less. What isn't in it is named, because a
figure that leaves something out in silence is taken for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlopsgen import units
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import prices
from mlopsgen.facts.hardware import Instance
from mlopsgen.facts.prices import Price
from mlopsgen.plan.canaries import least
from mlopsgen.plan.model import Plan, Served
from mlopsgen.plan.pools import Pool
from mlopsgen.spec import KarpenterPool, ManagedPool

HOURS = 730
"""Of a month: a twelfth of 8,760, as AWS's own calculator counts."""

_BOTTLEROCKET_ROOT = 4
"""GiB of the second volume of a Bottlerocket node (templates/karpenter/ec2-node-class.yaml)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A line of the bill, in US dollars a month."""

    what: str
    low: float | None
    """At the smallest; None where no price is known."""

    high: float | None
    """At the largest; None where no price is known, or nothing limits it."""

    how: str
    """How it comes about."""

    unpriced: tuple[str, ...] = ()
    """Instance types that it could take and that have no price in the region."""

    as_of: tuple[str, ...] = ()
    """The days on which its prices were read, oldest first."""

    origin: SpecPath


@dataclass(frozen=True, slots=True)
class Costs:
    """What an environment costs a month in US dollars, line by line, and what isn't in it."""

    region: str
    lines: tuple[Cost, ...]
    left_out: tuple[str, ...]

    @property
    def low(self) -> float:
        """The sum at the smallest, of what has a price."""
        return sum(line.low or 0 for line in self.lines)

    @property
    def high(self) -> float | None:
        """The sum at the largest; None where a line has none."""
        parts = [line.high for line in self.lines]
        known = [part for part in parts if part is not None]
        return sum(known) if len(known) == len(parts) else None

    @property
    def as_of(self) -> tuple[str, ...]:
        """The days on which the prices were read, oldest first."""
        return tuple(sorted({day for line in self.lines for day in line.as_of}))


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a pool with what it costs in US dollars a month, its root volume included."""

    instance: Instance
    usd: float
    as_of: tuple[str, ...]


def costs(plan: Plan) -> Costs:
    """Return what the environment of *plan* costs a month."""
    region = plan.platform.aws.region
    pools = tuple(_pool(plan, pool, region) for pool in plan.pools.values())
    return Costs(region, (_control_plane(), *pools), _left_out(plan, region))


def nodes(pool: Pool, region: str) -> tuple[Node, ...]:
    """Return the nodes that *pool* may have and whose price in *region* is known."""
    storage = prices.gp3(region)
    disk = units.gibibytes(pool.spec.disk)
    if isinstance(pool.spec, KarpenterPool) and pool.spec.ami.startswith("bottlerocket@"):
        disk += _BOTTLEROCKET_ROOT
    found = []
    for instance in pool.instances:
        if price := prices.on_demand(instance.type, region):
            usd = price.usd * HOURS + (storage.usd * disk if storage else 0)
            found.append(Node(instance, usd, _days(price, storage)))
    return tuple(found)


def _days(*known: Price | None) -> tuple[str, ...]:
    return tuple(sorted({price.as_of for price in known if price}))


def _control_plane() -> Cost:
    price = prices.control_plane()
    month = price.usd * HOURS
    return Cost(
        what="EKS control plane",
        low=month,
        high=month,
        how=f"{price.usd:g} USD an hour while EKS supports the Kubernetes version as standard",
        as_of=_days(price),
        origin=("cluster",),
    )


def _pool(plan: Plan, pool: Pool, region: str) -> Cost:
    known = nodes(pool, region)
    priced = {node.instance.type for node in known}
    low, high, how = None, None, f"no price of its instance types is known in {region}"
    if known:
        low, high, how = (
            _managed(pool.spec, known)
            if isinstance(pool.spec, ManagedPool)
            else (_karpenter(plan, pool, pool.spec, known))
        )
    return Cost(
        what=f"nodes of {pool.name}",
        low=low,
        high=high,
        how=how,
        unpriced=tuple(each.type for each in pool.instances if each.type not in priced),
        as_of=tuple(sorted({day for node in known for day in node.as_of})),
        origin=pool.origin,
    )


def _managed(spec: ManagedPool, known: tuple[Node, ...]) -> tuple[float, float, str]:
    cheap, dear = _extremes(known)
    types = " or ".join(dict.fromkeys((cheap.instance.type, dear.instance.type)))
    return spec.min * cheap.usd, spec.max * dear.usd, f"{spec.min} to {spec.max} nodes of {types}"


def _extremes(known: tuple[Node, ...]) -> tuple[Node, Node]:
    """Return the cheapest node and the dearest."""
    ordered = sorted(known, key=lambda node: (node.usd, node.instance.type))
    return ordered[0], ordered[-1]


def _karpenter(
    plan: Plan, pool: Pool, spec: KarpenterPool, known: tuple[Node, ...]
) -> tuple[float | None, float | None, str]:
    bound = tuple(one for one in plan.served if one.pool is pool and not one.spec.stopped)
    count, limits = sum(least(one) for one in bound), _limits(spec)
    least_words = f"{count or 'no'} replica{'' if count == 1 else 's'} of models at the least"
    limited = " and ".join(_amount(key, limit) for key, limit in limits.items())
    most_words = f"{limited} at the most" if limited else "nothing that limits it"
    return _smallest(bound, known), _largest(limits, known), f"{least_words}, {most_words}"


def _limits(spec: KarpenterPool) -> dict[str, int]:
    found = {"cpu": spec.limits.cpu, "memory": spec.limits.memory, "gpus": spec.limits.gpus}
    return {key: limit for key, limit in found.items() if limit is not None}


def _amount(resource: str, count: int) -> str:
    if resource == "gpus":
        return f"{count} GPUs"
    return f"{units.cpu(count)} CPUs" if resource == "cpu" else f"{units.memory(count)} of memory"


def _smallest(bound: tuple[Served, ...], known: tuple[Node, ...]) -> float:
    """Return what the nodes for the least replicas cost at the least.

    Whatever nodes Karpenter takes, together they have what the pods ask for: so they cost at least
    the cheapest CPU, memory and GPU, whichever comes to most, and one node at least.
    """
    asked = {"cpu": 0, "memory": 0, "gpus": 0}
    for one in bound:
        count = least(one)
        fronts = (one.spec.transformer,) if one.spec.transformer else ()
        for pod in (one.spec, *fronts):
            asked["cpu"] += count * pod.resources.cpu
            asked["memory"] += count * pod.resources.memory
        asked["gpus"] += count * one.spec.gpus
    if not any(asked.values()):
        return 0
    cheapest, _ = _extremes(known)
    shares = [cheapest.usd]
    for resource, wanted in asked.items():
        having = [(node.usd, amount) for node in known if (amount := _room(node)[resource])]
        if wanted and having:
            shares.append(wanted * min(usd / amount for usd, amount in having))
    return max(shares)


def _largest(limits: Mapping[str, int], known: tuple[Node, ...]) -> float | None:
    """Return what the nodes within *limits* cost at the most; None when nothing limits them.

    Karpenter makes no node that would go beyond a limit, so that the nodes cost at most the
    dearest CPU, GPU or byte, as often as the limit has it.
    """
    fitting = [
        node for node in known if all(_room(node)[key] <= limit for key, limit in limits.items())
    ]
    bounds = [
        limit * max((node.usd / _room(node)[resource] for node in fitting), default=0)
        for resource, limit in limits.items()
        if all(_room(node)[resource] for node in fitting)
    ]
    return min(bounds, default=None)


def _room(node: Node) -> dict[str, int]:
    """Return what pods get of *node*, the CPUs as they count for a limit: whole."""
    instance = node.instance
    return {
        "cpu": instance.vcpu * 1000,
        "memory": instance.allocatable.memory_mib * 2**20,
        "gpus": instance.gpu.count if instance.gpu else 0,
    }


def _left_out(plan: Plan, region: str) -> tuple[str, ...]:
    """Return what the figures don't hold, in the words of a list."""
    found = [
        "NAT gateways, load balancers and data transfer",
        "S3, and volumes other than the root volumes of nodes",
        "CloudWatch, KMS, Secrets Manager and the registry of images",
        "taxes, support, and discounts for what is reserved or committed to",
    ]
    if plan.platform.storage:
        found.insert(0, "the database")
    if not prices.gp3(region):
        found.append(f"root volumes of nodes: no price is known in {region}")
    if any(pool.spec.capacity != "on-demand" for pool in plan.pools.values()):
        found.append("what spot is cheaper: it is counted at the on-demand price")
    return tuple(found)
