"""Every rule has a page, and every page does what it says."""

import pytest

from mlopsgen.explain import RULES
from tests.pages import pages

PAGES = pages()
EXECUTED = [page for page in PAGES if page.mistakes]


def test_every_rule_has_a_page_and_every_page_a_rule():
    assert {page.code for page in PAGES} == set(RULES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_a_page_opens_with_the_words_of_its_rule(page):
    rule = RULES[page.code]

    assert page.title == rule.title
    assert page.why == rule.why


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_a_page_shows_an_example_or_says_why_it_has_none(page):
    assert page.mistakes or "```sh\n" in page.text or "\nExample: none" in page.text


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.code)
def test_the_example_prints_what_the_page_shows(page):
    assert page.output(page.mistakes[0]) == page.shown


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.code)
def test_the_example_shows_this_rule_and_no_other(page):
    findings = page.compiled(page.mistakes[0]).findings

    assert {item.finding.code for item in findings} == {page.code}


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.code)
def test_the_corrected_example_is_clean(page):
    assert page.corrected is not None
    assert page.output(page.corrected) == ""
