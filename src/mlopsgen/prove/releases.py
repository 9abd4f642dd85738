"""Releases: every chart is installed as it was proved, every folder from the right place in Git."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.facts.installing import Chart
from mlopsgen.plan import Part
from mlopsgen.plan.parts import SHARED_NAMESPACES
from mlopsgen.prove.applications import WAVE
from mlopsgen.prove.emitted import OUR_FAULT, TFVARS, Emitted, Named, at

_OCI = "oci://"


@dataclass(frozen=True, slots=True)
class Release:
    """How one chart has to be installed."""

    part: Part
    chart: Chart
    name: str
    wave: int
    values: bool
    """Whether it takes the component's values: charts of CRDs alone take none."""

    skips: bool | None
    """Whether another chart brings its CRDs; None for one that has none to skip."""


@rule("OWN007")
def charts_are_those_that_were_proved(emitted: Emitted) -> Iterator[Finding]:
    """Every chart is installed in the version, the place and the order that were proved.

    What a component does is known of one version of its chart, and what is proved holds for that
    one: its labels, ports, metrics and values. Another version, another namespace or another
    values file is another component, which nobody looked at.
    """
    wanted = {each.chart.name: each for each in _releases(emitted)}
    for found in emitted.objects.of("Application"):
        yield from _application(emitted, found, wanted)
    for name, row in emitted.terraform.get("helm_releases", {}).items():
        yield from _terraform(emitted, name, row, wanted)


def _releases(emitted: Emitted) -> Iterator[Release]:
    """Yield the charts of all components, that of CRDs a wave before, a companion one after."""
    for part in emitted.plan.parts.values():
        facts, release = part.facts, part.facts.release
        if facts.chart is None or release is None:
            continue
        crds, after = facts.crd_chart, facts.companion_chart
        if crds:
            yield Release(part, crds, crds.name, release.wave - 1, values=False, skips=False)
        skips = crds is not None
        yield Release(part, facts.chart, release.name, release.wave, values=True, skips=skips)
        if after:
            yield Release(part, after, after.name, release.wave + 1, values=True, skips=None)


def _application(
    emitted: Emitted, found: Named, wanted: Mapping[str, Release]
) -> Iterator[Finding]:
    gitops = emitted.plan.platform.gitops
    if gitops is None:
        return
    keeper = emitted.plan.keeper
    folders = {
        keeper.application(each.name) if keeper else each.name: each.wave
        for each in emitted.plan.applications
    }
    if found.name in folders:
        wave = found.annotations.get(WAVE, "0")
        prunes = at(found.spec, "syncPolicy.automated.prune")
        rows = {"its wave": (wave, str(folders[found.name])), "whether it prunes": (prunes, True)}
        yield from _differs(found, rows)
    for source in (*found.spec.get("sources", ()), found.spec.get("source", {})):
        if "chart" in source and source["chart"] in wanted:
            yield from _chart(emitted, found, source, wanted[source["chart"]])
        elif source and "chart" not in source:
            read = (source.get("repoURL"), source.get("targetRevision"))
            yield from _differs(
                found, {"what it reads of Git": (read, (gitops.repository, gitops.revision))}
            )


def _chart(
    emitted: Emitted, found: Named, source: Mapping[str, Any], release: Release
) -> Iterator[Finding]:
    gitops, plan, helm = emitted.plan.platform.gitops, emitted.plan, source.get("helm", {})
    folder = f"{gitops.path}/{plan.environment}" if gitops else ""
    files = [f"$values/{folder}/helm/{release.part.name}.yaml"] if release.values else []
    yield from _differs(
        found,
        {
            "its repository": (
                source.get("repoURL"),
                release.chart.repository.removeprefix(_OCI),
            ),
            "its version": (source.get("targetRevision"), release.chart.version),
            "its release": (helm.get("releaseName"), release.name),
            "its values": (helm.get("valueFiles", []), files),
            "whether it skips CRDs": (
                helm.get("skipCrds", False) if release.skips is not None else None,
                release.skips,
            ),
            "its namespace": (at(found.spec, "destination.namespace"), release.part.namespace),
            "its wave": (found.annotations.get(WAVE, "0"), str(release.wave)),
            "whether it prunes": (at(found.spec, "syncPolicy.automated.prune"), release.values),
        },
    )


def _terraform(
    emitted: Emitted, name: str, row: Mapping[str, Any], wanted: Mapping[str, Release]
) -> Iterator[Finding]:
    release = wanted.get(name) or next(
        (each for each in wanted.values() if each.name == name), None
    )
    if release is None:
        return
    waits = not release.values or not any(
        secret.namespace == release.part.namespace for secret in emitted.plan.secrets
    )
    expected = {
        "chart": release.chart.name,
        "repository": release.chart.repository,
        "version": release.chart.version,
        "namespace": release.part.namespace,
        "create_namespace": release.part.namespace not in SHARED_NAMESPACES,
        "wave": release.wave,
        "skip_crds": release.skips,
        "values_files": [f"../helm/{release.part.name}.yaml"] if release.values else [],
        "wait": waits,
    }
    for key, value in expected.items():
        if value is not None and row.get(key) != value:
            told = f"`{TFVARS}`: `helm_releases.{name}.{key}` is `{row.get(key)}`; of the chart"
            message = f"{told} `{release.chart.name}` `{value}` was proved"
            yield Finding(at=release.part.origin, message=message, fix=OUR_FAULT)


def _differs(found: Named, rows: Mapping[str, tuple[Any, Any]]) -> Iterator[Finding]:
    for what, (is_, wanted) in rows.items():
        if is_ != wanted:
            told = f"{found.subject}: {what} is `{is_}`; `{wanted}` was proved"
            yield Finding(at=found.origin, message=told, fix=OUR_FAULT)
