import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from mlopsgen.edit import formatting
from mlopsgen.edit.formatting import LayoutError, formatted
from mlopsgen.edit.tree import comments, stretches
from mlopsgen.load.reader import read
from tests.build import ROOT
from tests.edit.documents import documents

OURS = sorted(
    [
        ROOT / "platform.yaml",
        *(ROOT / "examples").glob("*/platform.yaml"),
        *(ROOT / "examples").glob("*/teams/*.yaml"),
        *(ROOT / "tests" / "golden").glob("*/platform.yaml"),
    ]
)
SLOPPY = """\
# first
apiVersion:   "mlopsgen/v1beta1"
name: 'acme'   # who
aws: { region: eu-west-1,accountId: '111122223333' }


nodePools:
    # of the platform
    general: {kind: managed, instanceTypes: [ t3.large ], min: 2, max: 4}
      # deeper than what follows
namespaces:
    mlops:
        owners:
        - "team"
        -   other # who else
models: {}
"""
TIDY = """\
# first
apiVersion: mlopsgen/v1beta1
name: acme  # who
aws: {region: eu-west-1, accountId: "111122223333"}

nodePools:
  # of the platform
  general: {kind: managed, instanceTypes: [t3.large], min: 2, max: 4}
  # deeper than what follows

namespaces:
  mlops:
    owners:
      - team
      - other  # who else

models: {}
"""


def test_a_file_gets_one_indentation_one_kind_of_quotes_and_empty_lines_between_sections():
    assert formatted("platform.yaml", SLOPPY) == TIDY


def test_a_file_without_empty_lines_between_sections_stays_dense():
    text = "name: acme\nmodels:\n  iris: {}\npipelines: {}\n"

    assert formatted("platform.yaml", text) == text


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(ROOT)))
def test_our_own_files_have_one_layout(file):
    text = file.read_text(encoding="utf-8")
    new = formatted(file.name, text)

    assert formatted(file.name, new) == new
    assert read("", new).data == read("", text).data
    assert new == text or file.is_relative_to(ROOT / "tests")


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(ROOT)))
@pytest.mark.parametrize("wide", [3, 4])
def test_our_own_files_come_back_from_another_indentation(file, wide):
    text = file.read_text(encoding="utf-8")
    if re.search(r": [|>]|^ *- |,$", text, re.MULTILINE):
        pytest.skip("some lines have an indentation of their own")
    lines = text.split("\n")
    spread = [" " * (wide * ((len(x) - len(x.lstrip())) // 2)) + x.lstrip() for x in lines]

    assert formatted(file.name, "\n".join(spread)) == formatted(file.name, text)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_whatever_the_layout_the_meaning_and_the_comments_stay(text):
    new = formatted("platform.yaml", text)
    old, again = text.replace("\r\n", "\n"), new.replace("\r\n", "\n")

    assert json.dumps(read("", new).data) == json.dumps(read("", text).data)
    assert comments(again, stretches(again)) == comments(old, stretches(old))
    assert formatted("platform.yaml", new) == new
    assert ("\r\n" in new) == ("\r\n" in text)


@pytest.mark.parametrize(
    "value", ['"on"', '"1.10"', '"012"', '"null"', '"a b"', '"a: b"', '"# x"', '""', '"2026-01-01"']
)
def test_quotes_that_are_needed_stay(value):
    assert formatted("", f"key: {value}\n") == f"key: {value}\n"


def test_quotes_in_quotes_and_escapes_are_left_alone():
    text = "a: 'say \"hi\"'\nb: \"tab\\t\"\nc: 'it''s'\n"

    assert formatted("", text) == text.replace("'it''s'", '"it\'s"')


def test_what_cannot_be_read_is_found_and_not_touched():
    [finding] = formatted("platform.yaml", "a: [1\n")

    assert finding.code.startswith("LOAD")


def test_a_layout_that_would_say_something_else_is_refused(monkeypatch):
    monkeypatch.setattr(formatting, "laid_out", lambda text, _root: text.replace("iris", "other"))

    with pytest.raises(LayoutError):
        formatted("platform.yaml", "name: iris\n")


def test_a_layout_that_would_lose_a_comment_is_refused(monkeypatch):
    monkeypatch.setattr(formatting, "laid_out", lambda text, _root: text.replace("# why", ""))

    with pytest.raises(LayoutError):
        formatted("platform.yaml", "name: iris # why\n")


def test_every_file_that_is_listed_exists():
    assert len(OURS) > 10
    assert all(isinstance(file, Path) for file in OURS)
