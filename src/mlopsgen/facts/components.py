"""Components: what one version of a chart, image or EKS add-on really runs, serves and needs.

One file holds one version: `catalogue/components/<component>/<version>.yaml`. Its name is the
version as a user writes it after `chart:`. Names of workloads, Services and labels are those
that the chart renders for `release.name` in `release.namespace` with the values we set.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from mlopsgen.facts.installing import (
    App,
    Chart,
    Crds,
    Health,
    Images,
    Objects,
    PodSecurity,
    Release,
    Requires,
    Values,
)
from mlopsgen.facts.metrics import Endpoint, Synthetic
from mlopsgen.facts.reading import CATALOGUE, Fact, Items, read
from mlopsgen.facts.running import Canary, Enforces, Flows, Job, Refused, Service, Webhook, Workload
from mlopsgen.facts.unknown import UnknownFact

__all__ = ["Component", "Endpoint", "component", "component_names", "versions"]

_ROOT = CATALOGUE / "components"


class Component(Fact):
    """One version of a component."""

    component: str
    kind: Literal["chart", "manifests", "image", "eks-addon"]
    """`manifests`: objects that mlopsgen writes itself, where no chart does."""

    default: bool = False
    """The version taken when platform.yaml gives none; one per component."""

    chart: Chart | None = None
    crd_chart: Chart | None = None
    companion_chart: Chart | None = None
    """A chart that is installed after `chart`, with the same values."""

    app: App | None = None
    """Absent for an add-on whose version EKS picks for the cluster's."""

    release: Release | None = None
    """Absent for an image, which is nothing until a model runs on it."""

    requires: Requires | None = None
    pod_security: PodSecurity | None = None
    workloads: Mapping[str, Workload] = {}
    jobs: Mapping[str, Job] = {}
    services: Mapping[str, Service] = {}
    webhooks: Items[Webhook] = ()
    flows: Flows | None = None
    metrics: Items[Endpoint] = ()
    synthetic: Synthetic | None = None
    crds: Crds | None = None
    health: Health | None = None
    """Given for what waits for the health of others."""

    objects: Objects | None = None
    values: Values | None = None
    images: Images | None = None
    injected: Images | None = None
    """Images of containers that its controller puts into the pods of users."""

    canary: Canary | None = None
    """Given for what serves models."""

    refused: Refused | None = None
    enforces: Enforces | None = None
    """Given for what enforces NetworkPolicies."""

    @property
    def in_cluster(self) -> bool:
        """Whether installing it brings pods: EKS brings those of add-ons, and an image has none."""
        return self.kind in {"chart", "manifests"}

    def takes(self, key: str) -> bool:
        """Say whether the chart reads the Helm value at the dotted path *key*."""
        if self.values is None:
            return False
        return any(
            key == known or (known.endswith(".*") and f"{key}.".startswith(known[:-1]))
            for known in self.values.keys
        )


def component(name: str, chart_version: str | None = None) -> Component:
    """Return component *name* at *chart_version*, or its default version; raise UnknownFact."""
    known = versions(name)
    if chart_version is None:
        return _at(name, default_version(name))
    if chart_version not in known:
        kind = f"version of {name}"
        raise UnknownFact(kind, chart_version, known)
    return _at(name, chart_version)


@cache
def component_names() -> tuple[str, ...]:
    """Return the names of all components, sorted."""
    return tuple(sorted(folder.name for folder in _ROOT.iterdir() if folder.is_dir()))


@cache
def versions(name: str) -> tuple[str, ...]:
    """Return the versions of component *name* that the catalogue has; raise UnknownFact."""
    if name not in component_names():
        kind = "component"
        raise UnknownFact(kind, name, component_names())
    return tuple(sorted(file.stem for file in (_ROOT / name).glob("*.yaml")))


@cache
def default_version(name: str) -> str:
    """Return the version of component *name* that is taken when platform.yaml gives none."""
    known = versions(name)
    if len(known) == 1:
        return known[0]
    [found] = [version for version in known if _at(name, version).default]
    return found


@cache
def _at(name: str, version: str) -> Component:
    return read(_ROOT / name / f"{version}.yaml", Component)
