"""Projects: what Argo CD may write, and where, holds all that it is to apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.facts.running import AUTHORITIES
from mlopsgen.plan import Part
from mlopsgen.prove.applications import Application, folder_of
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named

Kind = tuple[str, str]
"""API group and kind."""


@dataclass(frozen=True, slots=True)
class _Project:
    """What a project allows."""

    name: str
    repositories: frozenset[str]
    places: frozenset[tuple[str, str]]
    """Cluster and namespace."""

    outside: frozenset[Kind]
    inside: frozenset[Kind] | None
    """Kinds in namespaces; None for all."""

    @classmethod
    def of(cls, found: Named) -> _Project:
        spec = found.spec
        inside = spec.get("namespaceResourceWhitelist")
        return cls(
            found.name,
            frozenset(spec.get("sourceRepos", ())),
            frozenset((cluster(each), each["namespace"]) for each in spec.get("destinations", ())),
            _kinds(spec.get("clusterResourceWhitelist", ())),
            None if inside is None else _kinds(inside),
        )


def _kinds(rows: Sequence[Mapping[str, str]]) -> frozenset[Kind]:
    return frozenset((row["group"], row["kind"]) for row in rows)


_BOOTSTRAP = "argocd/bootstrap/"
"""What Terraform applies; the root Application, which is there, applies the rest of the folder."""


@rule("OWN003")
def projects_allow(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """The project of every Application allows what it applies.

    Argo CD refuses a kind, a namespace or a repository that the project doesn't list. The
    Application fails to sync, and with it every wave that comes later.
    """
    projects = {each.name: _Project.of(each) for each in emitted.objects.of("AppProject")}
    members: dict[str, dict[tuple[str, Kind], Named]] = {}
    for rows in emitted.objects.kinds.values():
        for found in rows:
            if folder := folder_of(found):
                members.setdefault(folder, {}).setdefault(_place(found), found)
    for each in applied:
        project = projects.get(each.found.spec["project"])
        if project is None:
            continue
        yield from _sources(project, each)
        for found in members.get(each.folder, {}).values() if each.folder else ():
            yield from _object(project, each, found)
        for found in _rooted(emitted, each):
            yield from _object(project, each, found)
        if each.part and each.chart == _chart(each.part):
            yield from _brought(project, each, each.part)


def cluster(where: Mapping[str, str]) -> str:
    """Return the cluster of a destination: by its name, or its address where it has none."""
    return where.get("name") or where["server"]


def _rooted(emitted: Emitted, each: Application) -> Iterator[Named]:
    """Yield what *each* applies where it is the root."""
    if not each.folder and not each.chart:
        for found in emitted.objects.of("AppProject", "Application"):
            if not found.artifact.path.startswith(_BOOTSTRAP):
                yield found


def _place(found: Named) -> tuple[str, Kind]:
    group = found.body["apiVersion"].rpartition("/")[0]
    return found.namespace, (group, found.body["kind"])


def _chart(part: Part) -> str:
    return part.facts.chart.name if part.facts.chart else ""


def _sources(project: _Project, each: Application) -> Iterator[Finding]:
    for source in each.sources():
        if source["repoURL"] not in project.repositories:
            told = f"reads `{source['repoURL']}`, which its project `{project.name}` doesn't list"
            yield _finding(each.found, told)
    where: Mapping[str, Any] = each.found.spec["destination"]
    if (cluster(where), where.get("namespace", "")) not in project.places:
        told = f"goes to the namespace `{where.get('namespace', '')}`, which its project"
        yield _finding(each.found, f"{told} `{project.name}` doesn't list")


def _object(project: _Project, each: Application, found: Named) -> Iterator[Finding]:
    namespace, kind = _place(found)
    server = cluster(each.found.spec["destination"])
    listed = project.outside if not namespace else project.inside
    if namespace and (server, namespace) not in project.places:
        told = f"is in `{namespace}`, which the project `{project.name}` doesn't list"
        yield _finding(found, told)
    if listed is not None and kind not in listed:
        told = f"is of a kind that the project `{project.name}` doesn't list: `{'/'.join(kind)}`"
        yield _finding(found, told)


def _brought(project: _Project, each: Application, part: Part) -> Iterator[Finding]:
    """Yield what a chart brings that its project doesn't list."""
    objects = part.facts.objects
    listed = [*(objects.cluster if objects else ())]
    registered = [one.kind for hook in part.facts.webhooks for one in hook.registered]
    kinds = {_split(one) for one in listed} | {(AUTHORITIES[kind][0], kind) for kind in registered}
    for kind in sorted(kinds - project.outside):
        told = f"installs objects of the kind `{'/'.join(kind)}`, which its project"
        yield _finding(each.found, f"{told} `{project.name}` doesn't list")
    server = cluster(each.found.spec["destination"])
    for namespace in objects.namespaces if objects else ():
        if (server, namespace) not in project.places:
            told = f"puts objects into `{namespace}`, which its project `{project.name}`"
            yield _finding(each.found, f"{told} doesn't list")


def _split(kind: str) -> Kind:
    group, _, name = kind.rpartition("/")
    return group, name


def _finding(found: Named, told: str) -> Finding:
    return Finding(at=found.origin, message=f"{found.subject} {told}", fix=OUR_FAULT)
