"""Guards that are taken away or get weaker: quotas, limits, Pod Security, policies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlopsgen.diff.documents import Documents
from mlopsgen.diff.risks.pair import Entry, Pair, Risk
from mlopsgen.diff.risks.values import at, mapping, mappings, text, texts, whole

_ENFORCE = "pod-security.kubernetes.io/enforce"
_LEVELS = ("privileged", "baseline", "restricted")
_POLICIES = (
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ClusterPolicy", "Policy",
)  # fmt: skip
_QUANTITY = re.compile(r"([0-9.]+)(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?")
_FACTORS = {
    None: 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
}  # fmt: skip


def limits(pair: Pair) -> Iterator[Risk]:
    """Yield the limits that are lower and the guards that are weaker."""
    for entry in pair.of("ResourceQuota"):
        yield from _quota(entry, pair)
    for entry in pair.of("NodePool"):
        for name, was, now in _lowered(entry, "spec", "limits"):
            reason = f"its limit of {name} goes from {was} to {now}: pods beyond it stay pending"
            yield entry.risk("limit-lowered", "medium", reason)
    yield from _groups(pair)
    for entry in pair.of("Namespace"):
        yield from _security(entry)
    for entry in pair.of(*_POLICIES):
        yield from _policy(entry)


def amount(quantity: object) -> float | None:
    """Return *quantity* as a number; None where it is none."""
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None or match[1].count(".") > 1 or match[1] == ".":
        return None
    return float(match[1]) * _FACTORS[match[2]]


def _lowered(entry: Entry, *path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the quantities under *path* that are lower than they were, or new."""
    old, new = (mapping(body, *path) for body in (entry.old, entry.new))
    if entry.kind != "changed":
        return
    for name, now in new.items():
        was = old.get(name)
        low, high = amount(now), amount(was)
        if was is None or (low is not None and high is not None and low < high):
            yield name, "none" if was is None else was, now


def _quota(entry: Entry, pair: Pair) -> Iterator[Risk]:
    if entry.kind == "removed":
        reason = "nothing limits what the namespace takes any more"
        yield entry.risk("guard-removed", "medium", reason)
    for name, was, now in _lowered(entry, "spec", "hard"):
        used = _used(pair.before, entry.key.namespace, name.removeprefix("requests."))
        low = amount(now)
        reason = f"{name} goes from {was} to {now}"
        if used and low is not None and used > low:
            told = f"{reason}; its models could ask for {used:g} before: the last pods stay away"
            yield entry.risk("limit-lowered", "high", told)
        else:
            yield entry.risk("limit-lowered", "medium", reason)


def _used(documents: Documents, namespace: str, resource: str) -> float:
    """Return how much of *resource* the models of *namespace* ask for at their largest."""
    total = 0.0
    for key, document in documents.items():
        if key.kind != "InferenceService" or key.namespace != namespace:
            continue
        for component in ("predictor", "transformer"):
            spec = mapping(document.body, "spec", component)
            most = whole(spec, "maxReplicas") or whole(spec, "minReplicas") or 1
            found = [mapping(spec, "model"), *mappings(spec, "containers")]
            each = [amount(at(one, "resources", "requests", resource)) or 0 for one in found]
            total += most * sum(each)
    return total


def _groups(pair: Pair) -> Iterator[Risk]:
    olds, news = (mapping(each, "eks_managed_node_groups") for each in pair.variables)
    for name in olds.keys() & news.keys():
        was, now = (whole(each, name, "max_size") for each in (olds, news))
        if was is not None and now is not None and now < was:
            reason = f"it has {now} nodes at the most, {was} before: pods beyond stay pending"
            yield pair.terraform(f"node group {name}", "limit-lowered", "medium", reason)


def _security(entry: Entry) -> Iterator[Risk]:
    if entry.before is None or entry.after is None:
        return
    old, new = (
        text(body, "metadata", "labels", _ENFORCE) or "privileged"
        for body in (entry.old, entry.new)
    )
    known = old in _LEVELS and new in _LEVELS
    if known and _LEVELS.index(new) < _LEVELS.index(old):
        reason = f"Pod Security goes from {old} to {new}: pods may do what was refused before"
        yield entry.risk("security-weakened", "high", reason)


def _policy(entry: Entry) -> Iterator[Risk]:
    if entry.kind == "removed":
        reason = "the API server lets through what the policy refused"
        yield entry.risk("guard-removed", "high", reason)
    elif entry.kind == "changed":
        bodies = (entry.old, entry.new)
        old, new = (set(texts(body, "spec", "validationActions")) for body in bodies)
        if "Deny" in old - new:
            yield entry.risk("guard-removed", "high", "the policy only warns and no longer refuses")
        elif entry.key.kind != "ValidatingAdmissionPolicyBinding":
            names = ", ".join(f"`{one.dotted}`" for one in entry.fields[:3])
            yield entry.risk("guard-changed", "low", f"what it refuses differs: {names}")
