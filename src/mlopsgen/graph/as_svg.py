"""A graph as a drawing: SVG that needs no other program, in light and in dark."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from html import escape

from mlopsgen.graph.elements import Edge, Graph, Node, Section
from mlopsgen.graph.layout import Box, Drawing, Point, drawn
from mlopsgen.report.characters import columns, shown
from mlopsgen.resources import GRAPH_STYLE

_HEIGHT, _PADDING, _MARGIN, _HEAD, _BELOW = 40, 10, 16, 52, 28
"""Of a node; beside its text; around the drawing; of the title of a part; below it. In pixels."""

_LABEL, _NOTE = 7.0, 5.9
"""Pixels of a letter, on the wide side: which font there is, is known only when it is shown."""

_LONGEST = 38
"""Letters of a text that are shown; its end is what tells images and ARNs apart, so that stays."""

_TIP = 5
"""Pixels of the head of an arrow."""

_OWN = ("model", "pipeline", "step")
_OUTSIDE = ("addresses", "entrance", "registry", "source")
"""What platform.yaml is about, and what isn't in the cluster: both are drawn in their own way."""


def standalone(graph: Graph) -> str:
    """Return *graph* as a file, its parts one below the other."""
    parts = [_part(one) for one in graph.sections]
    width = max((wide for _, wide, _ in parts), default=0)
    style = escape(GRAPH_STYLE.read_text(encoding="utf-8"), quote=False)
    title = f"{graph.platform} in {graph.environment}"
    body = [f"<style>\n{style}</style>"]
    top = 0.0
    for section, (lines, _, height) in zip(graph.sections, parts, strict=True):
        body.append(f'<g transform="translate(0 {_number(top)})">')
        body.append(f'<text class="g-title" x="{_MARGIN}" y="24">{_text(section.title)}</text>')
        body.append(f'<text class="g-says" x="{_MARGIN}" y="42">{_text(section.says)}</text>')
        body += [f'<g transform="translate(0 {_HEAD})">', *lines, "</g>", "</g>"]
        top += _HEAD + height + _BELOW
    says = " ".join(f"{one.title}: {one.says}" for one in graph.sections)
    wide = max(width, max((len(one.says) * _NOTE for one in graph.sections), default=0))
    return "\n".join([_opening("graph", title, says, wide + 2 * _MARGIN, top), *body, "</svg>\n"])


def inlined(section: Section, name: str) -> str:
    """Return *section* for a page that brings the style; *name* is nobody else's there."""
    lines, width, height = _part(section)
    says = f"{section.says} {len(section.nodes)} nodes, {len(section.edges)} lines."
    return "\n".join([_opening(name, section.title, says, width, height), *lines, "</svg>"])


def _opening(name: str, title: str, says: str, width: float, height: float) -> str:
    wide, high = _number(width), _number(height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" role="img" width="{wide}"'
        f' height="{high}" viewBox="0 0 {wide} {high}" aria-labelledby="{name}-title {name}-says">'
        f'<title id="{name}-title">{_text(title)}</title>'
        f'<desc id="{name}-says">{_text(says)}</desc>'
    )


def _part(section: Section) -> tuple[list[str], float, float]:
    """Return the lines of a drawing of *section*, its width and its height."""
    boxes = [Box(node.id, _width(node), _HEIGHT) for node in section.nodes]
    pairs = [(edge.source, edge.target) for edge in section.edges]
    drawing = drawn(boxes, pairs)
    called = {node.id: node.label for node in section.nodes}
    lines = [f'<g transform="translate({_MARGIN} {_MARGIN / 2})">']
    for edge in section.edges:
        ends = called[edge.source], called[edge.target]
        lines += [_line(edge, drawing, ends)]
    lines += [_box(node, drawing) for node in section.nodes]
    return [*lines, "</g>"], drawing.width + 2 * _MARGIN, drawing.height + _MARGIN


def _width(node: Node) -> int:
    label, note = columns(_short(node.label)), columns(_short(node.note))
    return round(max(label * _LABEL, note * _NOTE)) + 2 * _PADDING


def _short(text: str) -> str:
    plain = shown(text)
    if len(plain) <= _LONGEST:
        return plain
    end = _LONGEST * 2 // 3
    return f"{plain[: _LONGEST - end - 1]}…{plain[-end:]}"


def _text(text: str) -> str:
    return escape(shown(text))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _box(node: Node, drawing: Drawing) -> str:
    middle, width = drawing.middles[node.id], drawing.widths[node.id]
    x, y = middle[0] - width / 2, middle[1] - _HEIGHT / 2
    kind = " g-own" if node.kind in _OWN else " g-outside" if node.kind in _OUTSIDE else ""
    left, note = _number(x + _PADDING), node.note
    own, lower = (17, 31) if note else (25, 0)
    words = (
        f'<text class="g-note" x="{left}" y="{_number(y + lower)}">{escape(_short(note))}</text>'
    )
    return (
        f'<g class="g-node{kind}"><title>{_text(node.label)}: {_text(note or node.kind)}</title>'
        f'<rect x="{_number(x)}" y="{_number(y)}" width="{width}" height="{_HEIGHT}" rx="5"/>'
        f'<text class="g-label" x="{left}" y="{_number(y + own)}">{escape(_short(node.label))}'
        f"</text>{words if note else ''}</g>"
    )


def _line(edge: Edge, drawing: Drawing, called: tuple[str, str]) -> str:
    """Return a line with what is said of it, which a browser shows under the pointer."""
    source, target = drawing.middles[edge.source], drawing.middles[edge.target]
    said = _text(": ".join(filter(None, (" to ".join(called), edge.label, edge.because))))
    if edge.source == edge.target:
        x, y = source[0] + drawing.widths[edge.source] / 2, source[1]
        loop = f"M{_number(x)} {_number(y - 10)}c24 0 24 20 {_TIP} 20"
        return _arrow(said, loop, (x, y + 10), -1)
    back = 1 if source[0] < target[0] else -1
    first = (source[0] + back * drawing.widths[edge.source] / 2, source[1])
    last = (target[0] - back * (drawing.widths[edge.target] / 2 + _TIP), target[1])
    points = [first, *drawing.ways.get((edge.source, edge.target), ()), last]
    return _arrow(said, "".join(_curve(points)), (last[0] + back * _TIP, last[1]), back)


def _arrow(said: str, way: str, end: Point, forth: int) -> str:
    """Return the line *way* with its head at *end*; *forth* is 1 where it leads to the right."""
    tip = f"M{_number(end[0])} {_number(end[1])}l{-forth * _TIP} -3.5v7z"
    return f'<g><title>{said}</title><path d="{way}"/><path class="g-tip" d="{tip}"/></g>'


def _curve(points: Sequence[Point]) -> Iterator[str]:
    """Yield a line through *points* that leaves and reaches each of them level."""
    yield f"M{_number(points[0][0])} {_number(points[0][1])}"
    for (x, y), (right, down) in itertools.pairwise(points):
        middle = _number((x + right) / 2)
        yield f"C{middle} {_number(y)} {middle} {_number(down)} {_number(right)} {_number(down)}"
