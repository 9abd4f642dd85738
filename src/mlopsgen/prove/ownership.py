"""Ownership: every object is applied by one owner, in an order that comes to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlopsgen.diagnostics import Finding, Related, rule
from mlopsgen.prove import (
    ownership_changes,
    ownership_health,
    ownership_order,
    ownership_projects,
    ownership_teams,
    releases,
)
from mlopsgen.prove.applications import Application, applications, folder_of
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named
from mlopsgen.prove.names_in_objects import Reference

_FIX = f"rename it in platform.yaml; if the name isn't yours, {OUR_FAULT}"


def proved(emitted: Emitted, named: Sequence[Reference] = ()) -> Iterator[Finding]:
    """Yield what has two owners, or none, and what never gets applied.

    The names in its objects are looked for where they aren't given.
    """
    found = applications(emitted)
    yield from one_owner(emitted, found)
    yield from releases.charts_are_those_that_were_proved(emitted)
    if found:
        yield from ownership_order.order_comes_to_its_end(emitted, found, named)
        yield from ownership_projects.projects_allow(emitted, found)
        yield from ownership_changes.changes_are_left_alone(found)
        yield from ownership_changes.data_is_kept(emitted, found)
        yield from ownership_changes.applications_are_small(emitted, found)
        yield from ownership_teams.teams_stay_at_home(emitted, found)
        yield from ownership_health.health_is_known(emitted)


@rule("OWN001")
def one_owner(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """Every object has one owner.

    What two apply is never at rest: each undoes the other, and both report success. What nobody
    applies is never there. An owner is an Application, Terraform, or a chart that brings the
    object itself.
    """
    yield from _folders(emitted, applied)
    yield from _charts(emitted, applied)
    yield from _brought(emitted)
    for each in applied:
        if "FailOnSharedResource=true" not in each.options:
            told = "takes over objects of other Applications without a word"
            yield _finding(each.found, f"{told}: it lacks `FailOnSharedResource=true`")
        if any(source.get("directory", {}).get("recurse") for source in each.sources()):
            yield _finding(each.found, "reads the folders below its own, which others apply")


def _folders(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """Yield the folders that no Application applies, and those that two do."""
    owners: dict[str, Named] = {}
    for each in applied:
        if each.folder:
            before = owners.setdefault(each.folder, each.found)
            if before is not each.found:
                told = f"applies the folder `apps/{each.folder}`, as {before.subject} does"
                yield _finding(each.found, told)
    unowned: set[str] = set()
    for members in emitted.objects.kinds.values() if applied else ():
        for found in members:
            folder = folder_of(found)
            if folder and folder not in owners and folder not in unowned:
                unowned.add(folder)
                told = f"is in the folder `apps/{folder}`, which no Application applies"
                yield _finding(found, told)


def _charts(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """Yield the charts that Terraform installs too, and that two Applications do."""
    first: dict[str, Application] = {}
    releases: Mapping[str, object] = emitted.terraform.get("helm_releases", {})
    for each in [each for each in applied if each.chart]:
        if each.chart in {_chart(row) for row in releases.values()}:
            told = f"installs the chart `{each.chart}`, as Terraform does by `helm_releases`"
            yield _finding(each.found, told)
        before = first.setdefault(each.chart, each)
        if before is not each:
            told = f"installs the chart `{each.chart}`, as {before.found.subject} does"
            yield _finding(each.found, told)
    installed = {*first, *(_chart(row) for row in releases.values())}
    for part in emitted.plan.parts.values() if applied else ():
        if part.facts.chart and part.facts.chart.name not in installed:
            told = f"nobody installs the chart `{part.facts.chart.name}` of `{part.name}`"
            yield Finding(at=part.origin, message=told, fix=OUR_FAULT)


def _chart(row: object) -> str:
    return str(row.get("chart", "")) if isinstance(row, Mapping) else ""


def _brought(emitted: Emitted) -> Iterator[Finding]:
    """Yield the objects that a chart brings as well, or a controller makes."""
    brought: dict[tuple[str, str, str], str] = {}
    for part in emitted.plan.parts.values():
        for workload in part.facts.workloads.values() if part.facts.kind != "manifests" else ():
            brought[workload.kind, part.namespace, workload.name] = part.name
            brought["ServiceAccount", part.namespace, workload.service_account] = part.name
        for service in part.facts.services if part.facts.kind != "manifests" else ():
            brought["Service", part.namespace, service] = part.name
    for kind in ("DaemonSet", "Deployment", "Service", "ServiceAccount", "StatefulSet"):
        for found in emitted.objects.of(kind):
            if name := brought.get((kind, found.namespace, found.name)):
                yield _finding(found, f"is an object that the component `{name}` brings itself")
    for found in emitted.objects.of("ExternalSecret"):
        secret = found.spec["target"]["name"]
        if other := emitted.objects.find("Secret", found.namespace, secret):
            told = f"makes the Secret `{found.namespace}/{secret}`, which stands in a file too"
            related = (Related(other.origin, f"{other.subject} comes from here"),)
            yield Finding(
                at=found.origin, message=f"{found.subject} {told}", fix=_FIX, related=related
            )


def _finding(found: Named, told: str) -> Finding:
    return Finding(at=found.origin, message=f"{found.subject} {told}", fix=_FIX)


RULES = (
    one_owner.rule,
    ownership_order.order_comes_to_its_end.rule,
    ownership_projects.projects_allow.rule,
    ownership_changes.changes_are_left_alone.rule,
    ownership_changes.data_is_kept.rule,
    ownership_changes.applications_are_small.rule,
    releases.charts_are_those_that_were_proved.rule,
    ownership_teams.teams_stay_at_home.rule,
    ownership_health.health_is_known.rule,
)
