"""docs/how-to/import.md shows what an import says."""

from tests.imports.page import blocks, said


def test_the_page_shows_what_is_said():
    assert tuple(blocks()[1:3]) == said(), "run `make pages`"
