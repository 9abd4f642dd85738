"""Manifests into a fragment: what was read, what was refused, what is lost and what was wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlopsgen.compiler import Draft
from mlopsgen.diagnostics import Finding, Place, Related
from mlopsgen.imports import alerts, models, pipelines, pools, scaling, schedules
from mlopsgen.imports.faults import faults
from mlopsgen.imports.fragment import Fragment, Identity, Spot
from mlopsgen.imports.ground import Ground, Refusal, objects, settled
from mlopsgen.imports.losses import Loss, Objects, identity, losses
from mlopsgen.imports.manifests import Manifest, Read, read_all
from mlopsgen.imports.placing import Pools
from mlopsgen.imports.rules import DECLARED, FLOATING, TWICE
from mlopsgen.imports.writing import ordered
from mlopsgen.report.located import dotted

_READ = frozenset(
    {
        "CronWorkflow", "EC2NodeClass", "HorizontalPodAutoscaler", "InferenceService", "Namespace",
        "NodePool", "PrometheusRule", "ResourceQuota", "ScaledObject", "Workflow",
        "WorkflowTemplate",
    }
)  # fmt: skip
_COMPONENTS, _MODELS = "components", "models"
_ENTRIES = pipelines.KINDS | {"CronWorkflow", "InferenceService", "NodePool"}
"""Kinds whose objects are one entry each."""

NAMESPACE = "mlops"
"""Where objects belong that don't say it, unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of some manifests. `data` is the fragment; it is empty where nothing was found."""

    data: Mapping[str, Any]
    losses: tuple[Loss, ...]
    refusals: tuple[Refusal, ...]
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    kustomized: tuple[str, ...]
    manifests: tuple[Manifest, ...]
    built: Objects
    """What the platform has with the fragment in it."""


def imported(
    paths: Sequence[Path], ground: Ground, namespace: str = NAMESPACE
) -> Imported | tuple[Finding, ...]:
    """Return what the manifests in *paths* are in platform.yaml, tried on *ground*.

    Where the ground itself is refused, what is wrong with it is returned.
    """
    bare = ground.built()
    if bare.plan is None:
        return bare.findings
    read = read_all(paths)
    manifests, findings = _once(read, namespace)
    standing = objects(bare.artifacts)
    fragment = Fragment()
    new = [one for one in manifests if identity(one, namespace) not in standing]
    findings += _put(new, ground, fragment, namespace)
    findings += _declared(fragment, ground)
    spare, fragment.spare = fragment.spare, []
    draft, refusals = settled(ground, fragment)
    if spare and draft.plan is not None:
        draft, more = _with_spare(spare, fragment, (ground, draft), (manifests, namespace))
        refusals += more
    built = objects(draft.artifacts) if draft.plan else {}
    lost = tuple(losses(manifests, fragment, built, namespace, _instead(refusals)))
    findings += faults(manifests, draft, namespace)
    findings += _told(draft, bare, fragment)
    told = [_refused(one) for one in refusals]
    places = {one.at for one in told}
    findings = [one for one in findings if one.code != FLOATING.code or one.at not in places] + told
    data = ordered(fragment.data)
    return Imported(
        data, lost, tuple(refusals), tuple(findings), read.texts, read.kustomized,
        tuple(manifests), built,
    )  # fmt: skip


def _once(read: Read, namespace: str) -> tuple[list[Manifest], list[Finding]]:
    """Return the objects, each once: the first of those with one name."""
    found: dict[tuple[Identity, str], Manifest] = {}
    findings = list(read.findings)
    for one in read.manifests:
        called = (identity(one, namespace), one.version.rpartition("/")[0])
        first = found.setdefault(called, one)
        if first is not one:
            findings.append(
                TWICE.at(
                    one.place(),
                    f"{one.title} is written twice; the first one is imported",
                    fix="keep the one that the cluster has",
                    related=(Related(first.place(), "the first one"),),
                )
            )
    return list(found.values()), findings


def _put(
    manifests: Sequence[Manifest], ground: Ground, into: Fragment, namespace: str
) -> list[Finding]:
    """Put all of *manifests* that platform.yaml has words for into the fragment *into*."""
    by_kind: dict[str, list[Manifest]] = {}
    for one in manifests:
        by_kind.setdefault(one.kind if one.kind in _READ else "", []).append(one)
    declared = ground.data.get("nodePools") or {}
    known = pools.known(by_kind.get("NodePool", ()), declared)
    classes = {one.name: one for one in by_kind.get("EC2NodeClass", ())}
    served = {one.name: one for one in by_kind.get("InferenceService", ())}
    findings: list[Finding] = []
    for one in by_kind.get("Namespace", ()):
        pools.namespace(one, into)
    for one in by_kind.get("ResourceQuota", ()):
        pools.quota(one, namespace, into)
    for one in by_kind.get("NodePool", ()):
        pools.pool(one, classes, into)
    for kind in sorted(scaling.KINDS):
        for one in by_kind.get(kind, ()):
            scaling.autoscaler(one, served, into)
    for one in served.values():
        models.model(one, namespace, into, known)
    for one in by_kind.get("PrometheusRule", ()):
        alerts.alerts(one, into)
    findings += _workflows(by_kind, namespace, into, known)
    _spaces(into, ground.data.get("namespaces") or {})
    return findings


def _workflows(
    by_kind: Mapping[str, list[Manifest]], namespace: str, into: Fragment, known: Pools
) -> Iterator[Finding]:
    for kind in sorted(pipelines.KINDS):
        for one in by_kind.get(kind, ()):
            yield from pipelines.pipeline(one, namespace, into, known)
    for one in by_kind.get(pipelines.SCHEDULED, ()):
        name = pipelines.referred(one)
        if not name:
            yield from pipelines.pipeline(one, namespace, into, known)
        if into.get(("pipelines", name or one.name)):
            schedules.schedule(one, name or one.name, into)


def _spaces(into: Fragment, declared: Mapping[str, Any]) -> None:
    """Have a namespace for whatever is in one."""
    for section in ("models", "pipelines"):
        for name, entry in into.data.get(section, {}).items():
            where = entry.get("namespace")
            spot = into.spot((section, name, "namespace"))
            if isinstance(where, str) and where not in declared and spot:
                into.open(("namespaces", where), Spot(spot.manifest, spot.path))


def _instead(refusals: Sequence[Refusal]) -> dict[Manifest, str]:
    """Return why objects aren't in the fragment at all."""
    return {
        one.spot.manifest: f"it would be refused: {one.finding.message}"
        for one in refusals
        if len(one.path) == 2 and one.spot.manifest.kind in _ENTRIES  # noqa: PLR2004 - an entry
    }


def _declared(fragment: Fragment, ground: Ground) -> Iterator[Finding]:
    """Yield the entries of *fragment* that the platform has already; they are taken out."""
    twice: set[tuple[str, str]] = set()
    for section, entries in fragment.data.items():
        for name in [name for name in entries if name in (ground.data.get(section) or {})]:
            twice.add((section, name))
            if (spot := fragment.spot((section, name))) is not None:
                path = dotted((section, name))
                said = f"platform.yaml has `{path}` already"
                fix = f"write what is new into `{path}`, or import it under another name"
                yield DECLARED.at(spot.manifest.place(spot.path), said, fix=fix)
            del entries[name]
    for at in [at for at in fragment.origins if at[:2] in twice]:
        del fragment.origins[at]
    fragment.spare = [one for one in fragment.spare if one[0][:2] not in twice]


def _with_spare(
    spare: Sequence[tuple[Any, Any, Spot]],
    fragment: Fragment,
    tried: tuple[Ground, Draft],
    whose: tuple[Sequence[Manifest], str],
) -> tuple[Draft, list[Refusal]]:
    """Put those of *spare* that the build lacks; return what is built then."""
    ground, draft = tried
    manifests, namespace = whose
    lost: dict[Manifest, set[tuple[str | int, ...]]] = {}
    for loss in losses(manifests, fragment, objects(draft.artifacts), namespace, {}):
        lost.setdefault(loss.manifest, set()).add(loss.path)
    wanted = [
        (path, value, spot)
        for path, value, spot in spare
        if any(spot.path[:end] in lost.get(spot.manifest, ()) for end in range(len(spot.path) + 1))
        and fragment.get((_MODELS, spot.manifest.name) if path[0] == _COMPONENTS else path[:2])
    ]
    for path, value, spot in spare:
        if (path, value, spot) not in wanted:
            fragment.carry(spot.manifest, spot.path)
    for path, value, spot in wanted:
        fragment.put(path, value, spot)
    return settled(ground, fragment) if wanted else (draft, [])


def _refused(refusal: Refusal) -> Finding:
    spot = refusal.spot
    at = spot.manifest.place(spot.path)
    return replace(refusal.finding, at=at, related=(), on_key=False, hides=False)


def _told(draft: Draft, bare: Draft, fragment: Fragment) -> Iterator[Finding]:
    """Yield what is wrong with the platform that has *fragment* and wasn't before, at its place."""
    before = {(one.code, one.message) for one in bare.findings}
    for one in draft.findings:
        if (one.code, one.message) in before or isinstance(one.at, Place):
            continue
        spot = fragment.spot(one.at)
        if spot is None:
            continue
        related = tuple(
            Related(there.manifest.place(there.path), each.message)
            for each in one.related
            if isinstance(each.at, tuple) and (there := fragment.spot(each.at))
        )
        yield replace(one, at=spot.manifest.place(spot.path), related=related, on_key=False)
