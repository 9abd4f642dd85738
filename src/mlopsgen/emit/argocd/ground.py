"""What every file of Argo CD needs to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Object
from mlopsgen.plan import Keeper, Plan
from mlopsgen.shapes import Shapes
from mlopsgen.spec import GitOps
from mlopsgen.units import duration

CLUSTER_LABEL = "mlopsgen/cluster"
"""In a hub, on what belongs to another cluster: its name."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One environment, and where its files are in the repository."""

    plan: Plan
    shapes: Shapes
    gitops: GitOps
    keeper: Keeper

    @property
    def folder(self) -> str:
        """Where in the repository this environment is."""
        return f"{self.gitops.path}/{self.plan.environment}"

    @property
    def ours(self) -> str:
        """The project of the folders that are generated."""
        return self.keeper.project()

    @property
    def components(self) -> str:
        """The project of the charts."""
        return self.keeper.project("components")

    @property
    def somewhere(self) -> str:
        """A namespace that the project of the folders permits, for one with objects in several."""
        spaces = sorted(self.plan.namespaces)
        return next(iter(spaces), "default") if self.keeper.away else self.keeper.namespace

    def places(self, namespaces: Iterable[str]) -> list[dict[str, str]]:
        """Return *namespaces* of the cluster as a project lists them."""
        where = self.keeper.destination
        return [{**where, "namespace": namespace} for namespace in sorted(namespaces)]

    def fill(
        self, shape: str, name: str, *, of: str = "", **values: object
    ) -> list[dict[str, Any]]:
        """Return the objects that *shape* makes, called *name*; their labels say *of*, or that."""
        labels, keeper = self.plan.labels(of or name), self.keeper
        if keeper.away:
            labels[CLUSTER_LABEL] = keeper.reconciled.cluster
        return self.shapes.fill(
            f"argocd/{shape}.yaml",
            name=name,
            namespace=keeper.namespace,
            gitops=self.gitops,
            labels=labels,
            **{"windows": windows(self.gitops), **values},
        )


def windows(gitops: GitOps) -> list[Object]:
    """Return when the Applications of a project may sync.

    Argo CD leaves `manualSync: false` out when it writes a project, so it is left out here.
    """
    return [
        {
            "kind": window.kind,
            "schedule": window.schedule.cron,
            "timeZone": window.schedule.timezone,
            "duration": duration(window.duration),
            "applications": ["*"],
            **({"manualSync": True} if window.manual_sync else {}),
        }
        for window in gitops.sync_windows
    ]


def repository(url: str) -> str:
    """Return *url* as Argo CD wants it: an OCI registry is what has no scheme.

    argo-cd v2.14.11, util/helm/client.go.
    """
    return url.removeprefix("oci://")
