"""What a graph is made of: nodes, edges, and the parts that they are drawn in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlopsgen.diagnostics import SpecPath

Part = Literal["models", "pipelines", "components", "flows", "identities"]

Kind = Literal[
    "account", "addresses", "component", "endpoint", "entrance", "model", "namespace", "owner",
    "pipeline", "pods", "pool", "registry", "resource", "role", "source", "step", "trigger",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One thing of the platform. `id` is the same in every part and every notation."""

    id: str
    kind: Kind
    label: str
    note: str = ""
    """What else is said of it, in a few words."""

    group: str = ""
    """The namespace it is in; empty where it is in none."""

    origin: SpecPath = ()
    names: tuple[str, ...] = ()
    """What people call it, or what it belongs to, when they ask for a part of the graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A line from one node to another."""

    source: str
    target: str
    label: str = ""
    because: str = ""
    """What for, where that isn't plain."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the graph that is drawn by itself; its nodes may be in others too."""

    part: Part
    title: str
    says: str
    """What its lines mean, as a sentence."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The platform of one environment."""

    platform: str
    environment: str
    sections: tuple[Section, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node once."""
        return tuple({node.id: node for one in self.sections for node in one.nodes}.values())

    @property
    def edges(self) -> Iterator[tuple[Part, Edge]]:
        """Every edge with the part it is in."""
        return ((one.part, edge) for one in self.sections for edge in one.edges)
