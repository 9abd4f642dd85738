"""The platform of one environment as a graph, drawn in several notations."""

from mlopsgen.graph.build import PARTS, graph
from mlopsgen.graph.elements import Edge, Graph, Node, Part, Section
from mlopsgen.graph.narrow import about, known, only

__all__ = [
    "PARTS", "Edge", "Graph", "Node", "Part", "Section", "about", "graph", "known", "only",
]  # fmt: skip
