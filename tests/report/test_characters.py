import unicodedata

import pytest
from hypothesis import given

from mlopsgen.report.characters import columns, shown, wrapped
from tests.report.pages import ANY_TEXT


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain `text` äöü 名前", "plain `text` äöü 名前"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b2J", r"\x9b2J"),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ("abc\u202edef\u2066", r"abc\u202edef\u2066"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("no\u00a0break", r"no\xa0break"),
        ("undecodable \udcff", r"undecodable \udcff"),
        ("\U000e0041tag", r"\U000e0041tag"),
    ],
)
def test_what_could_steer_or_hide_is_spelled_out(text, seen):
    assert shown(text) == seen


@given(ANY_TEXT)
def test_shown_text_holds_nothing_that_is_not_printable(text):
    seen = shown(text)

    assert {unicodedata.category(character)[0] for character in seen} <= set("LMNPSZ")
    assert shown(seen) == seen
    assert seen.encode("utf-8").decode("utf-8") == seen


def test_columns_are_those_of_a_terminal():
    assert columns("models") == 6
    assert columns("名前") == 4
    assert columns("e\u0301") == 1
    assert columns("ﾅﾏｴ") == 3
    assert columns("🚀") == 2
    assert columns(unicodedata.normalize("NFD", "한국")) == columns("한국") == 4


def test_words_are_wrapped_by_columns_and_never_cut():
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("名前 名前", 8) == ["名前", "名前"]
    assert wrapped("a https://docs.example.com b", 10) == ["a", "https://docs.example.com", "b"]
    assert wrapped("", 10) == [""]
