"""What load balancers are told: as the entrances, models and endpoints of the plan need it."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.plan import Plan
from mlopsgen.plan.balancing import ingress_annotations, split
from mlopsgen.prove.emitted import Emitted, Named

Place = tuple[str, str]
"""Namespace and name of an Ingress."""

Planned = tuple[str, dict[str, str]]
"""Its host, and its annotations."""


def doors(emitted: Emitted) -> Iterator[tuple[Named, str, str | None, str | None]]:
    """Yield each annotation of an Ingress that isn't as planned, with what it has to be."""
    wanted = {**_entrances(emitted.plan), **_models(emitted.plan)}
    for found in emitted.objects.of("Ingress"):
        if planned := wanted.get((found.namespace, found.name)):
            host, annotations = planned
            said = ", ".join(each.get("host", "") for each in found.spec.get("rules", ()))
            if said != host:
                yield found, "host", said, host
            for key, value in annotations.items():
                if (is_ := found.annotations.get(key)) != value:
                    yield found, key, is_, value


def _entrances(plan: Plan) -> dict[Place, Planned]:
    return {
        (plan.parts[each.component].namespace, each.component): (
            each.balancer.host,
            ingress_annotations(plan, each.balancer, each.health),
        )
        for each in plan.entrances
    }


def _models(plan: Plan) -> dict[Place, Planned]:
    """Return what the Ingress of each model says; requests are split with a canary that runs."""
    canaries = {each.model: each for each in plan.served if each.canary}
    found: dict[Place, Planned] = {}
    for served in plan.served:
        balancer = served.spec.exposure.balancer if served.spec.exposure else None
        if served.canary or balancer is None:
            continue
        own = served.spec.transformer
        ready = served.runtime.paths.ready.replace("{name}", served.model)
        told = ingress_annotations(plan, balancer, own.health_path if own else ready)
        canary = canaries.get(served.model)
        if canary and not served.spec.stopped:
            told = told | split(served, canary)
        found[served.namespace, served.model] = balancer.host, told
    return found
