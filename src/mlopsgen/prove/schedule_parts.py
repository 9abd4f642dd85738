"""Pods of components: what their charts render, with the Helm values that were emitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import component
from mlopsgen.facts.components import component_names
from mlopsgen.facts.running import Placed, Workload
from mlopsgen.plan import Part
from mlopsgen.prove.emitted import place_of_users
from mlopsgen.prove.schedule_pods import Pod, apart, asked, form
from mlopsgen.prove.schedule_terms import Json, quantity

Values = Mapping[str, Json]
"""The Helm values of each component."""

_MANY = 10_000
"""More replicas than a cluster has nodes for; what is written there is the user's."""

ADDONS = "kube-system"
"""Where EKS installs its add-ons."""


def values(artifacts: Iterable[Artifact]) -> dict[str, Json]:
    """Return the Helm values among *artifacts*, by component."""
    return {
        artifact.path.removeprefix("helm/").removesuffix(".yaml"): artifact.body
        for artifact in artifacts
        if artifact.path.startswith("helm/") and isinstance(artifact.body, Mapping)
    }


def of_parts(parts: Mapping[str, Part], helm: Values, addons: Iterable[str]) -> Iterator[Pod]:
    """Yield the pods of all charts among *parts*, and of the *addons* that EKS installs."""
    for name in sorted({*addons} & {*component_names()}):
        origin = parts[name].origin if name in parts else ("nodePools",)
        for key, workload in component(name).workloads.items():
            yield _pod(name, origin, ADDONS, (key, workload), {})
    for part in parts.values():
        if part.facts.kind != "chart" or part.name not in helm:
            continue
        for key, workload in part.facts.workloads.items():
            # Of Argo Events only the controller is the chart's; it makes the others itself.
            if workload.placed:
                work = (key, workload)
                placed = workload.placed
                paths = [*placed.values.values(), *placed.resources, placed.replicas or "replicas"]
                at = place_of_users(part, paths)
                yield _pod(part.name, at, part.namespace, work, helm[part.name])


def _pod(
    name: str, origin: SpecPath, namespace: str, work: tuple[str, Workload], given: Json
) -> Pod:
    key, workload = work
    placed = workload.placed
    spec = _spec(placed, given) if placed else {}
    containers = tuple(
        {"resources": found}
        for path in (placed.resources if placed else ())
        if isinstance(found := at(given, path), Mapping)
    )
    if not containers and (by_chart := workload.requests):
        requests = {"cpu": by_chart.cpu, "memory": by_chart.memory}
        containers = ({"resources": {"requests": requests}},)
    count = replicas(workload, given)
    return Pod(
        at=origin,
        who=f"the {key} of component `{name}`",
        namespace=namespace,
        form=form(asked(containers), spec),
        containers=containers,
        least=count,
        most=count,
        labels=workload.labels,
        apart=apart(spec),
        component=name,
        daemon=workload.kind == "DaemonSet",
    )


def _spec(placed: Placed, given: Json) -> dict[str, Any]:
    """Return what of the spec of a pod decides on its node; Helm lays maps over each other."""
    spec = dict(placed.pod)
    for key, path in placed.values.items():
        found = at(given, path)
        if found is not None:
            spec[key] = _over(spec.get(key), found)
    return spec


def _over(below: object, above: object) -> object:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        merged = dict(below)
        for key, value in above.items():
            merged[key] = _over(below.get(key), value)
        return {key: value for key, value in merged.items() if value is not None}
    return above


def replicas(workload: Workload, given: Json) -> int:
    """Return how many pods there are with the Helm values *given*, or where they don't say so."""
    placed = workload.placed
    found = at(given, placed.replicas) if placed and placed.replicas else None
    return workload.count if found is None else min(quantity(str(found)), _MANY)


def at(given: Json, path: str) -> Any:  # noqa: ANN401 - a Helm value may be anything
    """Return the Helm value at the dotted *path*, None where there is none."""
    here: Any = given
    for step in path.split("."):
        if not isinstance(here, Mapping) or step not in here:
            return None
        here = here[step]
    return here
