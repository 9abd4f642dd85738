"""Who comes to models from outside the cluster: load balancers, and gateways of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.connections import balancers
from mlopsgen.plan.flows import Flow, Pods, Port
from mlopsgen.plan.model import Served
from mlopsgen.plan.network import Network
from mlopsgen.spec import Gateway


def visiting(
    served: Iterable[Served], network: Network, gateways: Mapping[str, Gateway]
) -> Iterator[Flow]:
    """Yield the flows to models that are exposed; both kinds of door connect to pods directly."""
    for one in served:
        way = one.spec.exposure
        if way is None:
            continue
        pods = Pods(f"model-{one.name}", one.namespace, one.pods)
        origin: SpecPath = ("models", one.model, "exposure")
        port = (Port(one.entry),)
        if way.alb:
            caller = balancers(network, way.alb)
            yield Flow(caller, pods, port, "requests through the load balancer", origin)
        elif way.gateway:
            because = f"requests through the gateway {way.gateway}"
            yield Flow(_pods(way.gateway, gateways[way.gateway]), pods, port, because, origin)


def _pods(name: str, gateway: Gateway) -> Pods:
    return Pods(f"gateway-{name}", gateway.pods.namespace, gateway.pods.labels, ours=False)
