from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.report.characters import columns
from mlopsgen.report.excerpt import excerpt
from tests.report.pages import ANY_TEXT


def marked(line, column, width=1, limit=100):
    """Return the shown line over its carets, as a terminal of square letters would draw it."""
    cut = excerpt(line, column, width, limit)
    return cut.text, " " * cut.indent + "^" * cut.width


def test_the_caret_stands_under_its_value():
    assert marked("    gpuQuota: 8", 15) == (
        "    gpuQuota: 8",
        "              ^",
    )
    assert marked("name: acme", 7, 4) == (
        "name: acme",
        "      ^^^^",
    )


def test_tabs_have_the_width_of_four_spaces():
    assert marked("\tname:\tacme", 8, 4) == (
        "    name:    acme",
        "             ^^^^",
    )
    assert marked("\tname", 1, 1) == (
        "    name",
        "^^^^",
    )


def test_wide_characters_take_two_columns_and_two_carets():
    assert excerpt("名前: 東京", 5, 2, 100).indent == len("NNMM: ")
    assert excerpt("名前: 東京", 5, 2, 100).width == len("TTKK")


def test_combining_characters_take_none():
    assert marked("cafe\u0301: 1", 8) == (
        "cafe\u0301: 1",
        "      ^",
    )


def test_hidden_characters_are_spelled_out_and_counted_as_such():
    assert marked("a\u202eb: c", 6) == (
        r"a\u202eb: c",
        "          ^",
    )


def test_the_caret_may_stand_behind_the_line_but_not_further():
    assert marked("name:", 6) == ("name:", "     ^")
    assert marked("name:", 60, 9) == ("name:", "     ^")


def test_a_value_that_is_not_there_gets_one_caret():
    assert marked("gpus: # none", 6, 0) == ("gpus: # none", "     ^")


def test_a_line_as_long_as_the_limit_is_not_cut():
    assert marked("a" * 20, 20, limit=20) == ("a" * 20, " " * 19 + "^")
    assert marked("a" * 21, 1, limit=20) == ("a" * 19 + "…", "^")


def test_a_long_line_keeps_its_beginning_while_the_caret_is_there():
    assert marked("command: " + "x" * 60, 10, 3, limit=20) == (
        "command: xxxxxxxxxx…",
        "         ^^^",
    )


def test_a_long_line_keeps_its_beginning_up_to_the_last_column_that_fits():
    assert marked("a" * 40, 19, limit=20) == ("a" * 19 + "…", " " * 18 + "^")
    assert marked("a" * 40, 20, limit=20) == ("…" + "a" * 18 + "…", " " * 9 + "^")


def test_a_long_line_is_cut_on_both_sides_of_a_caret_far_inside():
    assert marked("a" * 50 + "HERE" + "b" * 50, 51, 4, limit=20) == (
        "…aaaaaaaHERE" + "b" * 7 + "…",
        "        ^^^^",
    )


def test_a_long_line_is_cut_before_a_caret_at_its_end():
    assert marked("a" * 50 + "END", 51, 3, limit=20) == (
        "…aaaaaaaEND",
        "        ^^^",
    )


def test_a_value_longer_than_the_line_is_marked_as_far_as_it_is_seen():
    assert marked("k: " + "v" * 200, 4, 200, limit=20) == (
        "k: vvvvvvvvvvvvvvvv…",
        "   ^^^^^^^^^^^^^^^^",
    )


def test_a_line_of_megabytes_costs_no_more_than_what_is_shown():
    line = "x" * 4_000_000
    shown = [excerpt(line, column, 1, 100).text for column in range(1, 4_000_000, 2_000)]

    assert max(map(len, shown)) <= 100


@given(
    st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT).map("".join),
    st.integers(1, 100),
    st.integers(1, 100),
    st.integers(30, 60),
)
def test_text_and_carets_stay_within_the_limit_for_any_line(line, column, width, limit):
    cut = excerpt(line, column, width, limit)

    assert columns(cut.text) <= limit
    assert cut.width >= 1
    assert cut.indent + cut.width <= limit + 1  # one behind the end of the line


@given(st.text("ab 名\t", min_size=1, max_size=150), st.data())
def test_the_marked_character_is_the_one_above_the_caret(line, data):
    column = data.draw(st.integers(1, len(line)))
    line = f"{line[: column - 1]}X{line[column:]}"

    cut = excerpt(line, column, 1, 40)

    before = cut.text[: cut.text.index("X")]
    assert columns(before) == cut.indent
    assert cut.width == 1
