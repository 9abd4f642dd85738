"""The order of Argo CD: kinds before objects, namespaces before their objects, names before use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlopsgen.diagnostics import Finding, Related, rule
from mlopsgen.plan import Part
from mlopsgen.prove.applications import BEFORE, Application, folder_of, wave
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named
from mlopsgen.prove.names_in_objects import Reference, references
from mlopsgen.prove.pods import pods

_HEALTH = "resource.customizations.health.argoproj.io_Application"
"""Without it Argo CD takes every Application for healthy as soon as it is there (argo-cd 2.14.11
docs/operator-manual/health.md)."""


@rule("OWN002")
def order_comes_to_its_end(
    emitted: Emitted, applied: Sequence[Application], named: Sequence[Reference] = ()
) -> Iterator[Finding]:
    """Everything is applied after what it needs.

    Argo CD applies wave by wave, and waits for the health of each. What needs something of a
    later wave never gets healthy, so that the later wave never comes: a platform that grew step
    by step works, and can't be made again from nothing.
    """
    yield from _health(emitted)
    order = _Order.of(emitted, applied)
    yield from _projects(emitted, applied)
    yield from _parts(emitted, order)
    seen: set[tuple[str, str]] = set()
    for kind, members in emitted.objects.kinds.items():
        for found in members:
            folder = folder_of(found)
            if folder in order.waves and (folder, kind) not in seen:
                seen.add((folder, kind))
                yield from _kind(order, found, folder)
            yield from _namespace(emitted, order, found, folder)
    yield from _references(emitted, order, named or references(emitted, pods(emitted)))


@dataclass(frozen=True, slots=True)
class _Order:
    """When everything is applied."""

    waves: Mapping[str, int]
    """Of the folders below apps/."""

    installed: Mapping[str, int]
    """Of the components; what Terraform installs is there BEFORE."""

    kinds: Mapping[tuple[str, str], str]
    """The component that brings a kind, by group and kind."""

    @classmethod
    def of(cls, emitted: Emitted, applied: Sequence[Application]) -> _Order:
        waves = {each.folder: each.wave for each in applied if each.folder}
        releases = emitted.terraform.get("helm_releases", {}).values()
        charts = {row.get("chart", ""): BEFORE + row.get("wave", 0) for row in releases}
        charts |= {each.chart: each.wave for each in applied if each.chart}
        parts = emitted.plan.parts
        return cls(
            waves,
            {name: _installed(part, charts, waves) for name, part in parts.items()},
            {
                (kind.group, kind.kind): name
                for name, part in parts.items()
                for kind in (part.facts.crds.kinds if part.facts.crds else ())
            },
        )


def _installed(part: Part, charts: Mapping[str, int], folders: Mapping[str, int]) -> int:
    """Return the wave in which the last chart of a component is installed."""
    own = (part.facts.chart, part.facts.companion_chart)
    found = [charts[each.name] for each in own if each and each.name in charts]
    found += [folders[part.name]] if part.name in folders else []
    return max(found, default=2 * BEFORE)


def _health(emitted: Emitted) -> Iterator[Finding]:
    values = emitted.value("argocd", "configs.cm")
    if "argocd" in emitted.values and not (isinstance(values, Mapping) and values.get(_HEALTH)):
        told = f"`helm/argocd.yaml` has no `{_HEALTH}`, so that no wave waits for the one before"
        at = emitted.place("argocd", ("configs", "cm", _HEALTH))
        yield Finding(at=at, message=told, fix="take it out of your `values`")


def _projects(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """Yield the projects that come after Applications that are in them."""
    for each in applied:
        project = emitted.objects.find(
            "AppProject", each.found.namespace, each.found.spec["project"]
        )
        if project and wave(project) >= each.wave and project.artifact is not each.found.artifact:
            told = f"is in wave {each.wave}; its project `{project.name}` comes in {wave(project)}"
            yield _finding(each.found, told)


def _parts(emitted: Emitted, order: _Order) -> Iterator[Finding]:
    """Yield the components that are installed before those that they don't work without."""
    for name, part in emitted.plan.parts.items():
        needed = part.facts.requires.components if part.facts.requires else ()
        for other in needed if part.facts.in_cluster else ():
            before, own = order.installed.get(other, 2 * BEFORE), order.installed[name]
            if before >= own:
                told = f"`{name}` is installed {_when(own)}; `{other}`, which it doesn't work"
                yield Finding(
                    at=part.origin,
                    message=f"{told} without, {_when(before)}",
                    fix=f"write `owner: argocd` for `{name}`, or `owner: terraform` for `{other}`",
                    related=(Related(("components", other), f"`{other}` is installed here"),),
                )


def _when(installed: int) -> str:
    """Return when something is installed, in words."""
    if installed > BEFORE // 2:
        return f"by Argo CD in wave {installed}"
    return f"by Terraform in wave {installed - BEFORE}"


def _kind(order: _Order, found: Named, folder: str) -> Iterator[Finding]:
    """Yield an object that is applied before anybody knows its kind."""
    kind = found.body["kind"]
    group = found.body["apiVersion"].rpartition("/")[0]
    maker, when = order.kinds.get((group, kind)), order.waves[folder]
    if maker and maker != folder and order.installed[maker] >= when:
        told = f"is applied in wave {when}; `{maker}`, which brings the kind {kind}, is installed"
        yield _finding(found, f"{told} {_when(order.installed[maker])}")


def _namespace(emitted: Emitted, order: _Order, found: Named, folder: str) -> Iterator[Finding]:
    """Yield an object that is applied before its namespace."""
    if folder not in order.waves or not found.namespace:
        return
    space = emitted.objects.find("Namespace", "", found.namespace)
    home = folder_of(space) if space else ""
    if home in order.waves and home != folder and order.waves[home] >= order.waves[folder]:
        told = f"is applied in wave {order.waves[folder]}; its namespace comes in"
        yield _finding(found, f"{told} {order.waves[home]}")


def _references(emitted: Emitted, order: _Order, among: Iterable[Reference]) -> Iterator[Finding]:
    """Yield the names of objects that come in a later wave; those of one wave come together."""
    made = {
        (each.namespace, each.spec["target"]["name"]): each
        for each in emitted.objects.of("ExternalSecret")
    }
    for each in among:
        named = emitted.objects.find(each.kind, each.namespace, each.name)
        if each.kind == "Secret":
            named = made.get((each.namespace, each.name), named)
        now, then = folder_of(each.owner), folder_of(named) if named else ""
        if now in order.waves and order.waves.get(then, BEFORE) > order.waves[now]:
            told = f"is applied in wave {order.waves[now]} and names the {each.kind}"
            yield _finding(each.owner, f"{told} `{each.name}`, which comes in {order.waves[then]}")
    for part in emitted.plan.parts.values():
        mine = [each for (space, _), each in made.items() if space == part.namespace]
        own = order.installed[part.name]
        for secret in mine if part.facts.kind == "chart" and own > BEFORE // 2 else ():
            when = order.waves.get(folder_of(secret), BEFORE)
            if when > own:
                told = f"comes in wave {when}; `{part.name}`, which reads it, is installed"
                yield _finding(secret, f"{told} {_when(own)}")


def _finding(found: Named, told: str) -> Finding:
    return Finding(at=found.origin, message=f"{found.subject} {told}", fix=OUR_FAULT)
