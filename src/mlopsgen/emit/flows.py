"""Who connects to whom: the flows that network policies are made from, as a table to review."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.artifact import Artifact
from mlopsgen.plan import Addresses, Flow, Peer, Plan, Pods, Port
from mlopsgen.plan.network import ANYWHERE
from mlopsgen.shapes import Shapes

_PATH = "docs/flows.md"
_ORIGIN = (("namespaces",), ("components",), ("models",), ("pipelines",), ("exposure",))


def emit(plan: Plan, _shapes: Shapes) -> Iterator[Artifact]:
    """Yield docs/flows.md, where there is a namespace that refuses everything else."""
    if plan.namespaces:
        text = "\n".join([*_head(plan), *_flows(plan), *_addresses(plan)]) + "\n"
        yield Artifact(path=_PATH, body=text, emitter=__name__, origin=_ORIGIN)


def _head(plan: Plan) -> Iterator[str]:
    spaces = ", ".join(f"`{name}`" for name in sorted(plan.namespaces))
    yield "<!-- Made by mlopsgen; change platform.yaml and build again. -->"
    yield f"# Who connects to whom in {plan.environment}"
    yield ""
    yield "The policies in `apps/network` let this through at both ends, and nothing else, for pods"
    yield f"of {spaces}."
    yield ""


def _flows(plan: Plan) -> Iterator[str]:
    yield "| from | to | ports | for | because of |"
    yield "|---|---|---|---|---|"
    yield from sorted({_row(plan, flow) for flow in plan.flows})


def _row(plan: Plan, flow: Flow) -> str:
    ports = ", ".join(_port(port) for port in flow.ports)
    origin = ".".join(map(str, flow.origin))
    ends = f"| {_end(plan, flow.source)} | {_end(plan, flow.target)} |"
    return f"{ends} {ports} | {flow.because} | `{origin}` |"


def _end(plan: Plan, peer: Peer) -> str:
    """Return what an end is called: pods as their policy is, after their namespace."""
    match peer:
        case Pods(name="all", namespace=namespace):
            return f"all of `{namespace}`"
        case Pods(name=name, namespace=namespace):
            return f"`{namespace}/{name}`"
        case Addresses():
            return _name(plan, peer)


def _name(plan: Plan, addresses: Addresses) -> str:
    """Return what *addresses* are called; of anywhere, whether the API server is in it."""
    api = addresses.cidrs == (ANYWHERE,) and not {*plan.network.api} <= {*addresses.excluded}
    return f"{addresses.name}, or the API server" if api else addresses.name


def _port(port: Port) -> str:
    ending = "" if port.protocol == "TCP" else f"/{port.protocol}"
    return f"{port.number}{ending}{f' (Service {port.service})' if port.service else ''}"


def _addresses(plan: Plan) -> Iterator[str]:
    """Yield which networks the names stand for; of one name there may be several."""
    ends = [end for flow in plan.flows for end in (flow.source, flow.target)]
    found = {
        (_name(plan, end), end.cidrs, end.excluded) for end in ends if isinstance(end, Addresses)
    }
    if found:
        yield ""
        yield "| addresses | networks | except |"
        yield "|---|---|---|"
        for name, cidrs, excluded in sorted(found):
            yield f"| {name} | {', '.join(cidrs)} | {', '.join(excluded)} |"
