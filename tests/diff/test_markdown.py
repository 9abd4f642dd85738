"""A comparison as a comment of a pull request: whatever stands in it, however long it is."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.diff import Comparison, Environment, as_markdown, as_text, compared
from mlopsgen.diff.documents import Document, Key
from mlopsgen.diff.risks import Entry, Risk
from tests.diff import REFERENCE, SMALL, change, side

HOSTILE = (
    "`x` ```\n</details><script>alert(1)</script> @team #12 https://evil.example [a](b) \u202e|"
)


def _comparison(text):
    key = Key("", "ConfigMap", "a", text)
    old = Document(key, "apps/x.yaml", {"data": {text: text}}, f"{text}\n```\n".encode())
    new = Document(key, "apps/x.yaml", {"data": {text: "1"}}, b"y\n")
    risk = Risk(kind="deleted", level="high", subject=text, path="x", reason=f"`{text}` {text}")
    one = Environment(name="dev", state="changed", risks=(risk,), entries=(Entry(key, old, new),))
    return Comparison(before=text, after="b", environments=(one,), note=text)


def _outside_code(page):
    """Return *page* without what is code, where nothing is markup."""
    page = re.sub(r"^(`{3,})diff\n.*?^\1$", "", page, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", page)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, _attrs):
        self.seen.add(tag)


@pytest.mark.parametrize("text", [HOSTILE, "@team", "a`b``c```d", "<img src=x>", "&lt;", "`", " "])
def test_hostile_names_are_only_text(text):
    page = as_markdown.render(_comparison(text), lines=50)

    rest = _outside_code(page)
    plain = re.sub(r"\\.", "", rest)
    tags = _Tags()
    tags.feed(plain)
    assert tags.seen <= {"details", "summary"}
    assert not re.search(r"@(?!<!-- -->)|#(?!<!-- -->)[0-9]|://|\u202e", plain), plain
    assert page.count("</details>\n") == 1


@settings(max_examples=60)
@given(st.text(max_size=40), st.integers(1024, 4000))
def test_no_text_makes_it_longer_than_allowed(text, most):
    comparison = _comparison(text)

    assert len(as_markdown.render(comparison, lines=500, most=most).encode()) <= most


def test_the_least_important_goes_first_and_is_named(tmp_path):
    found = change(tmp_path, REFERENCE, ("name: mlops\n", "name: mlopz\n"))
    whole = as_markdown.render(found, lines=100_000)

    sizes = [60_000, 30_000, 8_000, 4_000, 1_024]
    pages = [as_markdown.render(found, lines=100_000, most=size) for size in sizes]

    assert len(whole.encode()) > sizes[0]
    for page, size in zip(pages, sizes, strict=True):
        assert len(page.encode()) <= size
        assert "Shortened" in page
    for page in pages[:-1]:
        assert "Terraform replaces the whole cluster" in page.replace("\\", "")
    assert "```diff" not in pages[-1]


@pytest.mark.parametrize("size", [60_000, 45_000, 30_000, 15_000])
def test_no_more_goes_than_has_to(tmp_path, size):
    found = change(tmp_path, REFERENCE, ("name: mlops\n", "name: mlopz\n"))

    page = as_markdown.render(found, lines=100_000, most=size)

    assert 0.95 * size < len(page.encode()) <= size


def test_a_page_that_fits_says_nothing_of_its_size(tmp_path):
    found = change(tmp_path, SMALL, ("scale: {max: 3}", "scale: {max: 4}"))

    page = as_markdown.render(found, lines=100, most=60_000)

    assert "Shortened" not in page
    assert page == as_markdown.render(found, lines=100)
    assert "- `fraud: max replicas 3 -> 4` (`platform.yaml:13`)" in page
    assert page.count("<details>") == page.count("</details>") == 2


def test_a_terminal_gets_no_character_that_acts_on_it():
    text = as_text.render(_comparison("\x1b[31m\u202e\r\n"), lines=50, color=False)

    assert not re.search("[\x1b\u202e\r]", text)


@pytest.mark.parametrize("text", [SMALL, REFERENCE], ids=["small", "reference"])
def test_equal_sides_do_not_differ(tmp_path, text):
    found = compared(side(tmp_path, text, "before"), side(tmp_path, text, "after"))

    assert not found.different
    assert [one.state for one in found.environments] == ["unchanged"] * 2
    assert "no differences" in as_text.render(found, lines=10, color=False)
