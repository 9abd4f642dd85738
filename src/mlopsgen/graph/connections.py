"""Connections: who may connect to whom, from the flows that the network policies are made of."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.graph.elements import Edge, Node
from mlopsgen.plan import Addresses, Flow, Peer, Plan, Pods, Port
from mlopsgen.plan.network import ANYWHERE

_EVERYBODY = "all"
_OF_ENTRIES = ("model", "transformer", "pipeline", "gateway")
"""What names of pods start with before the name of an entry of platform.yaml."""


def connections(plan: Plan) -> Iterator[Node | Edge]:
    """Yield both ends of each flow, and the flow."""
    for flow in plan.flows:
        yield end(plan, flow.source)
        yield end(plan, flow.target)
        yield Edge(
            source=end(plan, flow.source).id,
            target=end(plan, flow.target).id,
            label=ports(flow),
            because=flow.because,
        )


def ports(flow: Flow) -> str:
    """Return the ports of *flow*, as the pods have them."""
    return ", ".join(map(_port, flow.ports))


def _port(port: Port) -> str:
    return f"{port.number}/UDP" if port.protocol == "UDP" else str(port.number)


def end(plan: Plan, peer: Peer) -> Node:
    """Return the node of one end of a connection."""
    match peer:
        case Pods(name=name, namespace=namespace):
            return Node(
                id=f"pods/{namespace}/{name}",
                kind="pods",
                label=f"all of {namespace}" if name == _EVERYBODY else name,
                note=f"pods in {namespace}",
                group=namespace,
                names=tuple(_names(plan, peer)),
            )
        case Addresses(name=name, cidrs=cidrs, excluded=excluded):
            networks = ", ".join(cidrs) + (f" except {', '.join(excluded)}" if excluded else "")
            return Node(
                id=f"addresses/{name} {networks}",
                kind="addresses",
                label=_called(plan, peer),
                note=networks,
                names=(name,),
            )


def _called(plan: Plan, addresses: Addresses) -> str:
    """Return what *addresses* are called; of anywhere, whether the API server is in it."""
    api = addresses.cidrs == (ANYWHERE,) and not {*plan.network.api} <= {*addresses.excluded}
    return f"{addresses.name}, or the API server" if api else addresses.name


def _names(plan: Plan, pods: Pods) -> Iterator[str]:
    """Yield what is behind *pods*: entries of platform.yaml, and the namespace."""
    yield pods.namespace
    yield pods.name
    prefix, _, rest = pods.name.partition("-")
    if prefix in _OF_ENTRIES and rest:
        yield rest
    for one in plan.served:
        if pods.namespace == one.namespace and pods.name in ("models", _EVERYBODY):
            yield one.model
        if pods.name == f"model-{one.name}":
            yield one.model
    for part in plan.parts.values():
        if part.namespace == pods.namespace and pods.name.startswith(f"{part.name}-"):
            yield part.name
