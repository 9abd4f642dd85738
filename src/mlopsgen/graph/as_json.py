"""A graph for programs: one object on standard output."""

from __future__ import annotations

from mlopsgen.graph.elements import Graph
from mlopsgen.report.as_json import VERSION
from mlopsgen.report.located import Source, dotted
from mlopsgen.report.machine import to_json


def render(graph: Graph, source: Source) -> str:
    """Return *graph* as JSON; *source* says where in the files its nodes are."""
    nodes = []
    for node in graph.nodes:
        place = source.stated(node.origin, graph.environment) if node.origin else None
        nodes.append(
            {
                "id": node.id,
                "kind": node.kind,
                "label": node.label,
                "note": node.note,
                "namespace": node.group or None,
                "path": dotted(node.origin) or None,
                "file": place.file if place else None,
                "line": place.line if place else None,
                "column": place.column if place else None,
            }
        )
    return to_json(
        {
            "version": VERSION,
            "platform": graph.platform,
            "environment": graph.environment,
            "parts": [one.part for one in graph.sections],
            "nodes": nodes,
            "edges": [
                {
                    "part": part,
                    "source": edge.source,
                    "target": edge.target,
                    "label": edge.label,
                    "because": edge.because,
                }
                for part, edge in graph.edges
            ],
        }
    )
