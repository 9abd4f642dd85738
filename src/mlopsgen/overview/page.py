"""The page: sections in their order, with a table of contents, style and script."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256

from mlopsgen.overview.allowed import identities, policies
from mlopsgen.overview.between import findings, glance, parity, waivers
from mlopsgen.overview.content import Content, Environment
from mlopsgen.overview.drawings import drawing, platform
from mlopsgen.overview.html import Html, plain, tag, together
from mlopsgen.overview.models import models
from mlopsgen.overview.priced import costs
from mlopsgen.overview.talking import talking
from mlopsgen.overview.watched import alerts, objectives
from mlopsgen.resources import GRAPH_STYLE, PAGE_SCRIPT, PAGE_STYLE


@dataclass(frozen=True, slots=True)
class _Chapter:
    """A section of an environment; `drawn` is the part of the graph that belongs to it."""

    name: str
    title: str
    make: Callable[[Environment], Html]
    drawn: str = ""


_CHAPTERS = (
    _Chapter("graph", "Platform", platform),
    _Chapter("models", "Models", models),
    _Chapter("flows", "Connections", talking, drawn="flows"),
    _Chapter("identities", "Identities", identities, drawn="identities"),
    _Chapter("policies", "Policies", policies),
    _Chapter("alerts", "Alerts", alerts),
    _Chapter("objectives", "Objectives", objectives),
    _Chapter("costs", "Costs", costs),
)
_TOGETHER = (
    ("glance", "At a glance", glance),
    ("findings", "Findings", findings),
    ("waivers", "Waivers", waivers),
    ("parity", "Differences between environments", parity),
)


def render(content: Content) -> str:
    """Return the page of *content*: one file, the same for the same platform."""
    names = ", ".join(one.name for one in content.environments)
    style = "".join(each.read_text(encoding="utf-8") for each in (PAGE_STYLE, GRAPH_STYLE))
    script = PAGE_SCRIPT.read_text(encoding="utf-8")
    head = (
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_allowed(style, script)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{plain(content.platform)}: {plain(names)}</title>\n<style>{style}</style>"
    )
    body = together(
        (
            tag("a", "To the content", class_="skip", href="#content"),
            tag(
                "header",
                tag("h1", content.platform),
                tag("p", f"What platform.yaml says for {names}, compiled and proved."),
            ),
            _contents(content),
            tag("main", *_main(content), id="content", tabindex=-1),
        )
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body.text}\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _allowed(style: str, script: str) -> str:
    """Return a policy by which a browser takes this style and script, and nothing else."""
    hashes = [b64encode(sha256(each.encode()).digest()).decode("ascii") for each in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}';"
        " base-uri 'none'; form-action 'none'"
    )


def _contents(content: Content) -> Html:
    first = [_link(name, title) for name, title, _ in _TOGETHER]
    rest = [
        tag(
            "li",
            tag("a", one.name, href=f"#{one.anchor}"),
            tag("ul", *(_link(f"{one.anchor}.{each.name}", each.title) for each in _CHAPTERS)),
        )
        for one in content.environments
    ]
    return tag("nav", tag("ul", *first, *rest), aria_label="Contents")


def _link(name: str, title: str) -> Html:
    return tag("li", tag("a", title, href=f"#{name}"))


def _main(content: Content) -> Iterable[Html]:
    for name, title, make in _TOGETHER:
        yield _section(name, title, make(content))
    for one in content.environments:
        chapters = [
            _chapter(f"{one.anchor}.{each.name}", each.title, *_said(one, each))
            for each in _CHAPTERS
        ]
        yield _section(one.anchor, one.name, *chapters)


def _said(one: Environment, chapter: _Chapter) -> tuple[Html, ...]:
    return (drawing(one, chapter.drawn), chapter.make(one))


def _section(name: str, title: str, *inside: Html) -> Html:
    head = tag("h2", title, id=f"{name}.head")
    return tag("section", head, *inside, id=name, aria_labelledby=f"{name}.head")


def _chapter(name: str, title: str, *inside: Html) -> Html:
    """Return a part of a section, which is no landmark of its own: there would be too many."""
    return tag("div", tag("h3", title), *inside, id=name, class_="chapter")
