"""A graph in the notations of mermaid and Graphviz."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from mlopsgen.graph.elements import Graph, Node
from mlopsgen.report.characters import shown

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./:,%()@*?")
"""Characters that mean nothing to mermaid between quotes; all others are written as numbers."""

_SHAPES: Mapping[str, tuple[str, str]] = {
    "entrance": ("([", "])"),
    "registry": ("[(", ")]"),
    "resource": ("[(", ")]"),
    "pool": ("{{", "}}"),
    "trigger": (">", "]"),
}
_DOTTED: Mapping[str, str] = {
    "entrance": "oval",
    "registry": "cylinder",
    "resource": "cylinder",
    "pool": "hexagon",
    "trigger": "cds",
}


def mermaid(graph: Graph) -> str:
    """Return *graph* as a flowchart of mermaid, namespaces as boxes."""
    numbers = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}

    def node(one: Node) -> str:
        start, end = _SHAPES.get(one.kind, ("[", "]"))
        lines = "<br/>".join(_escaped(each) for each in (one.label, one.note) if each)
        return f'{numbers[one.id]}{start}"{lines}"{end}'

    def box(number: int, name: str, members: Iterator[str]) -> Iterator[str]:
        yield f'  subgraph g{number}["{_escaped(name)}"]'
        yield from (f"    {one}" for one in members)
        yield "  end"

    title = json.dumps(f"{graph.platform} in {graph.environment}")
    lines = ["---", f"title: {title}", "---", "flowchart LR"]
    lines += _grouped(graph.nodes, node, box)
    for _, edge in graph.edges:
        label = f'|"{_escaped(edge.label)}"|' if edge.label else ""
        lines.append(f"  {numbers[edge.source]} -->{label} {numbers[edge.target]}")
    return "".join(f"{line}\n" for line in lines)


def _escaped(text: str) -> str:
    return "".join(each if each in _PLAIN else f"#{ord(each)};" for each in shown(text))


def dot(graph: Graph) -> str:
    """Return *graph* in the language of Graphviz, namespaces as clusters."""

    def node(one: Node) -> str:
        lines = "\\n".join(_inside(each) for each in (one.label, one.note) if each)
        shape = f", shape={_DOTTED[one.kind]}" if one.kind in _DOTTED else ""
        return f'{_quoted(one.id)} [label="{lines}"{shape}];'

    def box(number: int, name: str, members: Iterator[str]) -> Iterator[str]:
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={_quoted(name)};"
        yield from (f"    {one}" for one in members)
        yield "  }"

    lines = [f"digraph {_quoted(graph.platform)} {{"]
    lines += [f"  label={_quoted(f'{graph.platform} in {graph.environment}')};"]
    lines += ['  rankdir=LR; node [shape=box, fontname="sans-serif"];']
    lines += _grouped(graph.nodes, node, box)
    for _, edge in graph.edges:
        said = f" [label={_quoted(edge.label)}]" if edge.label else ""
        lines.append(f"  {_quoted(edge.source)} -> {_quoted(edge.target)}{said};")
    return "".join(f"{line}\n" for line in (*lines, "}"))


def _quoted(text: str) -> str:
    return f'"{_inside(text)}"'


def _inside(text: str) -> str:
    """Return *text* as it stands between quotes; Graphviz reads `&amp;` and the like there."""
    escaped = shown(text).replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("&", "&amp;")


def _grouped(
    nodes: Iterable[Node],
    node: Callable[[Node], str],
    box: Callable[[int, str, Iterator[str]], Iterator[str]],
) -> Iterator[str]:
    """Yield the lines of *nodes*: those of a namespace in a box."""
    groups: dict[str, list[Node]] = {}
    for one in nodes:
        groups.setdefault(one.group, []).append(one)
    yield from (f"  {node(one)}" for one in groups.pop("", ()))
    for number, (name, members) in enumerate(groups.items()):
        yield from box(number, name, (node(one) for one in members))
