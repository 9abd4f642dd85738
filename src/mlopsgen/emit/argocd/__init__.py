"""Argo CD: what it may touch, and one Application for each chart and each folder of ours.

`argocd/bootstrap/root.yaml` is applied once. Its Application reads the files beside bootstrap/ and
applies them wave by wave: the projects, then the Applications, each waiting for the health of
those before it (Argo CD's values teach it what the health of an Application is).

Where the Argo CD of a hub reconciles the cluster, they are in hub/, and an ApplicationSet stands in
for the root. The Argo CD that the cluster had before reads argocd/ and finds nothing there, instead
of deleting all that isn't in it any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.emit.argocd import applications, clusters, projects, teams
from mlopsgen.emit.argocd.ground import Ground
from mlopsgen.plan import Plan
from mlopsgen.plan.applications import CLUSTERS
from mlopsgen.shapes import Shapes


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the projects, the Applications and the root; nothing where Argo CD isn't installed."""
    keeper, gitops = plan.keeper, plan.platform.gitops
    if keeper is None or gitops is None:
        return
    ground = Ground(plan, shapes, gitops, keeper)
    charts = [
        part
        for part in plan.parts.values()
        if part.facts.kind == "chart" and part.owner == "argocd"
    ]
    if not keeper.away:
        yield _root(ground)
    yield _file(ground, projects.ours(ground), ("gitops",))
    for document, team in teams.projects(ground):
        yield _file(ground, document, team.origin)
    if charts:
        yield _file(ground, projects.components(ground, charts), ("components",))
    if any(each.name == CLUSTERS for each in plan.applications):
        yield _file(ground, clusters.project(ground), ("gitops",))
        yield from clusters.emit(ground)
    for part in charts:
        for document in applications.charts(ground, part):
            yield _file(ground, document, part.origin)
    for application in plan.applications:
        yield _file(ground, applications.folder(ground, application), application.origin)


def _root(ground: Ground) -> Artifact:
    name = ground.keeper.project("root")
    documents = ground.fill(
        "root",
        name,
        path=f"{ground.folder}/argocd",
        description=f"The Applications of {ground.plan.scope.cluster}",
    )
    path = "argocd/bootstrap/root.yaml"
    return Artifact(path=path, body=tuple(documents), emitter=__name__, origin=(("gitops",),))


def _file(ground: Ground, document: Object, origin: SpecPath) -> Artifact:
    path = f"{ground.keeper.folder}/{document['kind'].lower()}-{document['metadata']['name']}.yaml"
    return Artifact(path=path, body=(document,), emitter=__name__, origin=(origin,))
