"""Pods that start again, and models that stop answering."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diff.documents import Documents, Key
from mlopsgen.diff.fields import Change
from mlopsgen.diff.risks.pair import Entry, Pair, Risk
from mlopsgen.diff.risks.served import gives_way
from mlopsgen.diff.risks.values import at, mapping, mappings, text, whole
from mlopsgen.facts.changes import changes as facts
from mlopsgen.names import NAME_LABEL, POOL_LABEL, canary

_COMPONENTS = ("predictor", "transformer")
_TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet")
_STOP = "serving.kserve.io/stop"
_CAPACITY = "karpenter.sh/capacity-type"
_FEW = 3


def running(pair: Pair) -> Iterator[Risk]:
    """Yield what a change does to what runs."""
    for entry in pair.of("InferenceService"):
        yield from _model(entry, pair)
    for entry in pair.of(*_TEMPLATES):
        fields = [one for one in entry.fields if one.path[:2] == ("spec", "template")]
        if fields:
            yield entry.risk("pods-restart", "medium", f"its pods restart: {_named(fields)}")
    gone = {(one.key.namespace, one.key.name) for one in pair.of("InferenceService") if not one.new}
    for entry in pair.of("PodDisruptionBudget"):
        if entry.kind == "removed" and (entry.key.namespace, entry.key.name) not in gone:
            reason = "drains of nodes may take all its pods at once"
            yield entry.risk("availability", "medium", reason)
    yield from _releases(pair)


def _model(entry: Entry, pair: Pair) -> Iterator[Risk]:
    if entry.before is None or entry.after is None:
        if entry.after is None:
            yield _removed(entry)
        return
    old, new = entry.old, entry.new
    fields = [one for one in entry.fields if _in_pods(one)]
    if fields:
        yield entry.risk("pods-restart", "medium", f"its pods restart: {_named(fields)}")
    if any(one.path[:2] != ("spec", "transformer") for one in fields):
        yield from _given_way(entry)
    if _stopped(new) and not _stopped(old):
        yield entry.risk("availability", "high", "the model is stopped: requests to it fail")
        return
    for component in _COMPONENTS:
        low, now = (_replicas(body, component) for body in (old, new))
        if low is not None and now is not None and now < low and now <= 1:
            told = "none is left when nobody asks" if now == 0 else "a lost node takes it away"
            reason = f"the {component}'s min replicas go from {low} to {now}: {told}"
            yield entry.risk("availability", "high", reason)
    single = (_replicas(new, "predictor") or 1) <= 1
    was, now_on = _on_spot(old, pair.before, pair.variables[0]), False
    if single and not was:
        now_on = _on_spot(new, pair.after, pair.variables[1])
    if now_on:
        reason = "its only replica moves to spot instances, which AWS takes back at any time"
        yield entry.risk("availability", "high", reason)


def _given_way(entry: Entry) -> Iterator[Risk]:
    """Yield that the pods of a model, which are replaced, end before others answer."""
    predictor = at(entry.new, "spec", "predictor")
    how = gives_way(predictor)
    if how == "Recreate":
        reason = "all its pods end before the new ones start (strategy Recreate)"
        yield entry.risk("availability", "high", reason)
    elif how and (_replicas(entry.new, "predictor") or 1) <= 1:
        reason = (
            "of its one replica the pod ends before the new one starts (maxSurge 0): requests fail"
            " until that one has loaded the model"
        )
        yield entry.risk("availability", "high", reason)


def _in_pods(change: Change) -> bool:
    """Whether *change* is in the pods of an InferenceService: labels are, scaling isn't."""
    match change.path:
        case ("metadata", "labels", *_):
            return True  # KServe puts them on the pods
        case ("spec", component, *rest) if component in _COMPONENTS:
            return not rest or rest[0] not in facts().pods.outside
        case _:
            return False


def _named(fields: list[Change]) -> str:
    """Return which fields differ, the first few by name."""
    names = [one.dotted for one in fields]
    more = len(names) - _FEW
    return ", ".join(f"`{name}`" for name in names[:_FEW]) + (
        f" and {more} more" if more > 0 else ""
    )


def _removed(entry: Entry) -> Risk:
    """Return what becomes of requests to a service that is gone, a model or its canary."""
    model = str((entry.old["metadata"].get("labels") or {}).get(NAME_LABEL, ""))
    if entry.key.name == canary(model):
        reason = f"the canary of `{model}` is removed: its share of requests goes to the model"
        return entry.risk("availability", "low", reason)
    return entry.risk("availability", "high", "the model is removed: requests to it fail")


def _stopped(body: Any) -> bool:  # noqa: ANN401 - plain data
    return text(body, "metadata", "annotations", _STOP) == "true"


def _replicas(body: Any, component: str) -> int | None:  # noqa: ANN401 - plain data
    if at(body, "spec", component) is None:
        return None
    found = whole(body, "spec", component, "minReplicas")
    return 1 if found is None else found


def _on_spot(body: Any, documents: Documents, variables: Mapping[str, Any]) -> bool:  # noqa: ANN401 - plain data
    """Whether every node that the pods of the model *body* may land on is a spot instance."""
    pool = text(body, "spec", "predictor", "nodeSelector", POOL_LABEL)
    group = mapping(variables, "eks_managed_node_groups", pool)
    if group:
        return text(group, "capacity_type") == "SPOT"
    found = documents.get(Key("karpenter.sh", "NodePool", "", pool))
    body = found.body if found else None
    asked = mappings(body, "spec", "template", "spec", "requirements")
    only = ({"key": _CAPACITY, "operator": "In", "values": ["spot"]},)
    return any(one in only for one in asked)


def _releases(pair: Pair) -> Iterator[Risk]:
    """Yield the charts whose values differ: which of their pods restart, the chart decides."""
    for entry in pair.entries:
        if entry.path.startswith("helm/") and entry.kind == "changed":
            reason = f"the chart is applied again; its pods may restart: {_named([*entry.fields])}"
            yield entry.risk("pods-restart", "low", reason)
