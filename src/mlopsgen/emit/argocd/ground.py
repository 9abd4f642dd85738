"""What every file of Argo CD needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlopsgen.artifact import Object
from mlopsgen.plan import Plan
from mlopsgen.shapes import Shapes
from mlopsgen.spec import GitOps
from mlopsgen.units import duration

SERVER = "https://kubernetes.default.svc"
"""The cluster that Argo CD itself runs in."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One environment, and where its files are in the repository."""

    plan: Plan
    shapes: Shapes
    gitops: GitOps
    namespace: str
    """Of Argo CD: it looks for Applications nowhere else."""

    @property
    def folder(self) -> str:
        """Where in the repository this environment is."""
        return f"{self.gitops.path}/{self.plan.environment}"

    @property
    def ours(self) -> str:
        """The project of the folders that are generated."""
        return self.plan.platform.name

    @property
    def components(self) -> str:
        """The project of the charts."""
        return f"{self.plan.platform.name}-components"

    @property
    def windows(self) -> list[Object]:
        """When the Applications of a project may sync.

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
            for window in self.gitops.sync_windows
        ]

    def fill(
        self, shape: str, name: str, *, of: str = "", **values: object
    ) -> list[dict[str, Any]]:
        """Return the objects that *shape* makes, called *name*; their labels say *of*, or that."""
        return self.shapes.fill(
            f"argocd/{shape}.yaml",
            name=name,
            namespace=self.namespace,
            gitops=self.gitops,
            labels=self.plan.labels(of or name),
            windows=self.windows,
            **values,
        )


def repository(url: str) -> str:
    """Return *url* as Argo CD wants it: an OCI registry is what has no scheme.

    argo-cd v2.14.11, util/helm/client.go.
    """
    return url.removeprefix("oci://")
