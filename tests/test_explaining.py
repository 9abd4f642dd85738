"""docs/how-to/explain.md and report.md show what mlopsgen answers."""

import pytest

from mlopsgen.explain.as_text import HOW
from tests.explaining import PAGE, PAGES, answers, shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_answers_are_those_that_the_page_shows(page):
    assert shown(page), "the page asks nothing"
    assert shown(page) == answers(page), "run `make pages`"


def test_every_way_in_which_an_origin_is_known_is_in_the_table():
    text = PAGE.read_text("utf-8")

    assert {words for words in HOW.values() if words not in text} == set()
