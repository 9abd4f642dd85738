import pytest

from tests.load.projects import a_platform, where

MISTAKES = (
    ("a: b: c\n", "LOAD006", 1, 5, "a `:` stands where no key can be"),
    ("a: 1\n  b: 2\n", "LOAD006", 2, 4, "a `:` stands where no key can be"),
    ('a: "x\n', "LOAD006", 1, 4, "the quote that opens here is never closed"),
    ("a: 'x\n", "LOAD006", 1, 4, "the quote that opens here is never closed"),
    ('a: "x\n---\n', "LOAD006", 1, 4, "the quote that opens here is never closed"),
    ('a: "\\q"\n', "LOAD006", 1, 5, "a backslash before this character means nothing"),
    ('a: "\\xZZ"\n', "LOAD006", 1, 7, "the escape ends before its hexadecimal digits do"),
    ('a: "\\uD800"\n', "LOAD006", 1, 7, "the escape names no character"),
    ("a: [1, 2\nb: 1\n", "LOAD006", 1, 4, "the list that opens here is not closed"),
    ("a: {b: 1\nc: 2\n", "LOAD006", 1, 4, "the mapping that opens here is not closed"),
    ("a: [1\n", "LOAD006", 1, 4, "the list that opens here is not closed"),
    ("a: @x\n", "LOAD006", 1, 4, 'no text without quotes starts with "@"'),
    ("a: `x\n", "LOAD006", 1, 4, 'no text without quotes starts with "`"'),
    ("a: %x\n", "LOAD006", 1, 4, 'no text without quotes starts with "%"'),
    ("a: - b\n", "LOAD006", 1, 4, "a list cannot start on the line of its key"),
    ("a:\n  b: 1\n c: 2\n", "LOAD006", 3, 2, "this is no key of the mapping around it"),
    ('a: "b" c\n', "LOAD006", 1, 8, "this is no key of the mapping around it"),
    ("a: 1\nfoo\nb: 1\n", "LOAD006", 2, 1, "this line is no `key: value`"),
    ("a: 1\nfoo\n", "LOAD006", 2, 1, "this line is no `key: value`"),
    ("a:\n- b\nc\n", "LOAD006", 3, 1, "this line is no `key: value`"),
    ("{a: 1} b\n", "LOAD006", 1, 8, "the platform ends before this"),
    ("a: |x\n", "LOAD006", 1, 5, "only `+`, `-` or a digit may follow"),
    ("a: >0\n", "LOAD006", 1, 5, "only `+`, `-` or a digit may follow"),
    ("a: ? b\n", "LOAD006", 1, 4, "`?` stands where no key can be"),
    ("a: ]\n", "LOAD006", 1, 4, "a value is missing before this"),
    ("a: [,]\n", "LOAD006", 1, 5, "a value is missing before this"),
    ("a: *.example.com\n", "LOAD013", 1, 4, "`*` begins an alias, but no name follows"),
    ("a: &\n", "LOAD012", 1, 4, "`&` begins an anchor, but no name follows"),
    ("a: !x!y z\n", "LOAD015", 1, 4, "`!` begins a tag"),
    ("a: !<x\n", "LOAD015", 1, 4, "`!` begins a tag"),
    ("%FOO\n", "LOAD015", 1, 5, "`%` at the start of a line begins a directive"),
    ("%YAML 3.0\n---\na: 1\n", "LOAD015", 1, 1, "`%YAML` is a directive"),
    ("a:\n\tb: 1\n", "LOAD007", 2, 1, "a tab indents this line"),
    ("a:\n  b: 1\n\tc: 2\n", "LOAD007", 3, 1, "a tab indents this line"),
    ("a:\n  \tb: 1\n", "LOAD007", 2, 3, "a tab indents this line"),
    ("a: |\n \tx\n\ty\n", "LOAD007", 2, 2, "a tab indents this line"),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda row: row[0])
def test_a_yaml_mistake_is_told_in_our_words(mistake, tmp_path):
    text, code, line, column, message = mistake
    loaded = a_platform(tmp_path, text)

    assert where(loaded) == [(code, line, column)]
    assert loaded.findings[0].message.startswith(message)
    assert loaded.base == {}


def test_a_misaligned_key_shows_where_its_mapping_starts(tmp_path):
    [found] = a_platform(tmp_path, "a:\n    b: 1\n  c: 2\n").findings

    assert [(other.at.line, other.message) for other in found.related] == [
        (1, "the mapping starts here")
    ]


def test_an_unclosed_list_shows_where_reading_stops(tmp_path):
    [found] = a_platform(tmp_path, "a: [b,\n  c\nd: e\n").findings

    assert [(other.at.line, other.message) for other in found.related] == [
        (3, "reading stops here")
    ]


def test_a_mistake_at_the_end_is_at_the_last_line_with_text(tmp_path):
    [found] = a_platform(tmp_path, "a: {b: c\n\n\n").findings

    assert {found.at.line} | {other.at.line for other in found.related} == {1}
