"""The pages that show commands show what those do."""

import re
import shutil

import pytest

from mlopsgen.diff.risks import KINDS
from mlopsgen.edit.released import RELEASED
from mlopsgen.explain.as_text import HOW
from tests.build import ROOT
from tests.sessions import PAGES, shown

HOW_TO = ROOT / "docs" / "how-to"


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git to test with")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_shows_is_what_happens(page):
    found = list(shown(page))

    assert len(found) > 1
    for each in found:
        assert each.true, f"{each.of}: run `make pages`"


def test_the_keys_that_are_promoted_are_those_of_the_page():
    text = " ".join((HOW_TO / "edit.md").read_text("utf-8").split())
    [said] = re.findall(r"Without `--only` that is ((?:`\w+`(?:, | and )?)+)", text)

    assert tuple(re.findall(r"\w+", said.replace(" and ", ", "))) == RELEASED


def test_every_kind_of_risk_is_in_the_table():
    text = (HOW_TO / "review.md").read_text("utf-8")

    assert {kind for kind in KINDS if f"| `{kind}` |" not in text} == set()


def test_every_way_in_which_an_origin_is_known_is_in_the_table():
    text = (HOW_TO / "explain.md").read_text("utf-8")

    assert {words for words in HOW.values() if words not in text} == set()
