"""NodePools and EC2NodeClasses into pools; Namespaces and quotas into namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import hardware
from mlopsgen.imports.fragment import Fragment, Spot
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.placing import Pools, counted
from mlopsgen.imports.tree import inside, number, rows, strings, text, words

_TEMPLATE: SpecPath = ("spec", "template", "spec")
_LABELS: SpecPath = ("spec", "template", "metadata", "labels")
_FAMILY = "karpenter.k8s.aws/instance-family"
_SIZE = "karpenter.k8s.aws/instance-size"
_TYPE = "node.kubernetes.io/instance-type"
_CAPACITY = "karpenter.sh/capacity-type"
_FIXED = {"kubernetes.io/arch": ["amd64"], "kubernetes.io/os": ["linux"]}
_LIMITS = {"cpu": "cpu", "memory": "memory", "nvidia.com/gpu": "gpus"}
_POLICIES = ("WhenEmpty", "WhenEmptyOrUnderutilized")
_HARD = {
    "cpu": "cpu",
    "requests.cpu": "cpu",
    "memory": "memory",
    "requests.memory": "memory",
    "requests.nvidia.com/gpu": "gpus",
    "pods": "pods",
}
_LEVEL: SpecPath = ("metadata", "labels", "pod-security.kubernetes.io/enforce")
_FAMILIES = {"AL2023": "al2023", "Bottlerocket": "bottlerocket"}


def taint(row: Mapping[str, object]) -> str:
    """Return a taint as kubectl writes it."""
    value = f"={text(row, 'value')}" if row.get("value") else ""
    return f"{text(row, 'key')}{value}:{text(row, 'effect')}"


def known(manifests: Iterable[Manifest], declared: Mapping[str, Mapping[str, object]]) -> Pools:
    """Return the pools of *manifests* and those that are *declared* in platform.yaml."""
    labels = {name: strings(spec, "labels") for name, spec in declared.items()}
    taints = {
        name: frozenset(one.partition(":")[0].partition("=")[0] for one in words(spec, "taints"))
        for name, spec in declared.items()
    }
    for one in manifests:
        if one.kind == "NodePool":
            labels[one.name] = strings(one.body, *_LABELS)
            found = rows(one.body, *_TEMPLATE, "taints")
            taints[one.name] = frozenset(text(row, "key") for _, row in found)
    return Pools(labels, taints)


def pool(manifest: Manifest, classes: Mapping[str, Manifest], into: Fragment) -> None:
    """Put the pool that *manifest*, a NodePool, and its class are."""
    here: SpecPath = ("nodePools", manifest.name)
    into.put((*here, "kind"), "karpenter", Spot(manifest, ("metadata", "name")))
    _required(manifest, here, into)
    _tainted(manifest, here, into)
    for key, value in strings(manifest.body, *_LABELS).items():
        into.maybe((*here, "labels", key), value, Spot(manifest, (*_LABELS, key)))
    for key, value in strings(manifest.body, "spec", "limits").items():
        if word := _LIMITS.get(key):
            spot = Spot(manifest, ("spec", "limits", key))
            into.put((*here, "limits", word), counted(value), spot)
    for route, word in (
        (("spec", "disruption", "consolidateAfter"), "consolidateAfter"),
        ((*_TEMPLATE, "expireAfter"), "expireAfter"),
        (("spec", "disruption", "expireAfter"), "expireAfter"),
    ):
        if (value := text(manifest.body, *route)) and value != "Never":
            into.put((*here, word), value, Spot(manifest, route))
    policy = ("spec", "disruption", "consolidationPolicy")
    if (value := text(manifest.body, *policy)) in _POLICIES:
        into.put((*here, "consolidation"), value, Spot(manifest, policy))
    weight = number(manifest.body, "spec", "weight")
    if weight is not None:
        into.put((*here, "weight"), weight, Spot(manifest, ("spec", "weight")))
    name = text(manifest.body, *_TEMPLATE, "nodeClassRef", "name")
    if name in classes:
        _class(classes[name], here, into)


def _tainted(manifest: Manifest, here: SpecPath, into: Fragment) -> None:
    """Put the taints, each key of which is carried over by itself."""
    found = list(rows(manifest.body, *_TEMPLATE, "taints"))
    if found:
        spot = Spot(manifest, (*_TEMPLATE, "taints", 0, "key"))
        for index, _ in found:
            for key in ("effect", "key", "value"):
                into.carry(manifest, (*_TEMPLATE, "taints", index, key))
        into.put((*here, "taints"), [taint(row) for _, row in found], spot)


def _required(manifest: Manifest, here: SpecPath, into: Fragment) -> None:
    """Put the requirements that platform.yaml has words for."""
    for index, row in rows(manifest.body, *_TEMPLATE, "requirements"):
        key, values = text(row, "key"), words(row, "values")
        row_at = (*_TEMPLATE, "requirements", index)
        spot = Spot(manifest, (*row_at, "values"))
        if text(row, "operator") != "In" or not values:
            why = "platform.yaml has instance families and sizes, and names those that it wants"
            into.note(manifest, row_at, why)
            continue
        into.carry(manifest, (*row_at, "operator"))
        if key == _FAMILY:
            into.put((*here, "instanceFamilies"), values, spot)
        elif key == _SIZE:
            into.put((*here, "sizes"), values, spot)
        elif key == _TYPE:
            _types(values, here, spot, into)
        elif key == _CAPACITY:
            spot_too = "spot-preferred" if "on-demand" in values else "spot"
            into.put((*here, "capacity"), spot_too if "spot" in values else "on-demand", spot)
        elif key in _FIXED and values != _FIXED[key]:
            into.note(manifest, spot.path, f"every node has {' and '.join(_FIXED[key])}")


def _types(values: list[str], here: SpecPath, spot: Spot, into: Fragment) -> None:
    """Put instance types as families and sizes, where these give no others."""
    families = list(dict.fromkeys(one.partition(".")[0] for one in values))
    sizes = list(dict.fromkeys(one.partition(".")[2] for one in values))
    given = {
        each.type
        for family in families
        if family in hardware.families()
        for each in hardware.family(family)
        if each.size in sizes
    }
    into.put((*here, "instanceFamilies"), families, spot)
    into.put((*here, "sizes"), sizes, spot)
    if more := sorted(given - set(values)):
        why = f"families and sizes give {', '.join(more[:3])} too; split the pool to keep them out"
        into.note(spot.manifest, spot.path, why)


def _class(manifest: Manifest, here: SpecPath, into: Fragment) -> None:
    """Put the disk and the image that *manifest*, an EC2NodeClass, has."""
    into.became.setdefault(manifest, ("EC2NodeClass", "", str(here[1])))
    disks = list(rows(manifest.body, "spec", "blockDeviceMappings"))
    for index, row in reversed(disks):
        if value := text(row, "ebs", "volumeSize"):
            route = ("spec", "blockDeviceMappings", index, "ebs", "volumeSize")
            into.put((*here, "disk"), value, Spot(manifest, route))
    for index, row in rows(manifest.body, "spec", "amiSelectorTerms"):
        if alias := text(row, "alias"):
            spot = Spot(manifest, ("spec", "amiSelectorTerms", index, "alias"))
            into.put((*here, "ami"), alias, spot)
    family = _FAMILIES.get(text(manifest.body, "spec", "amiFamily"))
    if family:
        spot = Spot(manifest, ("spec", "amiFamily"))
        into.put((*here, "ami"), f"{family}@latest", spot)


def namespace(manifest: Manifest, into: Fragment) -> None:
    """Put the namespace that *manifest* is."""
    here: SpecPath = ("namespaces", manifest.name)
    into.open(here, Spot(manifest, ("metadata", "name")))
    if level := text(manifest.body, *_LEVEL):
        into.put((*here, "podSecurity"), level, Spot(manifest, _LEVEL))


def quota(manifest: Manifest, namespace_: str, into: Fragment) -> None:
    """Put what *manifest*, a ResourceQuota, lets a namespace have."""
    here: SpecPath = ("namespaces", manifest.namespace or namespace_, "quota")
    into.became[manifest] = ("ResourceQuota", str(here[1]), "quota")
    hard = strings(manifest.body, "spec", "hard")
    for key, value in sorted(hard.items(), key=lambda one: one[0] in {"cpu", "memory"}):
        if word := _HARD.get(key):
            into.put((*here, word), counted(value), Spot(manifest, ("spec", "hard", key)))
    if "nvidia.com/gpu" in inside(manifest.body, "spec", "hard"):
        why = "it counts nothing; write `gpus` to have it counted"
        into.note(manifest, ("spec", "hard", "nvidia.com/gpu"), why)
