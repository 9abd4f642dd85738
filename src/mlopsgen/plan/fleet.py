"""Clusters of one platform: the Argo CD that reconciles each, and what it takes to call another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import Component as ComponentFacts
from mlopsgen.facts import component, versions
from mlopsgen.names import Scope
from mlopsgen.plan.grants import Identity, Statement
from mlopsgen.plan.identities import Account
from mlopsgen.spec import Fleet, GitOps, Platform, hub_of
from mlopsgen.spec.fleet import within

ARGOCD = "argocd"
FOLDER = "hub"
"""What the Argo CD of a hub reads of an environment: never what one of its own would read, which
would delete what it doesn't find there."""

CALLERS = ("controller", "server")
"""The workloads of Argo CD that call the API of a cluster: one applies, the other shows what is
there. The controller of ApplicationSets only looks whether a cluster is known (argo-cd v2.14.11
applicationset/utils/clusterUtils.go)."""

ADDRESS = "https://kubernetes.default.svc"
"""The cluster that Argo CD itself runs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """The Argo CD that reconciles an environment."""

    facts: ComponentFacts
    scope: Scope
    """Of the environment that it runs in."""

    vpc: str
    """Addresses of the network that it runs in."""

    reconciled: Scope
    callers: tuple[str, ...]
    """Its roles in AWS, by ARN, that may take the one of the cluster; none in its own."""

    @property
    def away(self) -> bool:
        """Whether it runs in another cluster."""
        return self.scope != self.reconciled

    @property
    def namespace(self) -> str:
        """Where it runs: it looks for Applications nowhere else."""
        return self.facts.release.namespace if self.facts.release else ARGOCD

    @property
    def folder(self) -> str:
        """Where the projects and Applications of the environment are."""
        return FOLDER if self.away else ARGOCD

    @property
    def destination(self) -> dict[str, str]:
        """The cluster, as Applications and projects name it.

        Another by its name, since its address is only known once it is there. Argo CD lets an
        Application through by either (argo-cd v2.14.11 app_project_types.go, isDestinationMatched).
        """
        return {"name": self.reconciled.cluster} if self.away else {"server": ADDRESS}

    def application(self, name: str) -> str:
        """Return what the Application of a folder or chart called *name* is called."""
        return within(self.reconciled.cluster, name) if self.away else name

    def project(self, what: str = "") -> str:
        """Return the project of *what*; of what is generated, without it."""
        if self.away:
            return within(self.reconciled.cluster, what or "generated")
        platform = self.reconciled.platform
        return f"{platform}-{what}" if what else platform

    def team(self, namespace: str) -> str:
        """Return the project of the models and pipelines of *namespace*."""
        return team(self.reconciled, namespace, away=self.away)


def team(scope: Scope, namespace: str, *, away: bool) -> str:
    """Return the project of a *namespace* of *scope*, in its own Argo CD or in one *away*."""
    project = names.project(scope.platform, namespace)
    return within(scope.cluster, project.removeprefix(f"{scope.platform}-")) if away else project


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """Another environment, whose cluster the Argo CD of this one reconciles."""

    scope: Scope
    platform: Platform
    """Without models and pipelines."""

    gitops: GitOps

    role_arn: str
    """What the Argo CD takes to call it."""

    origin: SpecPath = ("gitops",)

    @property
    def root(self) -> str:
        """The Application of its Applications, and the project of that."""
        return within(self.scope.cluster, "root")


def keeper(platform: Platform, environment: str, fleet: Fleet) -> Keeper | None:
    """Return the Argo CD that reconciles *environment*; None where nobody does."""
    own = Scope(platform.name, environment)
    hub = hub_of(platform, environment)
    above = fleet.clusters.get(hub) if hub else None
    if hub and above and above.components.argocd:
        there, facts = Scope(above.name, hub), _facts(above)
        account = Account(there, above.aws.region, above.aws.account_id)
        callers = tuple(account.role_arn(there.role(each)) for each in _accounts(facts))
        return Keeper(
            facts=facts, scope=there, vpc=above.aws.vpc_cidr, reconciled=own, callers=callers
        )
    if platform.components.argocd:
        facts, vpc = _facts(platform), platform.aws.vpc_cidr
        return Keeper(facts=facts, scope=own, vpc=vpc, reconciled=own, callers=())
    return None


def _facts(platform: Platform) -> ComponentFacts:
    """Return the facts of the Argo CD of *platform*; what is wrong with them its build says."""
    version = platform.components.pinned().get(ARGOCD)
    return component(ARGOCD, version if version in versions(ARGOCD) else None)


def _accounts(facts: ComponentFacts) -> tuple[str, ...]:
    return tuple(facts.workloads[each].service_account for each in CALLERS)


def spokes(platform: Platform, environment: str, fleet: Fleet) -> tuple[Spoke, ...]:
    """Return the other clusters that the Argo CD of *environment* reconciles, if it has one."""
    if hub_of(platform, environment) or platform.components.argocd is None:
        return ()
    found = []
    for name, other in sorted(fleet.spokes(environment).items()):
        scope, aws, gitops = Scope(other.name, name), other.aws, other.gitops
        arn = Account(scope, aws.region, aws.account_id).role_arn(scope.role(ARGOCD))
        if gitops:
            found.append(Spoke(scope=scope, platform=other, gitops=gitops, role_arn=arn))
    return tuple(found)


TAUGHT: Mapping[str, tuple[str, ...]] = {
    "argo-events": ("argoproj.io_EventSource", "argoproj.io_Sensor"),
    "karpenter": ("karpenter.k8s.aws_EC2NodeClass", "karpenter.sh_NodePool"),
    "kserve": ("serving.kserve.io_InferenceService",),
    "kyverno": ("kyverno.io_ClusterPolicy",),
}
"""Kinds whose health our values teach Argo CD, by the component that brings them."""


def installed(own: Iterable[str], reached: tuple[Spoke, ...]) -> frozenset[str]:
    """Return the components that there are in the clusters that one Argo CD reconciles."""
    others = (name for each in reached for name in each.platform.components.declared())
    return frozenset((*own, *others))


def callers(
    account: Account, facts: ComponentFacts, reached: tuple[Spoke, ...]
) -> tuple[Identity, ...]:
    """Return the roles of Argo CD, which may take those of other clusters and nothing else."""
    if not reached or facts.release is None:
        return ()
    arns = tuple(each.role_arn for each in reached)
    taking = Statement("CallClusters", ("sts:AssumeRole",), arns, {})
    return tuple(
        account.identity(
            facts.release.namespace,
            service_account,
            [taking],
            key_actions=(),
            origin=("components", ARGOCD),
        )
        for service_account in _accounts(facts)
    )
