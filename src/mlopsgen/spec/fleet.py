"""The environments of one platform.yaml beside each other: which Argo CD reconciles which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlopsgen.spec.platform import Platform

SECTIONS = ("apiVersion", "name", "aws", "cluster", "gitops", "components", "namespaces")
"""What an environment says of itself as a cluster: no model and no pipeline, so that it is cheap
to read for another."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Every environment as a cluster, where one of them reconciles others; else nothing."""

    clusters: Mapping[str, Platform] = field(default_factory=dict)
    """By environment, of each the SECTIONS alone."""

    unread: Mapping[str, object] = field(default_factory=dict)
    """Environments with values in these sections that are wrong, and what each names as its hub."""

    def spokes(self, environment: str) -> dict[str, Platform]:
        """Return the other environments that the Argo CD of *environment* reconciles."""
        return {
            name: each for name, each in self.clusters.items() if hub_of(each, name) == environment
        }


def within(cluster: str, name: str) -> str:
    """Return *name* as a hub knows it; of its own, nothing has a dot before a letter."""
    return f"{cluster}.{name}"


ALONE = Fleet()
"""That of an environment which no other has to do with."""


def hub_of(platform: Platform, environment: str) -> str | None:
    """Return the other environment whose Argo CD reconciles *environment*; None without one."""
    named = platform.gitops.hub if platform.gitops else None
    return None if named == environment else named
