"""The reference pages are what the code says."""

import pytest

from mlopsgen.explain import RULES
from tests.reference import PAGES, WORDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_is_what_the_code_says(page):
    assert page.read_text(encoding="utf-8") == PAGES[page](), "run `make pages`"


def test_words_are_for_the_families_that_there_are():
    assert set(WORDS) == {code.rstrip("0123456789") for code in RULES}
