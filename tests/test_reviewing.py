"""docs/how-to/review.md shows what mlopsgen says of a change."""

import shutil

import pytest

from mlopsgen.diff.risks import KINDS
from tests.reviewing import PAGE, answers

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git to test with")


def test_the_answers_are_those_that_the_page_shows():
    found = answers()

    assert len(found) > 3
    for command, shown, now in found:
        assert shown == now, f"{command}: run `make pages`"


def test_every_kind_of_risk_is_in_the_table():
    text = PAGE.read_text("utf-8")

    assert {kind for kind in KINDS if f"| `{kind}` |" not in text} == set()
