"""The programs, what each is for, and the oldest version that will do."""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, ...]

_CHECKS = "mlopsgen doctor --run"
_NUMBERS = re.compile(r"(?<![0-9.])v?([0-9]{1,6}(?:\.[0-9]{1,6}){1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program that isn't ours; `because` says why no older one will do."""

    name: str
    purpose: str
    needed_by: tuple[str, ...]
    asked: tuple[str, ...]
    """The arguments that make it tell its version."""

    minimum: Version
    because: str
    url: str
    between: tuple[Version, Version] | None = None
    """Of a newer line of versions: the first that won't do, and the first that does again."""

    def takes(self, numbers: Version) -> bool:
        """Return whether the version *numbers* will do."""
        first, again = self.between or ((), ())
        return numbers >= self.minimum and not first <= numbers < again


TOOLS = (
    Tool(
        name="promtool",
        purpose="reads the rules of the alerts and runs their tests",
        needed_by=("mlopsgen test", _CHECKS),
        asked=("--version",),
        minimum=(2, 42),
        because="it is the oldest that the tests of the alerts are run with",
        url="https://prometheus.io/download/",
    ),
    Tool(
        name="kubectl",
        purpose="reads every object as it would send it; asks the cluster how things are",
        needed_by=("make deploy", "make status", "make destroy", _CHECKS),
        asked=("version", "--client"),
        minimum=(1, 32),
        because="Kubernetes supports clients that are one minor version from a cluster of 1.33",
        url="https://kubernetes.io/docs/tasks/tools/",
    ),
    Tool(
        name="kubeconform",
        purpose="compares every object with the schema of its kind",
        needed_by=(f"{_CHECKS} --online",),
        asked=("-v",),
        minimum=(0, 7),
        because="it is the version whose options were looked up",
        url="https://github.com/yannh/kubeconform/releases",
    ),
    Tool(
        name="helm",
        purpose="renders every chart at its pinned version with the values for it",
        needed_by=(f"{_CHECKS} --online",),
        asked=("version", "--short"),
        minimum=(3, 8),
        because="older ones don't read charts from OCI registries",
        url="https://helm.sh/docs/intro/install/",
    ),
    Tool(
        name="terraform",
        purpose="makes what is in AWS; compares the modules with their providers",
        needed_by=("make deploy", "make destroy", _CHECKS),
        asked=("version",),
        minimum=(1, 11),
        because="the state is locked without DynamoDB, and the modules require it",
        url="https://developer.hashicorp.com/terraform/install",
    ),
    Tool(
        name="aws",
        purpose="logs kubectl in to the cluster",
        needed_by=("make deploy", "make status", "make destroy"),
        asked=("--version",),
        minimum=(1, 24),
        # https://github.com/aws/containers-roadmap/issues/1736,
        # https://github.com/awsdocs/amazon-eks-user-guide/pull/573
        between=((2,), (2, 7, 10)),
        because="older ones, of version 2 those before 2.7.10, write kubeconfigs that kubectl 1.24"
        " and newer refuse",
        url="https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
    ),
    Tool(
        name="trivy",
        purpose="looks for settings of objects that are known to be unsafe",
        needed_by=(_CHECKS,),
        asked=("--version",),
        minimum=(0, 69),
        because="it is the version whose options were looked up",
        url="https://trivy.dev/latest/getting-started/installation/",
    ),
    Tool(
        name="checkov",
        purpose="does the same with rules of its own, and for Terraform",
        needed_by=(_CHECKS,),
        asked=("--version",),
        minimum=(3, 2),
        because="the reasons for what Terraform leaves out are written for its rules",
        url="https://www.checkov.io/2.Basics/Installing%20Checkov.html",
    ),
)


def version(said: str) -> Version | None:
    """Return the first version in what a tool *said*, None when there is none."""
    found = _NUMBERS.search(said)
    return tuple(map(int, found[1].split("."))) if found else None


def dotted(numbers: Version) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, numbers))
