"""Whatever things are called, a graph stays one: in mermaid, for Graphviz and as SVG."""

import re
from xml.etree import ElementTree as ET

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlopsgen.graph import Edge, Graph, Node, Section, as_svg, as_text, graph
from mlopsgen.graph.layout import Box, drawn
from mlopsgen.report.characters import shown
from tests.build import reference_plan

NAMES = st.text(max_size=60)
HOSTILE = '"]; x --> y\n</svg><script>alert(1)</script>&amp;\\'
ID = r'"(?:[^"\\\n]|\\["\\n])*"'
DOT = re.compile(
    rf'digraph {ID} \{{\n  label={ID};\n  rankdir=LR; node \[shape=box, fontname="sans-serif"\];\n'
    rf"(?:(?:    |  ){ID} \[label={ID}(?:, shape=\w+)?\];\n"
    rf"|  subgraph cluster_\d+ \{{\n|    label={ID};\n|  \}}\n"
    rf"|  {ID} -> {ID}(?: \[label={ID}\])?;\n)*\}}\n"
)
TEXT = r'"(?:[\w ./:,%()@*?\-]|#\d+;|<br/>)*"'
MERMAID = re.compile(
    rf'---\ntitle: ".*"\n---\nflowchart LR\n'
    rf"(?:(?:    |  )n\d+(?:\[|\(\[|\[\(|\{{\{{|>){TEXT}(?:\]|\]\)|\)\]|\}}\}})\n"
    rf"|  subgraph g\d+\[{TEXT}\]\n|  end\n|  n\d+ -->(?:\|{TEXT}\|)? n\d+\n)*",
    re.ASCII,
)


def named(label, note="", group=""):
    nodes = (
        Node(id=label, kind="model", label=label, note=note, group=group),
        Node(id=f"{label}2", kind="entrance", label=note, note=label),
    )
    edge = Edge(source=label, target=f"{label}2", label=note, because=group)
    return Graph("acme", "dev", (Section("models", "Models", "What leads.", nodes, (edge,)),))


def texts(svg):
    return [text for each in ET.fromstring(svg).iter() if (text := each.text)]


@given(NAMES, NAMES, NAMES)
@example(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=60)
def test_names_stay_text(label, note, group):
    found = named(label, note, group)

    assert MERMAID.fullmatch(as_text.mermaid(found))
    assert DOT.fullmatch(as_text.dot(found))
    for svg in (as_svg.standalone(found), as_svg.inlined(found.sections[0], "x")):
        tags = {each.tag.partition("}")[2] for each in ET.fromstring(svg).iter()}
        assert tags <= {"svg", "title", "desc", "style", "g", "text", "rect", "path"}
        assert any(shown(label) in one for one in texts(svg))


def test_the_reference_platform_is_drawn_in_all_of_them():
    found = graph(reference_plan())

    assert MERMAID.fullmatch(as_text.mermaid(found))
    assert DOT.fullmatch(as_text.dot(found))
    said = "\n".join(texts(as_svg.standalone(found)))
    assert all(node.label in said for node in found.nodes)


def test_a_drawing_needs_nothing_from_elsewhere_and_is_for_light_and_dark():
    svg = as_svg.standalone(graph(reference_plan()))

    assert re.findall(r"(?:href|src|url)\W", svg) == []
    assert svg.count("http") == 1  # the name of SVG itself
    assert "prefers-color-scheme: dark" in svg
    root = ET.fromstring(svg)
    ids = {each.get("id") for each in root.iter()}
    assert set(root.get("aria-labelledby").split()) <= ids


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 12))
    ends = st.integers(0, count - 1).map(str)
    return count, draw(st.lists(st.tuples(ends, ends), max_size=30))


@given(graphs())
@settings(max_examples=80)
def test_nodes_never_overlap_and_every_line_has_two_ends(found):
    count, pairs = found
    boxes = [Box(str(number), 40 + number, 30) for number in range(count)]

    drawing = drawn(boxes, pairs)

    places = [(drawing.middles[box.id], drawing.widths[box.id]) for box in boxes]
    for number, ((x, y), wide) in enumerate(places):
        assert 0 <= x - wide / 2 <= x + wide / 2 <= drawing.width
        assert -0.1 <= y - 15 <= y + 15 <= drawing.height + 0.1
        for (other, below), _ in places[:number]:
            assert x != other or abs(y - below) >= 30
    for source, target in pairs:
        if source != target:
            assert drawing.middles[source][0] != drawing.middles[target][0]


@given(graphs())
@settings(max_examples=80)
def test_lines_lead_to_the_right_where_there_is_no_circle(found):
    count, pairs = found
    forth = [(first, second) for first, second in pairs if int(first) < int(second)]

    middles = drawn([Box(str(one), 40, 30) for one in range(count)], forth).middles

    assert all(middles[first][0] < middles[second][0] for first, second in forth)
