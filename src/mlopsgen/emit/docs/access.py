"""The access matrix: who may do what, by workload and by resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.plan import Identity, Keeper, Plan
from mlopsgen.plan.fleet import ARGOCD

_INTRODUCTION = """\
# Who may do what in {cluster}

Every workload that reaches AWS has a service account with a role of its own, which no other can
take. What isn't here is refused, as pods don't get at the role of their node. A build fails when a
role has more than its workload needs, or less.
"""
_LOCKED = """\
`(models:/NAME@ALIAS)` stands for the folder that platform.lock has for it; the role allows that one
and no other.
"""
_BY_WORKLOAD = ("service account", "role", "may", "on", "where")
_BY_RESOURCE = ("resource", "who", "may")
_IN_CLUSTER = ("namespace", "who", "may")

_UNSCOPED = "IAM takes no resource for it"
_KEY = "key of `{bucket}`, through S3 only"
_RECONCILED = """\
## Argo CD

The Argo CD of {hub} reconciles this cluster. It administers it as the role {role}, which only these
may take:

{callers}"""
_NODES = """\
## Nodes

Nodes pull images and join the cluster with a role of their own. Their metadata service answers one
hop far, so that its credentials end there. The add-on that makes volumes, and Karpenter, have roles
with the policies that are published for them.
"""


@dataclass(frozen=True, slots=True)
class _Right:
    """What a workload may do with one resource."""

    resource: str
    actions: tuple[str, ...]
    where: str


def access(plan: Plan) -> str:
    """Return the matrix of *plan* in Markdown: the order is that of platform.yaml."""
    parts = [_INTRODUCTION.format(cluster=plan.scope.cluster)]
    locked = _locked(plan)
    if locked:
        parts.append(_LOCKED)
    rights = {each.role: _rights(plan, each, locked) for each in plan.identities}
    for title, members in _sections(plan).items():
        if members:
            rows = [row for each in members for row in _rows(each, rights[each.role])]
            parts.append(f"## {title}\n\n{table(_BY_WORKLOAD, rows)}")
    if without := [each.name for each in plan.served if not each.identity and not each.canary]:
        listed = ", ".join(code(name) for name in without)
        parts.append(f"Models that reach nothing in AWS: {listed}.\n")
    if rights:
        parts.append(f"## By resource\n\n{table(_BY_RESOURCE, _by_resource(plan, rights))}")
    if cluster := list(_in_cluster(plan)):
        parts.append(f"## In the cluster\n\n{table(_IN_CLUSTER, cluster)}")
    if plan.keeper and plan.keeper.away:
        parts.append(_reconciled(plan, plan.keeper))
    return "\n".join([*parts, _NODES])


def _reconciled(plan: Plan, keeper: Keeper) -> str:
    callers = "".join(f"- {code(arn)}\n" for arn in keeper.callers)
    return _RECONCILED.format(
        hub=code(keeper.scope.cluster), role=code(plan.scope.role(ARGOCD)), callers=callers
    )


def _sections(plan: Plan) -> Mapping[str, list[Identity]]:
    readers = {each.identity.role for each in plan.readers}
    listeners = {each.identity.role for each in plan.listening}
    found: dict[str, list[Identity]] = {
        "Models": [],
        "Pipelines": [],
        "Triggers": [],
        "Components": [],
        "Readers of secrets": [],
    }
    titles = {"models": "Models", "pipelines": "Pipelines"}
    for each in plan.identities:
        title = titles.get(str(each.origin[0]), "Components")
        title = "Triggers" if each.role in listeners else title
        found["Readers of secrets" if each.role in readers else title].append(each)
    return found


def _locked(plan: Plan) -> dict[str, list[str]]:
    """Return what platform.yaml calls each folder that platform.lock has, by the folder.

    A release moves the folder and nothing else, and would otherwise change this file as well. Two
    versions may lie in one folder, as they do when a canary has just been promoted.
    """
    found: dict[str, list[str]] = {}
    for one in plan.served:
        canary = one.spec.canary
        written = canary.source if one.canary and canary else one.spec.source
        if written.startswith("models:/"):
            found.setdefault(one.source.partition("://")[2].partition("/")[2], []).append(written)
    return found


def _rights(plan: Plan, identity: Identity, locked: Mapping[str, list[str]]) -> list[_Right]:
    """Return what *identity* may do; folders that platform.lock has decide no order."""
    granted = list(_granted(plan, identity))
    called = {each: _called(each, locked) for each in granted}
    moved = {right for rights in called.values() for right in rights}
    first = sorted(moved, key=lambda each: (each.resource, each.where, each.actions))
    return [*first, *(each for each in granted if not called[each])]


def _granted(plan: Plan, identity: Identity) -> Iterator[_Right]:
    if identity.policy:
        yield _Right("the whole account", (f"what AWS publishes as {identity.policy}",), "")
    for statement in identity.statements:
        where = "; ".join(
            f"{variable} is {' or '.join(code(value) for value in values)}"
            for variables in statement.conditions.values()
            for variable, values in variables.items()
        )
        for resource in statement.resources:
            told = where or _UNSCOPED if resource == "*" else where
            yield _Right(code(resource), statement.actions, told)
    if identity.key_actions:
        yield _Right(_KEY.format(bucket=plan.bucket), identity.key_actions, "")


def _called(right: _Right, locked: Mapping[str, list[str]]) -> list[_Right]:
    """Return *right* once for each name of the folder that it is about; none for no such folder."""
    for folder, names in locked.items():
        if f"/{folder}" in right.resource or f"`{folder}" in right.where:
            return [
                _Right(
                    right.resource.replace(folder, f"({name})"),
                    right.actions,
                    right.where.replace(folder, f"({name})"),
                )
                for name in names
            ]
    return []


def _rows(identity: Identity, rights: Iterable[_Right]) -> Iterator[tuple[str, ...]]:
    account = code(f"{identity.namespace}/{identity.service_account}")
    for each in rights:
        yield account, code(identity.role), _listed(each.actions), each.resource, each.where


def _by_resource(plan: Plan, rights: Mapping[str, list[_Right]]) -> Iterator[tuple[str, ...]]:
    accounts = {each.role: f"{each.namespace}/{each.service_account}" for each in plan.identities}
    found = {
        (right.resource, accounts[role], right.actions): None
        for role, members in rights.items()
        for right in members
    }
    for resource, account, actions in sorted(found):
        yield resource, code(account), _listed(actions)


def _in_cluster(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield who may do what with objects of Kubernetes, of those that are ours to say."""
    for namespace in plan.namespaces.values():
        for group in namespace.owners:
            may = "see what runs, read logs, delete a pod"
            started = "; start, stop and retry workflows" if "argo-workflows" in plan.parts else ""
            yield code(namespace.name), f"group {code(group)}", f"{may}{started}"
    for workflow in plan.workflows:
        account = f"account {code(workflow.service_account)}"
        yield code(workflow.namespace), account, "report the results of its steps"
    for heard in plan.listening:
        account = f"account {code(f'{heard.namespace}/{heard.sensor_account}')}"
        yield code(heard.runs_in), account, "start workflows"


def _listed(actions: Iterable[str]) -> str:
    return ", ".join(actions)


def code(text: str) -> str:
    """Return *text* so that Markdown shows it as it is, in a cell of a table too."""
    fence = "``" if "`" in text else "`"
    room = " " if "`" in text else ""
    return f"{fence}{room}{text}{room}{fence}".replace("|", r"\|")


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table of Markdown."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
