"""Teams: what the owners of a namespace may do in Argo CD ends with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.plan.teams import others, quoted, teams
from mlopsgen.prove.applications import Application, folder_of
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named

_THEIRS = ("InferenceService", "WorkflowTemplate", "CronWorkflow")
"""What models and pipelines are; the Applications that they are in are their owners'."""

_MAY = frozenset({("applications", "get"), ("applications", "sync"), ("logs", "get")})
_PARTS = 6
"""Of a line of policies: p, who, on what, does what, where, allowed or not."""

_RBAC, _DEFAULT = "configs.rbac", "policy.default"


@rule("OWN008")
def teams_stay_at_home(emitted: Emitted, applied: Sequence[Application]) -> Iterator[Finding]:
    """What the owners of a namespace may do in Argo CD ends with it.

    Who may sync an Application may do whatever its project permits. A project of several namespaces
    gives the owners of one a hand in those of others; a role that may delete or override lets them
    take away what runs, or run what nobody reviewed.
    """
    projects = {each.name: each for each in emitted.objects.of("AppProject")}
    for found in projects.values():
        for role in found.spec.get("roles", ()):
            yield from _groups(emitted, found, role)
            yield from _policies(found, role)
    homes: dict[str, Named] = {}
    for each in emitted.objects.of(*_THEIRS):
        homes.setdefault(folder_of(each), each)
    for application in applied:
        first = homes.get(application.folder) if application.folder else None
        project = projects.get(application.found.spec.get("project", ""))
        if first and project:
            yield from _alone(application, project, first.namespace)
    yield from _default(emitted)


def _groups(emitted: Emitted, found: Named, role: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the places of a project that aren't those of who may sync it."""
    groups = {*role.get("groups", ())}
    for place in found.spec.get("destinations", ()):
        name = place.get("namespace", "")
        space = emitted.plan.namespaces.get(name)
        owners = {quoted(group) for group in space.owners} if space else set()
        if strangers := sorted(groups - owners):
            told = f"lets `{strangers[0]}` sync what is in `{name}`, whose owners are"
            yield _finding(found, f"{told} {_listed(sorted(owners))}")
        if missing := sorted(owners - groups):
            told = f"says nothing of `{missing[0]}`, which is an owner of `{name}`"
            yield _finding(found, told)


def _listed(owners: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in owners) or "nobody"


def _policies(found: Named, role: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what a role may do that owners may not, and lines that Argo CD refuses."""
    who = f"proj:{found.name}:{role.get('name')}"
    left = set(_MAY)
    for line in role.get("policies", ()):
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != _PARTS or parts[:2] != ["p", who] or parts[5] not in {"allow", "deny"}:
            yield _finding(found, f"has a policy that Argo CD refuses: `{line}`")
        elif (parts[2], parts[3]) not in _MAY:
            yield _finding(found, f"lets owners do more than look and sync: `{line}`")
        elif not parts[4].startswith(f"{found.name}/"):
            yield _finding(found, f"has a policy for another project: `{line}`")
        elif parts[5] == "allow":
            left.discard((parts[2], parts[3]))
    for what, verb in sorted(left):
        yield _finding(found, f"doesn't let owners `{verb}` `{what}`")


def _alone(each: Application, project: Named, namespace: str) -> Iterator[Finding]:
    places = sorted(place.get("namespace", "") for place in project.spec.get("destinations", ()))
    if others := [place for place in places if place != namespace]:
        told = f"holds models or pipelines of `{namespace}`; its project `{project.name}` permits"
        yield _finding(each.found, f"{told} `{others[0]}` too")


def _default(emitted: Emitted) -> Iterator[Finding]:
    """Yield the role of everybody who signs in, where some may look at some namespaces only."""
    given, theirs = (_map(read("argocd", _RBAC)) for read in (emitted.value, emitted.theirs))
    role = given.get(_DEFAULT)
    owned = any(team.groups for team in (*teams(emitted.plan), *others(emitted.plan)))
    if role and owned and _DEFAULT not in theirs:
        artifact = emitted.values["argocd"]
        told = f"`{artifact.path}` gives everybody who signs in `{role}`, though namespaces have"
        yield Finding(at=artifact.origin[0], message=f"{told} owners", fix=OUR_FAULT)


def _map(node: object) -> Mapping[str, Any]:
    return node if isinstance(node, Mapping) else {}


def _finding(found: Named, told: str) -> Finding:
    return Finding(at=found.origin, message=f"{found.subject} {told}", fix=OUR_FAULT)
