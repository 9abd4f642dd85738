"""AppProjects: which repositories Argo CD may read for whom, and what it may write where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlopsgen.artifact import Object
from mlopsgen.emit.argocd.ground import SERVER, Ground, repository
from mlopsgen.facts.running import AUTHORITIES
from mlopsgen.plan import Part, Plan, signatures
from mlopsgen.plan.applications import (
    ENTRANCES,
    MONITORING,
    NAMESPACES,
    NETWORK,
    NODE_POOLS,
    POLICIES,
    SECRETS,
    TRIGGERS,
)
from mlopsgen.plan.priorities import priorities

Kind = tuple[str, str]
"""API group and kind."""

_ADMISSION = "admissionregistration.k8s.io"
_RBAC = "rbac.authorization.k8s.io"

_OUTSIDE: dict[str, tuple[Kind, ...]] = {
    NAMESPACES: (("", "Namespace"),),
    NODE_POOLS: (("karpenter.k8s.aws", "EC2NodeClass"), ("karpenter.sh", "NodePool")),
    POLICIES: (
        (_ADMISSION, "ValidatingAdmissionPolicy"),
        (_ADMISSION, "ValidatingAdmissionPolicyBinding"),
    ),
}
"""Kinds outside of namespaces, by the Application they are in."""

_PRIORITIES: Kind = ("scheduling.k8s.io", "PriorityClass")
"""Beside the namespaces, where a model has a priority."""

_SIGNATURES: Kind = ("kyverno.io", "ClusterPolicy")
"""Beside the policies of the API server, where images need signatures."""

_INSIDE: dict[str, tuple[Kind, ...]] = {
    NAMESPACES: (
        ("", "LimitRange"),
        ("", "ResourceQuota"),
        (_RBAC, "Role"),
        (_RBAC, "RoleBinding"),
    ),
    NETWORK: (("networking.k8s.io", "NetworkPolicy"),),
    SECRETS: (
        ("", "ServiceAccount"),
        ("external-secrets.io", "ExternalSecret"),
        ("external-secrets.io", "SecretStore"),
    ),
    MONITORING: (
        ("", "ConfigMap"),
        ("monitoring.coreos.com", "PodMonitor"),
        ("monitoring.coreos.com", "PrometheusRule"),
        ("monitoring.coreos.com", "ServiceMonitor"),
    ),
    ENTRANCES: (("networking.k8s.io", "Ingress"),),
    TRIGGERS: (
        ("", "ServiceAccount"),
        ("argoproj.io", "EventBus"),
        ("argoproj.io", "EventSource"),
        ("argoproj.io", "Sensor"),
        ("policy", "PodDisruptionBudget"),
        (_RBAC, "Role"),
        (_RBAC, "RoleBinding"),
    ),
    "feast": (
        ("", "ConfigMap"),
        ("", "Service"),
        ("", "ServiceAccount"),
        ("apps", "Deployment"),
        ("policy", "PodDisruptionBudget"),
    ),
}
_PIPELINES: tuple[Kind, ...] = (
    ("", "ConfigMap"),
    ("", "ServiceAccount"),
    ("argoproj.io", "CronWorkflow"),
    ("argoproj.io", "WorkflowTemplate"),
    (_RBAC, "Role"),
    (_RBAC, "RoleBinding"),
)
_MODELS: tuple[Kind, ...] = (
    ("", "ServiceAccount"),
    ("networking.k8s.io", "Ingress"),
    ("policy", "PodDisruptionBudget"),
    ("serving.kserve.io", "InferenceService"),
)
_BEHIND_GATEWAY: Kind = ("gateway.networking.k8s.io", "HTTPRoute")

_OF_CHARTS: tuple[Kind, ...] = (
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    (_RBAC, "ClusterRole"),
    (_RBAC, "ClusterRoleBinding"),
)
"""What any chart may write outside of namespaces; webhooks come from the catalogue."""

_OF_CHART: dict[str, tuple[Kind, ...]] = {
    "aws-load-balancer-controller": (
        ("elbv2.k8s.aws", "IngressClassParams"),
        ("networking.k8s.io", "IngressClass"),
    ),
    "kserve": (
        ("serving.kserve.io", "ClusterServingRuntime"),
        ("serving.kserve.io", "ClusterStorageContainer"),
    ),
}
"""What else there is when the charts of the catalogue are rendered with our values."""

_IN_KUBE_SYSTEM = frozenset({"keda", "prometheus"})
"""Charts that also write to kube-system: KEDA a RoleBinding, to check who calls its API;
kube-prometheus-stack Services, for what EKS runs there. Seen by rendering them."""


def ours(ground: Ground) -> Object:
    """Return the project of what is generated: our repository, our namespaces, our kinds."""
    plan = ground.plan
    cluster_kinds, kinds = _kinds(plan)
    [document] = ground.fill(
        "project",
        ground.ours,
        description=f"What is generated for {plan.scope.cluster}",
        repositories=[ground.gitops.repository],
        destinations=_destinations(plan.namespaces),
        cluster_kinds=_listed(cluster_kinds),
        kinds=_listed(kinds),
    )
    return document


def components(ground: Ground, charts: Sequence[Part]) -> Object:
    """Return the project of the charts: their repositories, their namespaces, any kind in these."""
    facts = [part.facts for part in charts]
    sources = [each for one in facts for each in (one.chart, one.crd_chart, one.companion_chart)]
    repositories = {repository(chart.repository) for chart in sources if chart}
    namespaces = {part.namespace for part in charts}
    cluster_kinds = {*_OF_CHARTS}
    for part in charts:
        if part.name in _IN_KUBE_SYSTEM:
            namespaces.add("kube-system")
        cluster_kinds |= {*_OF_CHART.get(part.name, ())}
        registered = [each.kind for hook in part.facts.webhooks for each in hook.registered]
        cluster_kinds |= {(AUTHORITIES[kind][0], kind) for kind in registered}
    [document] = ground.fill(
        "project",
        ground.components,
        description=f"The charts of {ground.plan.scope.cluster}",
        repositories=sorted({ground.gitops.repository, *repositories}),
        destinations=_destinations(namespaces),
        cluster_kinds=_listed(cluster_kinds),
        kinds=None,
    )
    return document


def _kinds(plan: Plan) -> tuple[set[Kind], set[Kind]]:
    """Return the kinds in the folders of *plan*: those outside of namespaces, those inside."""
    folders = {application.name for application in plan.applications}
    cluster_kinds = {kind for name in folders for kind in _OUTSIDE.get(name, ())}
    cluster_kinds |= {_PRIORITIES} if priorities(plan) else set()
    cluster_kinds |= {_SIGNATURES} if signatures.asked(plan) else set()
    kinds = {kind for name in folders for kind in _INSIDE.get(name, ())}
    kinds |= {*_PIPELINES} if plan.workflows else set()
    kinds |= {*_MODELS} if plan.served else set()
    ways = [served.spec.exposure for served in plan.served]
    ways += [endpoint.exposure for endpoint in plan.platform.endpoints.values()]
    kinds |= {_BEHIND_GATEWAY} if any(way and way.gateway for way in ways) else set()
    return cluster_kinds, kinds


def _listed(kinds: Iterable[Kind]) -> list[dict[str, str]]:
    return [{"group": group, "kind": kind} for group, kind in sorted(kinds)]


def _destinations(namespaces: Iterable[str]) -> list[dict[str, str]]:
    return [{"server": SERVER, "namespace": namespace} for namespace in sorted(namespaces)]
