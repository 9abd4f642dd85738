"""What a change of a field does to what runs: refused, made again, or taken over at once."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from mlopsgen.facts.reading import CATALOGUE, Fact, Items, Source, Sourced, read


class Immutable(Sourced):
    """Fields of a kind that the API server lets nobody change."""

    group: str
    kind: str
    fields: Items[str]
    besides: Items[str] = Field(default=(), alias="except")
    """Parts of them that may change after all."""

    def holds(self, path: str) -> bool:
        """Whether *path* is one of the fields, or lies in one."""
        return _in(path, self.fields) and not _in(path, self.besides)


class Pods(Sourced):
    """Which keys of an InferenceService's components aren't in the pods."""

    outside: Items[str]


class Nodes(Sourced):
    """Which settings of a managed node group make Terraform replace it."""

    replaced: Items[str]
    rolled: Items[str]
    """Settings of its launch template: EKS replaces the nodes one after the other."""

    module: Source
    drift: Source


class Cluster(Sourced):
    """Which variables make Terraform replace the whole cluster."""

    replaced: Items[str]


class Changes(Fact):
    """All of them."""

    immutable: Items[Immutable]
    pods: Pods
    nodes: Nodes
    cluster: Cluster


@cache
def changes() -> Changes:
    """Return what changes do."""
    return read(CATALOGUE / "changes.yaml", Changes)


def immutable(group: str, kind: str) -> Immutable | None:
    """Return which fields of *kind* can't change."""
    found = (each for each in changes().immutable if (each.group, each.kind) == (group, kind))
    return next(found, None)


def _in(path: str, fields: Items[str]) -> bool:
    return any(path == field or path.startswith((f"{field}.", f"{field}[")) for field in fields)
