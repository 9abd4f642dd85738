"""Whatever a value holds, on a page it is text."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlopsgen.overview.html import Column, Html, code, listed, plain, prose, table, tag
from mlopsgen.report.characters import shown
from tests.overview.test_page import Read

HOSTILE = "</td><script>alert(1)</script>\"' onmouseover=x &lt; \x00\u202e`"


@given(st.text(min_size=1, max_size=80))
@example(HOSTILE)
@settings(max_examples=80)
def test_values_become_no_elements(value):
    made = tag(
        "main",
        table("x", value, ["a", Column(value, figures=True)], [(value, code(value))]),
        prose(value),
        listed([value, tag("p", value, title=value)]),
    )

    page = Read(made.text)

    tags = [each for each, _ in page.seen]
    assert set(tags) <= {
        "main", "div", "table", "caption", "span", "thead", "tbody", "tr", "th", "td", "code", "ul",
        "li", "p",
    }  # fmt: skip
    assert {"title": shown(value)} in [attributes for _, attributes in page.seen]
    assert {name for _, attributes in page.seen for name in attributes} <= {
        "id", "scope", "class", "role", "aria-labelledby", "tabindex", "title",
    }  # fmt: skip
    assert "".join(page.words).count(shown(value)) >= 5
    assert re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", made.text) is None


def test_a_row_has_as_many_cells_as_there_are_columns():
    try:
        table("x", "caption", ["a", "b"], [("only one",)])
    except ValueError:
        return
    raise AssertionError


def test_backticks_are_for_what_machines_read():
    assert prose("write `a: 1` there") == Html("write <code>a: 1</code> there")
    assert prose("one ` alone") == Html(plain("one ` alone"))
