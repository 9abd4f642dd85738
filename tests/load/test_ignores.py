import pytest

from mlopsgen.diagnostics import Place
from mlopsgen.load.ignores import Ignore, ignores


def _ignores(text):
    return [*ignores("platform.yaml", text)]


@pytest.mark.parametrize(
    ("comment", "codes", "reason"),
    [
        ("ignore[VLLM003] it is short", ("VLLM003",), "it is short"),
        ("ignore[A1, B2] both", ("A1", "B2"), "both"),
        ("ignore[A1,A1] twice", ("A1",), "twice"),
        ("ignore[A1]: with a colon", ("A1",), "with a colon"),
        ("ignore[A1]", ("A1",), ""),
        ("ignore[A1]   ", ("A1",), ""),
        ("ignore[] why", (), "why"),
        ("ignore everything", (), "everything"),
        ("ignore[A1", (), "[A1"),
    ],
)
def test_a_comment_names_rules_and_gives_a_reason(comment, codes, reason):
    [found] = _ignores(f"name: acme  # mlopsgen: {comment}\n")

    assert (found.codes, found.reason) == (codes, reason)


def test_a_comment_has_its_place():
    [found] = _ignores("# é\nname: '☃'  # mlopsgen: ignore[A1] cold\n")

    assert found == Ignore(Place("platform.yaml", 2, 12, 27), ("A1",), "cold")


@pytest.mark.parametrize(
    "text",
    [
        "name: 'a # mlopsgen: ignore[A1] b'\n",
        'name: "a # mlopsgen: ignore[A1] b"\n',
        "name: |\n  # mlopsgen: ignore[A1] b\n",
        "name: acme  # mlopsgen: ignores[A1] b\n",
        "name: acme  # see mlopsgen: ignore[A1] b\n",
    ],
)
def test_what_is_no_such_comment_ignores_nothing(text):
    assert _ignores(text) == []


def test_a_comment_behind_a_block_of_text_is_one():
    [found] = _ignores("name: |\n  a\nother: 1 # mlopsgen: ignore[A1] b\n")

    assert found.at.line == 3
