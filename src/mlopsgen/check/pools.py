"""Node pools: taints, labels, instances and sizes that Kubernetes, EKS and Karpenter take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.facts import UnknownFact, hardware
from mlopsgen.names import POOL_LABEL
from mlopsgen.spec import ManagedPool, NodePool
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import listed, named, quoted
from mlopsgen.units import memory

_IMAGE = 20 * 2**30
"""Bytes of the volume that AMIs of EKS are made with; Karpenter's own default is the same."""

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TAINT = re.compile(
    r"(?P<key>(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?"
    r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)"
    r"(?:=(?P<value>(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?))?"
    r":(?P<effect>[A-Za-z]+)"
)
_RESERVED = ("kubernetes.io", "k8s.io", "karpenter.sh", "karpenter.k8s.aws", "eks.amazonaws.com")
"""Domains whose labels the kubelet, EKS and Karpenter set. Karpenter refuses all but the last
(karpenter 1.8.0 pkg/apis/v1/labels.go), EKS all that aren't Karpenter's (CreateNodegroup)."""

_FREE = ("node.kubernetes.io", "node-restriction.kubernetes.io")
"""Domains among them that Karpenter leaves to users (same file), and EKS doesn't."""


@rule("POOL001")
def taints_are_well_formed(checked: Checked) -> Iterator[Finding]:
    """A taint is written key=value:Effect.

    The API server knows three effects and takes keys and values of the form of labels. A pool
    with any other taint is refused, and none of its nodes would be made.
    """
    for name, pool in checked.platform.node_pools.items():
        for index, text in enumerate(pool.taints):
            at: SpecPath = ("nodePools", name, "taints", index)
            match = _TAINT.fullmatch(text)
            if match is None:
                yield Finding(
                    at=at,
                    message=f"{named(at)} is {quoted(text)}; a taint is written key=value:Effect",
                    fix=f"write it like `workload=training:NoSchedule`, with one of"
                    f" {listed(_EFFECTS)}",
                )
            elif match["effect"] not in _EFFECTS:
                effect = closest(match["effect"], _EFFECTS) or "NoSchedule"
                yield Finding(
                    at=at,
                    message=f"{named(at)} has the effect `{match['effect']}`; the effects are"
                    f" {listed(_EFFECTS)}",
                    fix=f"write `{text.rpartition(':')[0]}:{effect}`",
                )


@rule("POOL002")
def labels_are_ours_to_set(checked: Checked) -> Iterator[Finding]:
    """A pool has no labels of domains that others set.

    Labels of these domains say what a node is, and the kubelet, EKS or Karpenter set them.
    Karpenter and EKS refuse a pool that sets them itself.
    """
    for name, pool in checked.platform.node_pools.items():
        for key in pool.labels:
            reserved = _reserved(key.rpartition("/")[0], pool)
            if not reserved and key != POOL_LABEL:
                continue
            at = ("nodePools", name, "labels", key)
            owner = "mlopsgen sets this label" if key == POOL_LABEL else f"`{reserved}` is reserved"
            yield Finding(
                at=at,
                message=f"{named(at[:-1])} has the label {quoted(key)}; {owner}",
                fix=f"take it away, or use a domain of your own: `acme.com/{key.split('/')[-1]}`",
                on_key=True,
            )


def _reserved(domain: str, pool: NodePool) -> str:
    """Return the reserved domain that *domain* is or lies in, if there is one."""
    if domain in _FREE and not isinstance(pool, ManagedPool):
        return ""
    ours = (each for each in _RESERVED if domain == each or domain.endswith(f".{each}"))
    return next(ours, "")


@rule("POOL003")
def pools_list_everything_once(checked: Checked) -> Iterator[Finding]:
    """A pool lists nothing twice.

    The API server refuses two taints of one key and effect. A second mention of an instance
    changes nothing, so something else was meant.
    """
    for name, pool in checked.platform.node_pools.items():
        for key, words in _lists(pool).items():
            first: dict[str, int] = {}
            for index, word in enumerate(words):
                at: SpecPath = ("nodePools", name, key, index)
                if word not in first:
                    first[word] = index
                    continue
                yield Finding(
                    at=at,
                    message=f"{named(at[:-1])} has {quoted(word)} twice",
                    fix="take one of the two away",
                    related=(Related((*at[:-1], first[word]), "the first is here"),),
                )


def _lists(pool: NodePool) -> dict[str, list[str]]:
    """Return what *pool* lists, taints without their values."""
    taints = [re.sub(r"=.*:", ":", text) for text in pool.taints]
    if isinstance(pool, ManagedPool):
        return {"taints": taints, "instanceTypes": list(pool.instance_types)}
    families = list(pool.instance_families)
    return {"taints": taints, "instanceFamilies": families, "sizes": list(pool.sizes)}


@rule("POOL004")
def instances_are_known(checked: Checked) -> Iterator[Finding]:
    """The instances of a pool are in the catalogue.

    EC2 starts no instance of a type it doesn't have. For one whose size the catalogue doesn't
    know, nobody could tell which pods fit on it.
    """
    for name, pool in checked.platform.node_pools.items():
        at: SpecPath = ("nodePools", name)
        if isinstance(pool, ManagedPool):
            for index, type_ in enumerate(pool.instance_types):
                yield from _type((*at, "instanceTypes", index), type_)
        else:
            known = []
            for index, family in enumerate(pool.instance_families):
                if family in hardware.families():
                    known.append(family)
                else:
                    yield _unknown(
                        (*at, "instanceFamilies", index), family, list(hardware.families())
                    )
            yield from _sizes(at, known, pool.sizes)


def _type(at: SpecPath, type_: str) -> Iterator[Finding]:
    try:
        hardware.instance(type_)
    except UnknownFact as unknown:
        size = type_.partition(".")[2]
        known = list(unknown.known)
        if unknown.kind == "instance family":
            known = [f"{family}.{size}" for family in known]
        yield _unknown(at, type_, known)


def _sizes(at: SpecPath, families: list[str], sizes: tuple[str, ...]) -> Iterator[Finding]:
    """Yield the sizes that none of *families* has; unknown families say nothing about sizes."""
    there = {each.size for family in families for each in hardware.family(family)}
    for index, size in enumerate(sizes):
        if there and size not in there:
            yield _unknown((*at, "sizes", index), size, sorted(there), f" of {listed(families)}")


def _unknown(at: SpecPath, word: str, known: list[str], where: str = "") -> Finding:
    return Finding(
        at=at,
        message=f"{named(at)} is {quoted(word)}; the catalogue has no such {_KINDS[at[2]]}{where}",
        fix=choose(word, known),
    )


_KINDS: dict[str | int, str] = {
    "instanceTypes": "instance type",
    "instanceFamilies": "instance family",
    "sizes": "size",
}


@rule("POOL005")
def pools_grow(checked: Checked) -> Iterator[Finding]:
    """The most nodes of a managed pool are not fewer than the least.

    EKS refuses a node group whose largest size is below its smallest.
    """
    for name, pool in checked.platform.node_pools.items():
        if isinstance(pool, ManagedPool) and pool.max < pool.min:
            at = ("nodePools", name)
            yield Finding(
                at=(*at, "max"),
                message=f"{named(at)} goes from {pool.min} to {pool.max} nodes; `max` is below"
                " `min`",
                fix=f"write `max: {pool.min}`",
                related=(Related((*at, "min"), f"`min` is {pool.min} here"),),
            )


@rule("POOL006", Severity.WARNING)
def managed_pools_have_a_node(checked: Checked) -> Iterator[Finding]:
    """A managed pool has a node from the start.

    A node group grows only when somebody changes its size, and no Cluster Autoscaler is
    installed. One that starts with no node stays empty, and pods for it stay Pending.
    """
    for name, pool in checked.platform.node_pools.items():
        if isinstance(pool, ManagedPool) and pool.min == 0:
            at = ("nodePools", name, "min")
            yield Finding(
                at=at,
                message=f"{named(at)} is 0, and nothing makes the first node",
                fix="write `min: 1`, or make the pool `kind: karpenter`",
            )


@rule("POOL007")
def disks_hold_the_image(checked: Checked) -> Iterator[Finding]:
    """The disk of a node is not smaller than the image that the node starts from.

    EC2 refuses to make a volume that is smaller than its snapshot, and those of EKS have 20Gi. No
    node of the pool ever starts.
    """
    for name, pool in checked.platform.node_pools.items():
        if pool.disk < _IMAGE:
            at = ("nodePools", name, "disk")
            yield Finding(
                at=at,
                message=f"{named(at)} is {memory(pool.disk)}; images of EKS need {memory(_IMAGE)}",
                fix=f"write `disk: {memory(_IMAGE)}`, or take it away for the default",
            )


RULES = (
    taints_are_well_formed,
    labels_are_ours_to_set,
    pools_list_everything_once,
    instances_are_known,
    pools_grow,
    managed_pools_have_a_node,
    disks_hold_the_image,
)
