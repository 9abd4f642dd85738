"""Components: their facts, owners, namespaces and identities; and the namespaces they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from mlopsgen.facts import Component as ComponentFacts
from mlopsgen.facts import component
from mlopsgen.plan import features, signatures, zones
from mlopsgen.plan.fleet import Spoke, callers
from mlopsgen.plan.grants import Identity
from mlopsgen.plan.identities import (
    MLFLOW_PREFIX,
    PIPELINES_PREFIX,
    READ_KEY,
    WRITE_KEY,
    Account,
    keeps,
    reads,
)
from mlopsgen.plan.model import Part, PlannedNamespace
from mlopsgen.spec import Addon, Component, ExternalDns, Image, Mlflow, Platform

SHARED_NAMESPACES = frozenset({"default", "kube-system"})
"""There before us and shared with EKS: no Namespace, quota or policy of ours."""

_LEVELS = ("restricted", "baseline", "privileged")


def parts(
    platform: Platform,
    account: Account,
    bucket: str | None,
    *,
    kept: bool,
    spokes: tuple[Spoke, ...] = (),
) -> dict[str, Part]:
    """Return the components that are installed, by name; *kept* says that Argo CD reconciles."""
    pinned = platform.components.pinned()
    found = {
        name: _part(
            component(name, pinned.get(name)),
            _sized(spec, platform) if isinstance(spec, Mlflow) else spec,
            account,
            bucket,
            kept=kept,
        )
        for name, spec in platform.components.declared().items()
    }
    if kyverno := found.get("kyverno"):
        role = signatures.reader(platform, account, kyverno)
        found["kyverno"] = replace(kyverno, identities=(role,) if role else ())
    if argocd := found.get("argocd"):
        found["argocd"] = replace(argocd, identities=callers(account, argocd.facts, spokes))
    return found


def _sized(spec: Mlflow, platform: Platform) -> Mlflow:
    """Return *spec* with a number of replicas, which depends on what the platform outlives."""
    if spec.replicas is not None:
        return spec
    return spec.model_copy(update={"replicas": 2 if platform.aws.outlives_a_zone else 1})


def address(part: Part, workload: str) -> str:
    """Return the URL of a component's *workload* inside the cluster."""
    service, port = next(
        (service, facts.ports[0].port)
        for service, facts in part.facts.services.items()
        if facts.workload == workload
    )
    return f"http://{service}.{part.namespace}.svc:{port}"


def _part(
    facts: ComponentFacts,
    spec: Component | Addon | Image,
    account: Account,
    bucket: str | None,
    *,
    kept: bool,
) -> Part:
    """Return one component; without Argo CD there is nobody but Terraform to install it."""
    name = facts.component
    owner = spec.owner if isinstance(spec, Component) else None
    make = _IDENTITIES.get(name)
    identities: tuple[Identity, ...] = ()
    release = facts.release
    if release:
        account_names = {key: each.service_account for key, each in facts.workloads.items()}
        if make and bucket:
            identities = make(account, bucket, release.namespace, account_names)
        elif isinstance(spec, ExternalDns):
            own = account_names["controller"]
            identities = (zones.writer(account, release.namespace, own, spec),)
        elif policy := _POLICIES.get(name):
            identities = (_controller(account, name, release.namespace, account_names, policy),)
    return Part(
        name=name,
        spec=spec,
        facts=facts,
        owner=owner or (release.owner if release and kept else "terraform"),
        namespace=release.namespace if release else "",
        identities=identities,
        origin=("components", name),
    )


def _mlflow(
    account: Account, bucket: str, namespace: str, accounts: Mapping[str, str]
) -> tuple[Identity, ...]:
    """MLflow lists and deletes artifacts itself; its clients upload them on their own."""
    [service_account] = set(accounts.values())
    statements = keeps(bucket, MLFLOW_PREFIX)
    origin = ("components", "mlflow")
    return (
        account.identity(
            namespace, service_account, statements, key_actions=WRITE_KEY, origin=origin
        ),
    )


def _argo_workflows(
    account: Account, bucket: str, namespace: str, accounts: Mapping[str, str]
) -> tuple[Identity, ...]:
    """The server shows artifacts and archived logs; the pods themselves write them."""
    statements = reads(bucket, PIPELINES_PREFIX)
    origin = ("components", "argo-workflows")
    return (
        account.identity(
            namespace, accounts["server"], statements, key_actions=READ_KEY, origin=origin
        ),
    )


def _feast(
    account: Account, bucket: str, namespace: str, accounts: Mapping[str, str]
) -> tuple[Identity, ...]:
    """The server reads; what it serves is written by pipelines."""
    [service_account] = set(accounts.values())
    statements = features.serves(account, bucket)
    origin = ("components", "feast")
    return (
        account.identity(
            namespace, service_account, statements, key_actions=READ_KEY, origin=origin
        ),
    )


_POLICIES = {"aws-load-balancer-controller": "load_balancer_controller"}
"""Controllers whose policy AWS publishes: attach_<name>_policy of iam-role-for-service-accounts-eks
in terraform-aws-modules/iam 5.x."""


def _controller(
    account: Account, name: str, namespace: str, accounts: Mapping[str, str], policy: str
) -> Identity:
    """Return the identity of a controller that works on AWS for the whole cluster."""
    found = account.identity(
        namespace, accounts["controller"], (), key_actions=(), origin=("components", name)
    )
    return replace(found, policy=policy)


_IDENTITIES: Mapping[
    str, Callable[[Account, str, str, Mapping[str, str]], tuple[Identity, ...]]
] = {"argo-workflows": _argo_workflows, "feast": _feast, "mlflow": _mlflow}


def namespaces(platform: Platform, installed: Iterable[Part]) -> dict[str, PlannedNamespace]:
    """Return every namespace that is ours: those users declare, then those components need."""
    found = {
        name: PlannedNamespace(
            name=name,
            pod_security=spec.pod_security,
            because="" if spec.pod_security == "restricted" else "platform.yaml says so",
            quota=spec.quota,
            owners=spec.owners,
            workloads=True,
            origin=("namespaces", name),
        )
        for name, spec in platform.namespaces.items()
    }
    for part in installed:
        if not part.facts.in_cluster or part.namespace in SHARED_NAMESPACES:
            continue
        found[part.namespace] = _component_namespace(part, found.get(part.namespace))
    return found


def _component_namespace(part: Part, before: PlannedNamespace | None) -> PlannedNamespace:
    """Return the namespace of *part*, at the least strict level of the components in it."""
    security = part.facts.pod_security
    level = security.level if security else "privileged"
    because = security.because if security else f"{part.name}: its pods aren't known"
    if before and _LEVELS.index(before.pod_security) >= _LEVELS.index(level):
        level, because = before.pod_security, before.because
    return PlannedNamespace(
        name=part.namespace,
        pod_security=level,
        because=because,
        quota=before.quota if before else None,
        owners=before.owners if before else (),
        workloads=before.workloads if before else False,
        origin=before.origin if before else part.origin,
    )
