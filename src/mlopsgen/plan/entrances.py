"""Entrances: user interfaces of components behind a load balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlopsgen.plan.model import Entrance, Part
from mlopsgen.spec import Exposure, LoadBalancer

_INTERFACES = {
    # Component, then the workload that answers, and a path that needs no login:
    # argo-cd v2.14.11 server/server.go, mlflow 3.7.0 mlflow/server/handlers.py.
    "argocd": ("server", "/healthz"),
    "mlflow": ("server", "/health"),
}


def entrances(exposure: Exposure, parts: Mapping[str, Part]) -> tuple[Entrance, ...]:
    """Return the interfaces that are exposed."""
    balancers: dict[str, LoadBalancer | None] = {
        "argocd": exposure.argocd,
        "mlflow": exposure.mlflow,
    }
    return tuple(_entrances(balancers, parts))


def _entrances(
    balancers: Mapping[str, LoadBalancer | None], parts: Mapping[str, Part]
) -> Iterator[Entrance]:
    for name, balancer in balancers.items():
        if balancer is None:
            continue
        workload, health = _INTERFACES[name]
        service, port = next(
            (service, port)
            for service, facts in parts[name].facts.services.items()
            for port in facts.ports
            # Another Service, or port, of the same workload is for its metrics.
            if facts.workload == workload and port.name == "http"
        )
        yield Entrance(
            component=name,
            workload=workload,
            port=port.target_port,
            service=service,
            service_port=port.port,
            health=health,
            balancer=balancer,
            origin=("exposure", name),
        )
