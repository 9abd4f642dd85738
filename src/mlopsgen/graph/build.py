"""Makes the graph of a plan, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.graph.connections import connections
from mlopsgen.graph.elements import Edge, Graph, Node, Part, Section
from mlopsgen.graph.identities import identities
from mlopsgen.graph.installed import installed
from mlopsgen.graph.serving import serving
from mlopsgen.graph.training import training
from mlopsgen.plan import Plan


@dataclass(frozen=True, slots=True)
class _Drawn:
    title: str
    says: str
    make: Callable[[Plan], Iterator[Node | Edge]]


_PARTS: Mapping[Part, _Drawn] = {
    "models": _Drawn(
        "Models",
        "From where its files come to each model, and from there to its ways in and its node pool.",
        serving,
    ),
    "pipelines": _Drawn(
        "Pipelines",
        "From what starts a pipeline through its steps to what they register, and the node pools"
        " that they ask for.",
        training,
    ),
    "components": _Drawn(
        "Components",
        "From who installs a component to its namespace, its ways in and the node pools it makes.",
        installed,
    ),
    "flows": _Drawn(
        "Connections",
        "From who opens a connection to who takes it. The network policies let through nothing"
        " else.",
        connections,
    ),
    "identities": _Drawn(
        "Identities",
        "From a service account through its role to the resources of AWS that it may use.",
        identities,
    ),
}
PARTS: tuple[Part, ...] = tuple(_PARTS)
"""The parts of a graph, in the order in which they are drawn."""


def graph(plan: Plan) -> Graph:
    """Return the graph of *plan*; parts without anything in them are left out."""
    sections = (_section(part, drawn, plan) for part, drawn in _PARTS.items())
    found = tuple(one for one in sections if one.nodes)
    return Graph(plan.platform.name, plan.environment, found)


def _section(part: Part, drawn: _Drawn, plan: Plan) -> Section:
    made = list(drawn.make(plan))
    nodes: dict[str, Node] = {}
    for one in made:
        if isinstance(one, Node):
            nodes.setdefault(one.id, one)
    edges = united(one for one in made if isinstance(one, Edge))
    return Section(part, drawn.title, drawn.says, tuple(nodes.values()), edges)


def united(edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Return *edges* with one for each pair of ends, which says what all of them say."""
    found: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target), []).append(edge)
    return tuple(
        Edge(
            source=source,
            target=target,
            label=", ".join(dict.fromkeys(each.label for each in same if each.label)),
            because="; ".join(dict.fromkeys(each.because for each in same if each.because)),
        )
        for (source, target), same in found.items()
    )
