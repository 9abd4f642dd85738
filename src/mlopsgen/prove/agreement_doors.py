"""What load balancers are told: as the entrances, models and endpoints of the plan need it."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.plan import Plan
from mlopsgen.plan.balancing import ingress_annotations, split
from mlopsgen.prove.emitted import Emitted, Named


def doors(emitted: Emitted) -> Iterator[tuple[Named, str, str | None, str | None]]:
    """Yield each annotation of an Ingress that isn't as planned, with what it has to be."""
    plan = emitted.plan
    wanted = {**_entrances(plan), **_models(plan)}
    hosts = _hosts(plan)
    for found in emitted.objects.of("Ingress"):
        place = (found.namespace, found.name)
        planned = wanted.get(place, {})
        if place in hosts:
            said = ", ".join(each.get("host", "") for each in found.spec.get("rules", ()))
            yield found, "host", said, hosts[place]
        for key, value in planned.items():
            yield found, key, found.annotations.get(key), value


def _hosts(plan: Plan) -> dict[tuple[str, str], str]:
    found = {
        (plan.parts[each.component].namespace, each.component): each.balancer.host
        for each in plan.entrances
    }
    for served in plan.served:
        balancer = served.spec.exposure.balancer if served.spec.exposure else None
        if balancer and not served.canary:
            found[served.namespace, served.model] = balancer.host
    return found


def _entrances(plan: Plan) -> dict[tuple[str, str], dict[str, str]]:
    return {
        (plan.parts[each.component].namespace, each.component): ingress_annotations(
            plan, each.balancer, each.health
        )
        for each in plan.entrances
    }


def _models(plan: Plan) -> dict[tuple[str, str], dict[str, str]]:
    """Return what the Ingress of each model says; requests are split with a canary that runs."""
    canaries = {each.model: each for each in plan.served if each.canary}
    found: dict[tuple[str, str], dict[str, str]] = {}
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
        found[served.namespace, served.model] = told
    return found
