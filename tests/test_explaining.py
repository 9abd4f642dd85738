"""docs/how-to/explain.md shows what mlopsgen answers."""

from mlopsgen.explain.as_text import HOW
from tests.explaining import PAGE, answers, shown


def test_the_answers_are_those_that_the_page_shows():
    assert shown(), "the page asks nothing"
    assert shown() == answers(), "run `make pages`"


def test_every_way_in_which_an_origin_is_known_is_in_the_table():
    text = PAGE.read_text("utf-8")

    assert {words for words in HOW.values() if words not in text} == set()
