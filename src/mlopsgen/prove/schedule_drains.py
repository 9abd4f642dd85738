"""Drains: every disruption budget, ours and those of charts, lets a pod go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding, Rule, Severity, SpecPath
from mlopsgen.plan import Plan
from mlopsgen.prove import schedule_parts
from mlopsgen.prove.emitted import place_of_users
from mlopsgen.prove.schedule_pods import Pod
from mlopsgen.prove.schedule_shares import share
from mlopsgen.prove.schedule_terms import Json

UNDRAINED = Rule(
    "PLACE010",
    "a disruption budget lets a pod go",
    "A drain asks for each pod, and a budget that allows none to go refuses it for ever. Nodes"
    " are then neither updated nor made fewer, and an upgrade of the cluster gives up.",
    Severity.WARNING,
)
RULES = (UNDRAINED,)


def budgets(
    plan: Plan, helm: schedule_parts.Values, artifacts: Iterable[Artifact], pods: Sequence[Pod]
) -> Iterator[Finding]:
    """Yield the disruption budgets, ours and those of charts, that let no pod go."""
    chosen = _by_label(pods)
    for artifact in artifacts:
        for body in artifact.objects:
            if body["kind"] == "PodDisruptionBudget":
                namespace = body["metadata"]["namespace"]
                labels = body["spec"]["selector"].get("matchLabels") or {}
                those = _chosen(chosen, namespace, labels)
                at = artifact.origin[0] if artifact.origin else ()
                who = f"PodDisruptionBudget `{namespace}/{body['metadata']['name']}`"
                yield from _undrained(at, who, body["spec"], sum(pod.least for pod in those))
    for part in plan.parts.values():
        for key, workload in part.facts.workloads.items():
            placed = workload.placed
            given = helm.get(part.name, {})
            if placed is None or not placed.budget:
                continue
            spec = schedule_parts.at(given, placed.budget)
            if isinstance(spec, Mapping) and spec and spec.get("enabled", True):
                count = schedule_parts.replicas(workload, given)
                who = f"the budget for the {key} of component `{part.name}`"
                at = place_of_users(part, [placed.budget, placed.replicas])
                yield from _undrained(at, who, spec, count)


def _by_label(pods: Iterable[Pod]) -> Mapping[tuple[str, str, str], list[Pod]]:
    """Return *pods* by namespace and each of their labels: there are thousands of budgets."""
    found: dict[tuple[str, str, str], list[Pod]] = {}
    for pod in pods:
        for key, value in pod.labels.items():
            found.setdefault((pod.namespace, key, value), []).append(pod)
    return found


def _chosen(
    pods: Mapping[tuple[str, str, str], list[Pod]], namespace: str, labels: Mapping[str, str]
) -> list[Pod]:
    """Return the pods of *namespace* with all of *labels*; none where they choose everything."""
    each = [pods.get((namespace, key, value), []) for key, value in labels.items()]
    fewest = min(each, key=len, default=[])
    return [pod for pod in fewest if labels.items() <= pod.labels.items()]


def _undrained(at: SpecPath, who: str, spec: Json, replicas: int) -> Iterator[Finding]:
    """Yield that of *replicas* none may go; nothing is said of a budget without pods."""
    kept, gone = spec.get("minAvailable"), spec.get("maxUnavailable")
    if not replicas:
        return
    if kept is not None and gone is None:
        most = replicas - share(kept, replicas)
        told = f"keeps {kept} of {replicas} at the least"
    elif gone is not None:
        most, told = share(gone, replicas), f"lets {gone} of {replicas} go"
    else:
        return
    if most <= 0:
        yield UNDRAINED.at(
            at,
            f"{who} {told}, so that no node it is on can be drained",
            fix="run one replica more, or write a budget with `maxUnavailable: 1`",
        )
