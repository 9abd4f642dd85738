"""Seats: how many replicas of a model one node of each kind holds beside its DaemonSets."""

from __future__ import annotations

from collections.abc import Sequence

from mlopsgen.artifact import Artifact
from mlopsgen.plan import Plan
from mlopsgen.prove import schedule_parts
from mlopsgen.prove.schedule_batches import fits
from mlopsgen.prove.schedule_fit import ground, suits
from mlopsgen.prove.schedule_nodes import addons, grounds
from mlopsgen.prove.schedule_pods import pods


def replicas_on(
    plan: Plan, artifacts: Sequence[Artifact], service: str
) -> dict[tuple[str, str], int]:
    """Return how many predictors of *service* a node holds, by its pool and instance type.

    What runs there besides isn't counted: it is what an empty node would hold.
    """
    helm = schedule_parts.values(artifacts)
    parts = schedule_parts.of_parts(plan.parts, helm, addons(artifacts))
    nodes = ground(grounds(artifacts), [pod for pod in parts if pod.daemon])
    who = f"the predictor of InferenceService `{service}`"
    found: dict[tuple[str, str], int] = {}
    for pod in pods(artifacts, {}):
        if pod.who != who:
            continue
        names = tuple(name for name, _ in pod.form.asks)
        asked = tuple(count for _, count in pod.form.asks)
        for pool in nodes.takes(pod.form):
            for kind in pool.kinds:
                room = tuple(max(0, nodes.rooms[kind].get(name, 0)) for name in names)
                held = fits(room, asked) if suits(pod.form, kind) else 0
                found[pool.name, kind.instance.type] = held
    return found
