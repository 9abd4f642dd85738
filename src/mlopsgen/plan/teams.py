"""Teams: the Argo CD project of each namespace that users declare, and who may do what in it."""

from __future__ import annotations

from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.fleet import team
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
            plan.keeper.team(each.name),
            tuple(quoted(group) for group in dict.fromkeys(each.owners)),
            each.origin,
        )
        for each in plan.namespaces.values()
        if each.workloads and plan.keeper
    )


def others(plan: Plan) -> tuple[Team, ...]:
    """Return the namespaces of other clusters that the Argo CD of this one reconciles."""
    return tuple(
        Team(
            name,
            team(spoke.scope, name, away=True),
            tuple(quoted(group) for group in dict.fromkeys(space.owners)),
            spoke.origin,
        )
        for spoke in plan.spokes
        for name, space in spoke.platform.namespaces.items()
    )


def policies(plan: Plan) -> str:
    """Return what groups may do in Argo CD beyond the roles of their projects, as its CSV.

    Roles of projects can't let anybody see the project itself.
    """
    gitops = plan.platform.gitops
    admins = dict.fromkeys(gitops.admins if gitops else ())
    lines = [f"g, {quoted(group)}, role:admin" for group in admins]
    for each in (*teams(plan), *others(plan)):
        if each.groups:
            lines.append(f"p, role:{each.project}, projects, get, {each.project}, allow")
            lines += [f"g, {group}, role:{each.project}" for group in each.groups]
    return "".join(f"{line}\n" for line in lines)


def quoted(group: str) -> str:
    """Return *group* as it stands in a line of policies, which commas divide."""
    return f'"{group}"' if "," in group else group
