"""Drawings of an environment, part by part."""

from __future__ import annotations

from mlopsgen.graph import Section, as_svg
from mlopsgen.overview.content import Environment
from mlopsgen.overview.html import NOTHING, Html, framed, tag

_APART = ("flows", "identities")
"""Parts of the graph that are drawn beside their tables."""


def platform(one: Environment) -> Html:
    """Return the drawings of models, pipelines and components."""
    found = [each for each in one.graph.sections if each.part not in _APART]
    return tag(
        "div",
        *(
            tag("div", tag("h4", each.title, id=_id(one, each)), _figure(one, each))
            for each in found
        ),
    )


def drawing(one: Environment, part: str) -> Html:
    """Return the drawing beside a table, folded away: the table says more."""
    for each in one.graph.sections:
        if each.part == part:
            summary = tag("summary", f"Drawing: {each.title.lower()}", id=_id(one, each))
            return tag("details", summary, _figure(one, each))
    return NOTHING


def _figure(one: Environment, section: Section) -> Html:
    drawing = Html(as_svg.inlined(section, f"{_id(one, section)}.drawing"))
    return tag(
        "figure",
        tag("figcaption", section.says),
        framed(f"{one.head} {_id(one, section)}", drawing),
    )


def _id(one: Environment, section: Section) -> str:
    return f"{one.anchor}.drawn-{section.part}"
