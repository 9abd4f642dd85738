"""The emitters: each turns a plan into the files of one target, and none knows another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlopsgen.artifact import Artifact
from mlopsgen.emit import (
    alerts,
    argo,
    argocd,
    dashboards,
    docs,
    endpoints,
    entrances,
    events,
    feast,
    flows,
    helm,
    karpenter,
    kserve,
    monitors,
    namespaces,
    network,
    policies,
    rbac,
    routes,
    secrets,
    terraform,
)
from mlopsgen.plan import Plan
from mlopsgen.shapes import Shapes

Emitter = Callable[[Plan, Shapes], Iterator[Artifact]]

EMITTERS: tuple[Emitter, ...] = (
    terraform.emit,
    helm.emit,
    argocd.emit,
    namespaces.emit,
    rbac.emit,
    network.emit,
    flows.emit,
    policies.emit,
    karpenter.emit,
    secrets.emit,
    argo.emit,
    events.emit,
    feast.emit,
    kserve.emit,
    routes.emit,
    endpoints.emit,
    entrances.emit,
    monitors.emit,
    alerts.emit,
    dashboards.emit,
    docs.emit,
)
