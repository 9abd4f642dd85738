"""A comparison as a comment of a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mlopsgen.diff.bill import footing, of_line
from mlopsgen.diff.bill import headline as headline_of
from mlopsgen.diff.compare import Comparison, Environment
from mlopsgen.diff.wording import (
    MARKS,
    field,
    fields,
    headline,
    limited,
    placed,
    risk,
    total,
    unified,
)
from mlopsgen.report.as_text import counted
from mlopsgen.report.characters import shown

_PUNCTUATION = re.compile(r"([\\`*_\[\]<>!|~&]|^[-+=])")
_LINKING = re.compile(r"([@#]|(?<=:)(?=//)|(?<=www)(?=\.))")
"""What makes a mention, a reference or a link of the text around it."""

_EMPTY = "<!-- -->"
_RUN = re.compile(r"`+")
_SPAN = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much is said of each environment; `without` says what is left out."""

    lines: int
    fields: int
    objects: int
    risks: int
    values: int
    without: str = ""


def render(comparison: Comparison, *, lines: int, most: int | None = None) -> str:
    """Return *comparison*, with at most *lines* lines of text of each environment.

    With *most* it has no more bytes than that: the text goes first, then fields, objects, and at
    last risks and values, each only as far as it has to; what is left out is said.
    """
    page = _page(comparison, _Detail(lines, _ALL, _ALL, _ALL, _ALL))
    if most is None or len(page.encode()) <= most:
        return page
    for largest, detail in _stages(comparison, lines):
        if found := _longest(comparison, largest, detail, most):
            return found
    return _shortest(comparison).encode()[:most].decode("utf-8", "ignore")


def _longest(
    comparison: Comparison, largest: int, detail: Callable[[int], _Detail], most: int
) -> str:
    """Return the page with as many of one thing, *largest* at the most, as fit; "" where 0 don't.

    It is looked for by halves: a page with fewer is never longer, but for a digit.
    """
    found, low, high = "", 0, largest
    number = 0
    while low <= high:
        page = _page(comparison, detail(number))
        if len(page.encode()) <= most:
            found, low = page, number + 1
        elif number == 0:
            return ""
        else:
            high = number - 1
        number = (low + high + 1) // 2
    return found


_ALL = 1_000_000


def _stages(comparison: Comparison, lines: int) -> Iterator[tuple[int, Callable[[int], _Detail]]]:
    """Yield what there is less of, one after the other: the most of it, and how a page has some."""
    changed = comparison.environments
    of_fields = (sum(len(fields(entry)) for entry in one.entries) for one in changed)

    def text(lines: int) -> _Detail:
        without = "some of the text" if lines else "the text of the files"
        return _Detail(lines, _ALL, _ALL, _ALL, _ALL, without)

    def fewer_fields(number: int) -> _Detail:
        without = f"the text and {'some' if number else 'the'} fields"
        return _Detail(0, number, _ALL, _ALL, _ALL, without)

    def fewer_objects(number: int) -> _Detail:
        without = "the text, the fields and some objects" if number else "the text and the objects"
        return _Detail(0, 0, number, _ALL, _ALL, without)

    def fewer_items(number: int) -> _Detail:
        without = "the text, the objects, some risks and some values"
        return _Detail(0, 0, 0, number, number, without)

    yield max(lines - 1, 0), text
    yield max(of_fields, default=0), fewer_fields
    yield max((len(one.entries) for one in changed), default=0), fewer_objects
    yield max((max(len(one.said), len(one.risks)) for one in changed), default=0), fewer_items


def _shortest(comparison: Comparison) -> str:
    rest = f"Shortened to nearly nothing; run `mlopsgen diff` for the rest.{chr(10)}"
    return f"### mlopsgen: {_prose(total(comparison))}\n\n{rest}"


def _page(comparison: Comparison, detail: _Detail) -> str:
    parts = [f"### mlopsgen: {_prose(total(comparison))}", _sides(comparison)]
    if comparison.note:
        parts.append(_prose(comparison.note))
    for one in comparison.environments:
        if one.state == "unchanged":
            parts.append(f"**{_prose(one.name)}**: unchanged")
        else:
            parts += _environment(one, comparison.before, detail)
    if detail.without:
        parts.append(
            f"_Shortened: without {detail.without}. `mlopsgen diff` on a checkout shows them._"
        )
    return "\n\n".join(parts) + "\n"


def _sides(comparison: Comparison) -> str:
    return f"{_code(comparison.before)} -> {_code(comparison.after)}"


def _environment(one: Environment, before: str, detail: _Detail) -> Iterator[str]:
    yield f"#### {_prose(one.name)}: {_prose(headline(one))}"
    values = [_value(each.sentence, placed(each, before)) for each in one.said]
    if listed := _items(values, detail.values, "more value"):
        yield listed
    risks = [f"{_LEVELS[each.level]} {_prose(risk(each))}" for each in one.risks]
    if listed := _items(risks, detail.risks, "more risk"):
        yield listed
    if one.bill:
        yield _prose(headline_of(one.bill))
    inside = [*_bill(one, detail), *_objects(one, detail), *_text(one, detail)]
    if inside:
        objects = counted(len(one.objects), "object") + ", " + counted(len(one.files), "file")
        title = f"{html.escape(shown(one.name))}: {objects}"
        body = "\n\n".join(inside)
        yield f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


_LEVELS = {"high": "**high**", "medium": "**medium**", "low": "low"}


def _value(sentence: str, place: str) -> str:
    return f"{_code(sentence)} ({_code(place)})" if place else _code(sentence)


def _items(texts: list[str], most: int, word: str) -> str:
    rows = [f"- {text}" for text in texts[:most]]
    if len(texts) > most:
        rows.append(f"- and {counted(len(texts) - most, word)}")
    return "\n".join(rows)


def _bill(one: Environment, detail: _Detail) -> Iterator[str]:
    """Yield which costs differ, and where their prices are from."""
    if one.bill is None or not one.bill.lines or not detail.objects:
        return
    rows = [
        f"- {_code(line.what)}: {_prose(f'{of_line(line.before)} -> {of_line(line.after)}')}"
        for line in one.bill.lines
    ]
    yield "\n".join(rows)
    yield _prose(footing(one.bill))


def _objects(one: Environment, detail: _Detail) -> Iterator[str]:
    rows: list[str] = []
    left = detail.fields
    if not detail.objects:
        return
    for entry in one.entries[: detail.objects]:
        rows.append(f"- {_code(f'{MARKS[entry.kind]} {entry.key.title}')}")
        found = fields(entry)
        rows += [f"  - {_code(field(each))}" for each in found[:left]]
        if len(found) > left:
            rows.append(f"  - and {counted(len(found) - left, 'more field')}")
        left = max(left - len(found), 0)
    if len(one.entries) > detail.objects:
        rows.append(f"- and {len(one.entries) - detail.objects} more")
    yield "\n".join(rows)


def _text(one: Environment, detail: _Detail) -> Iterator[str]:
    if not detail.lines:
        return
    found, more = limited(unified(one), detail.lines)
    text = "\n".join(found)
    fence = _fence(text, 3)
    yield f"{fence}diff\n{text}\n{fence}"
    if more:
        yield f"and {counted(more, 'more line')}"


def _code(text: str) -> str:
    """Return *text* as code, whatever stands in it."""
    plain = shown(text)
    fence = _fence(plain, 1)
    space = " " if plain[:1] in ("`", " ", "") or plain[-1:] in ("`", " ") else ""
    return f"{fence}{space}{plain}{space}{fence}"


def _fence(text: str, least: int) -> str:
    runs = [len(run) for run in _RUN.findall(text)]
    return "`" * max(least, max(runs, default=0) + 1)


def _prose(text: str) -> str:
    """Return *text* so that it makes no markup, no mention and no link; `code` stays code."""
    parts = _SPAN.split(shown(text))
    forms: tuple[Callable[[str], str], ...] = (_escaped, _code)
    return "".join(forms[index % 2](part) for index, part in enumerate(parts) if part)


def _escaped(text: str) -> str:
    escaped = _PUNCTUATION.sub(r"\\\1", text)
    return _LINKING.sub(lambda match: f"{match[0]}{_EMPTY}", escaped)
