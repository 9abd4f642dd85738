"""The project of each namespace that users declare: its place, its kinds, what its owners may."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Object
from mlopsgen.emit.argocd.ground import Ground
from mlopsgen.emit.argocd.kinds import RBAC, Kind, listed
from mlopsgen.plan.teams import Team, teams

_KINDS: tuple[Kind, ...] = (
    ("", "ConfigMap"),
    ("", "ServiceAccount"),
    ("argoproj.io", "CronWorkflow"),
    ("argoproj.io", "WorkflowTemplate"),
    ("external-secrets.io", "ExternalSecret"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("networking.k8s.io", "Ingress"),
    ("policy", "PodDisruptionBudget"),
    (RBAC, "Role"),
    (RBAC, "RoleBinding"),
    ("serving.kserve.io", "InferenceService"),
)
"""Whatever models and pipelines are made of, there or not: a kind that went with its last object
would go before it, and Argo CD deletes nothing of a kind that the project doesn't list."""

_ROLE = "owners"
_MAY = (("applications", "get"), ("applications", "sync"), ("logs", "get"))
"""Not delete, which takes what runs along, nor override, which syncs what isn't in Git."""


def projects(ground: Ground) -> Iterator[tuple[Object, Team]]:
    """Yield the project of each namespace."""
    for team in teams(ground.plan):
        [document] = ground.fill(
            "project",
            team.project,
            # Names may be longer than labels.
            of=team.namespace,
            description=f"Models and pipelines of the namespace {team.namespace}",
            repositories=[ground.gitops.repository],
            destinations=ground.places([team.namespace]),
            cluster_kinds=[],
            kinds=listed(_KINDS),
            orphans=_known(ground, team.namespace),
            roles=[_role(team)] if team.groups else None,
        )
        yield document, team


def _role(team: Team) -> Object:
    subject = f"proj:{team.project}:{_ROLE}"
    return {
        "name": _ROLE,
        "description": f"The owners of the namespace {team.namespace}",
        "policies": [
            f"p, {subject}, {resource}, {action}, {team.project}/*, allow"
            for resource, action in _MAY
        ],
        "groups": list(team.groups),
    }


def _known(ground: Ground, namespace: str) -> list[dict[str, str]]:
    """Return what others put into *namespace* as they should."""
    claims = ground.plan.platform.namespaces[namespace].claims
    return [
        {"group": "argoproj.io", "kind": "Workflow"},
        *({"kind": "PersistentVolumeClaim", "name": claim} for claim in claims),
    ]
