"""Less of a graph: some of its parts, or what has to do with one thing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from mlopsgen.graph.elements import Edge, Graph, Part, Section

_NEIGHBOURS: tuple[Part, ...] = ("flows",)
"""Parts in which only what is next to a thing has to do with it: a connection leads no further."""


def only(graph: Graph, parts: Collection[Part]) -> Graph:
    """Return *graph* with these *parts*, or with all where none is named."""
    found = (one for one in graph.sections if not parts or one.part in parts)
    return replace(graph, sections=tuple(found))


def known(graph: Graph) -> list[str]:
    """Return what may be asked for, in the order of the alphabet."""
    return sorted({name for node in graph.nodes for name in node.names})


def about(graph: Graph, name: str) -> Graph:
    """Return what of *graph* leads to what is called *name*, or comes from it."""
    found = (_narrowed(one, name) for one in graph.sections)
    return replace(graph, sections=tuple(one for one in found if one.nodes))


def _narrowed(section: Section, name: str) -> Section:
    start = {node.id for node in section.nodes if name in node.names}
    if section.part in _NEIGHBOURS:
        edges = [one for one in section.edges if {one.source, one.target} & start]
        kept = start | {end for one in edges for end in (one.source, one.target)}
    else:
        after = _reached(section.edges, start)
        before = _reached((_turned(one) for one in section.edges), start)
        kept = after | before
        edges = [
            one
            for one in section.edges
            if {one.source, one.target} <= after or {one.source, one.target} <= before
        ]
    nodes = tuple(node for node in section.nodes if node.id in kept)
    return replace(section, nodes=nodes, edges=tuple(edges))


def _turned(edge: Edge) -> Edge:
    return replace(edge, source=edge.target, target=edge.source)


def _reached(edges: Iterable[Edge], start: set[str]) -> set[str]:
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, []).append(edge.target)
    found, waiting = set(start), sorted(start)
    while waiting:
        for one in after.get(waiting.pop(), ()):
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found
