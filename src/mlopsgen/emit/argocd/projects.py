"""AppProjects: which repositories Argo CD may read for whom, and what it may write where."""

from __future__ import annotations

from collections.abc import Sequence

from mlopsgen.artifact import Object
from mlopsgen.emit.argocd.ground import Ground, repository
from mlopsgen.emit.argocd.kinds import RBAC, Kind, listed
from mlopsgen.facts.running import AUTHORITIES
from mlopsgen.plan import Part

_ADMISSION = "admissionregistration.k8s.io"

_OUTSIDE: tuple[Kind, ...] = (
    ("", "Namespace"),
    (_ADMISSION, "ValidatingAdmissionPolicy"),
    (_ADMISSION, "ValidatingAdmissionPolicyBinding"),
    ("karpenter.k8s.aws", "EC2NodeClass"),
    ("karpenter.sh", "NodePool"),
    ("kyverno.io", "ClusterPolicy"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "StorageClass"),
)
"""Kinds outside of namespaces that are generated, there or not: one that went with its last object
would go before it, and Argo CD deletes nothing of a kind that the project doesn't list."""

_INSIDE: tuple[Kind, ...] = (
    ("", "ConfigMap"),
    ("", "LimitRange"),
    ("", "ResourceQuota"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("apps", "Deployment"),
    ("argoproj.io", "EventBus"),
    ("argoproj.io", "EventSource"),
    ("argoproj.io", "Sensor"),
    ("external-secrets.io", "ExternalSecret"),
    ("external-secrets.io", "SecretStore"),
    ("monitoring.coreos.com", "PodMonitor"),
    ("monitoring.coreos.com", "PrometheusRule"),
    ("monitoring.coreos.com", "ServiceMonitor"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    (RBAC, "Role"),
    (RBAC, "RoleBinding"),
)
"""Kinds in namespaces, but for those of models and pipelines, which have projects of their own."""

_OF_CHARTS: tuple[Kind, ...] = (
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    (RBAC, "ClusterRole"),
    (RBAC, "ClusterRoleBinding"),
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
    [document] = ground.fill(
        "project",
        ground.ours,
        description=f"What is generated for {plan.scope.cluster}",
        repositories=[ground.gitops.repository],
        destinations=ground.places({*plan.namespaces, ground.somewhere}),
        cluster_kinds=listed(_OUTSIDE),
        kinds=listed(_INSIDE),
        orphans=None,
        roles=None,
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
        destinations=ground.places(namespaces),
        cluster_kinds=listed(cluster_kinds),
        kinds=None,
        orphans=None,
        roles=None,
    )
    return document
