"""Who comes to models from outside the cluster: load balancers, and gateways of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.connections import balancers
from mlopsgen.plan.flows import Flow, Pods, Port
from mlopsgen.plan.model import Served
from mlopsgen.plan.network import Network
from mlopsgen.spec import Gateway, Platform, WayIn


def visiting(served: Iterable[Served], network: Network, platform: Platform) -> Iterator[Flow]:
    """Yield the flows to models that are exposed; both kinds of door connect to pods directly."""
    gateways = platform.gateways
    for one, way, origin in _ways(served, platform):
        pods = Pods(f"model-{one.name}", one.namespace, one.pods)
        port = (Port(one.entry),)
        if way.alb:
            caller = balancers(network, way.alb)
            yield Flow(caller, pods, port, "requests through the load balancer", origin)
        elif way.gateway:
            because = f"requests through the gateway {way.gateway}"
            yield Flow(_pods(way.gateway, gateways[way.gateway]), pods, port, because, origin)


def _ways(served: Iterable[Served], platform: Platform) -> Iterator[tuple[Served, WayIn, SpecPath]]:
    """Yield the ways in to each: its own, and those of endpoints, each door once."""
    for one in served:
        own = one.spec.exposure
        ways = {("models", one.model, "exposure"): own} if own else {}
        ways |= {
            ("endpoints", name, "exposure"): endpoint.exposure
            for name, endpoint in platform.endpoints.items()
            if one.model in endpoint.models
        }
        doors: set[tuple[str | None, str | None]] = set()
        for origin, way in ways.items():
            if (way.alb, way.gateway) not in doors:
                yield one, way, origin
            doors.add((way.alb, way.gateway))


def _pods(name: str, gateway: Gateway) -> Pods:
    return Pods(f"gateway-{name}", gateway.pods.namespace, gateway.pods.labels, ours=False)
