"""Teams: the Argo CD project of each namespace that users declare, and who may do what in it."""

from __future__ import annotations

from dataclasses import dataclass

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Team:
    """A namespace as Argo CD sees it."""

    namespace: str
    project: str
    groups: tuple[str, ...]
    """Its owners, as Argo CD reads them."""

    origin: SpecPath


def teams(plan: Plan) -> tuple[Team, ...]:
    """Return every namespace that users declare, whether something runs in it yet or not.

    A project that came with the first model and went with the last would go before that model:
    Argo CD deletes nothing that its project doesn't permit at that moment (argo-cd 2.14.11
    controller/appcontroller.go, getPermittedAppLiveObjects).
    """
    return tuple(
        Team(
            each.name,
            names.project(plan.platform.name, each.name),
            tuple(quoted(group) for group in dict.fromkeys(each.owners)),
            each.origin,
        )
        for each in plan.namespaces.values()
        if each.workloads
    )


def policies(plan: Plan) -> str:
    """Return what groups may do in Argo CD beyond the roles of their projects, as its CSV.

    Roles of projects can't let anybody see the project itself.
    """
    gitops = plan.platform.gitops
    admins = dict.fromkeys(gitops.admins if gitops else ())
    lines = [f"g, {quoted(group)}, role:admin" for group in admins]
    for team in teams(plan):
        if team.groups:
            lines.append(f"p, role:{team.project}, projects, get, {team.project}, allow")
            lines += [f"g, {group}, role:{team.project}" for group in team.groups]
    return "".join(f"{line}\n" for line in lines)


def quoted(group: str) -> str:
    """Return *group* as it stands in a line of policies, which commas divide."""
    return f'"{group}"' if "," in group else group
