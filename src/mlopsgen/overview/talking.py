"""Who may talk to whom, as a matrix: rows and columns are ends, cells are ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlopsgen.graph import Node, Section
from mlopsgen.overview.content import Environment
from mlopsgen.overview.html import Html, captioned, framed, tag

_WHO = "Rows open connections, columns take them"


def talking(one: Environment) -> Html:
    """Return the matrix of an environment."""
    for section in one.graph.sections:
        if section.part == "flows":
            return _matrix(one, section)
    return tag("p", "Nothing is known of who talks to whom.")


def _matrix(one: Environment, section: Section) -> Html:
    """Return the ends that open connections against those that take them.

    The longer of the two becomes the rows: a page has more room below than beside.
    """
    name = f"{one.anchor}.matrix"
    nodes = {node.id: node for node in section.nodes}
    own = [name for name, space in one.plan.namespaces.items() if space.workloads]
    sources = _ordered({edge.source for edge in section.edges}, nodes, own)
    targets = _ordered({edge.target for edge in section.edges}, nodes, own)
    ports = {(edge.source, edge.target): edge.label for edge in section.edges}
    turned = len(targets) > len(sources)
    rows, columns = (targets, sources) if turned else (sources, targets)
    who = "Columns open connections, rows take them" if turned else _WHO
    caption = f"{who}; a cell has the ports of the pods, and what is empty is refused"
    heads = [_head(node, "col") for node in columns]
    lines = []
    for row in rows:
        cells = []
        for column in columns:
            pair = (column.id, row.id) if turned else (row.id, column.id)
            cells.append(_cell(ports.get(pair, "")))
        lines.append(tag("tr", _head(row, "row"), *cells))
    corner = tag("td", "to \\ from" if turned else "from \\ to", class_="corner")
    body = tag(
        "table",
        captioned(caption, name),
        tag("thead", tag("tr", corner, *heads)),
        tag("tbody", *lines),
        class_="matrix",
    )
    return framed(f"{one.head} {name}", body)


def _ordered(ids: Iterable[str], nodes: Mapping[str, Node], own: Sequence[str]) -> list[Node]:
    """Return the nodes by namespace: those of users first, what isn't in one at the end."""

    def place(node: Node) -> tuple[bool, bool, str, str, str]:
        return node.group not in own, not node.group, node.group, node.label, node.id

    return sorted((nodes[each] for each in ids), key=place)


def _head(node: Node, scope: str) -> Html:
    where = tag("small", node.group) if node.group and node.group not in node.label else ""
    return tag("th", tag("span", node.label, " ", where), scope=scope)


def _cell(ports: str) -> Html:
    return tag("td", ports, class_="open") if ports else tag("td")
