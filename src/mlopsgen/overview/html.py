"""Elements of HTML, made from values: what isn't an element is text, whatever stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from mlopsgen.report.characters import shown


@dataclass(frozen=True, slots=True)
class Html:
    """A piece of a page that may stand there as it is."""

    text: str


Inside = Html | str | int


def tag(element: str, *inside: Inside, **attributes: str | int) -> Html:
    """Return *element* with what is in it; `class_` is the attribute class, `data_x` data-x."""
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(shown(str(value)))}"'
        for name, value in attributes.items()
    )
    return Html(f"<{element}{said}>{together(inside).text}</{element}>")


def together(parts: Iterable[Inside]) -> Html:
    """Return *parts* one after the other."""
    return Html("".join(each.text if isinstance(each, Html) else plain(each) for each in parts))


def plain(text: str | int) -> str:
    """Return *text* so that a page shows it as it is; what can't be seen is spelled out."""
    return escape(shown(str(text)), quote=False)


def prose(text: str) -> Html:
    """Return a sentence, its parts between backticks as what a machine reads."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return Html(plain(text))
    return together(code(each) if number % 2 else each for number, each in enumerate(parts))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: figures stand under each other, words are broken into lines."""

    title: str
    figures: bool = False
    words: bool = False


NOTHING = Html("")


def table(
    name: str,
    caption: str,
    columns: Sequence[Column | str],
    rows: Iterable[Sequence[Inside]],
    *,
    within: str = "",
) -> Html:
    """Return a table; the first cell of a row says what it is about. *name* is nobody else's.

    *within* is the id of a heading that tells it from tables with the same caption.
    """
    known = [each if isinstance(each, Column) else Column(each) for each in columns]
    heads = [tag("th", each.title, scope="col", **_kind(each)) for each in known]
    lines = []
    for row in rows:
        cells = [
            tag("td", cell, **_kind(column))
            for column, cell in zip(known[1:], row[1:], strict=True)
        ]
        lines.append(tag("tr", tag("th", row[0], scope="row"), *cells))
    return framed(
        f"{within} {name}".strip(),
        tag(
            "table",
            captioned(caption, name),
            tag("thead", tag("tr", *heads)),
            tag("tbody", *lines),
            class_="list",
        ),
    )


def captioned(text: str, name: str) -> Html:
    """Return the caption of a table, which stays in sight when the table is moved aside."""
    return tag("caption", tag("span", text), id=name)


def framed(names: str, inside: Html) -> Html:
    """Return *inside* in a frame that scrolls, by keyboard too; *names* are ids of its title."""
    return tag("div", inside, class_="frame", role="region", aria_labelledby=names, tabindex=0)


def _kind(column: Column) -> dict[str, str]:
    if column.figures or column.words:
        return {"class_": "figures" if column.figures else "words"}
    return {}


def code(text: str) -> Html:
    """Return *text* as what a machine reads."""
    return tag("code", text)


def listed(members: Iterable[Inside]) -> Html:
    """Return *members* one below the other; nothing for none."""
    found = list(members)
    return tag("ul", *(tag("li", each) for each in found)) if found else NOTHING
