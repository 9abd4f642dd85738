"""Applications: one for each chart that Argo CD owns, one for each folder under apps/."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Object
from mlopsgen.emit.argocd.ground import Ground, repository
from mlopsgen.facts.installing import Chart
from mlopsgen.facts.running import AUTHORITIES
from mlopsgen.plan import Application, Part
from mlopsgen.plan.applications import CLUSTERS, NAMESPACES


def charts(ground: Ground, part: Part) -> Iterator[Object]:
    """Yield the Application of a chart, with that of its CRDs before, and its companion after.

    Deleting an Application deletes what it installed, except where that includes CRDs: with
    them would go every object of their kinds.
    """
    facts = part.facts
    if facts.chart is None or facts.release is None:
        return
    wave = facts.release.wave
    if crds := facts.crd_chart:
        names_of = {"name": crds.name, "release": crds.name}
        yield _release(ground, part, crds, **names_of, wave=wave - 1, values=None, kept=True)
    values = f"$values/{ground.folder}/helm/{part.name}.yaml"
    yield _release(
        ground,
        part,
        facts.chart,
        name=part.name,
        release=facts.release.name,
        wave=wave,
        values=values,
        kept=facts.crds is not None and facts.crd_chart is None,
    )
    if after := facts.companion_chart:
        names_of = {"name": after.name, "release": after.name}
        yield _release(ground, part, after, **names_of, wave=wave + 1, values=values, kept=False)


def _release(
    ground: Ground,
    part: Part,
    chart: Chart,
    *,
    name: str,
    release: str,
    wave: int,
    values: str | None,
    kept: bool,
) -> Object:
    [document] = ground.fill(
        "chart",
        ground.keeper.application(name),
        wave=str(wave),
        project=ground.components,
        destination={**ground.keeper.destination, "namespace": part.namespace},
        repository=repository(chart.repository),
        chart=chart.name,
        version=chart.version,
        release=release,
        values=values,
        cascade=not kept,
        prune=values is not None,
        skip_crds=values is not None and part.facts.crd_chart is not None,
        ignored=_ignored(part) if chart is part.facts.chart else None,
    )
    return document


def _ignored(part: Part) -> list[dict[str, object]]:
    """Return what a controller of *part* writes into objects that Argo CD applied."""
    registered = [each for hook in part.facts.webhooks for each in hook.registered]
    return [
        {"group": group, "kind": each.kind, "name": each.name, "jqPathExpressions": [path]}
        for each in sorted(registered, key=lambda each: (each.kind, each.name))
        for group, path in [AUTHORITIES[each.kind]]
    ]


def folder(ground: Ground, application: Application) -> Object:
    """Return the Application of a folder under apps/.

    Deleting it deletes its objects, but not the namespaces, which hold the objects of others.
    """
    keeper, home = ground.keeper, application.namespace
    project = keeper.team(home) if home else ground.ours
    [document] = ground.fill(
        "folder",
        keeper.application(application.name),
        wave=str(application.wave),
        project=keeper.project(CLUSTERS) if application.name == CLUSTERS else project,
        destination={**keeper.destination, "namespace": home or ground.somewhere},
        path=f"{ground.folder}/apps/{application.name}",
        cascade=application.name != NAMESPACES,
    )
    return document
