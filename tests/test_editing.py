"""docs/how-to/edit.md shows what its commands do."""

import re

from mlopsgen.edit.promotion import RELEASED
from tests.editing import PAGE, outputs


def test_commands_print_what_the_page_shows():
    found = outputs()

    assert {command.split()[1] for command, *_ in found} == {"fix", "fmt", "init", "promote"}
    assert [(command, now) for command, _, now in found] == [
        (command, shown) for command, shown, _ in found
    ], "run `make pages`"


def test_the_keys_that_are_promoted_are_those_of_the_page():
    text = " ".join(PAGE.read_text("utf-8").split())
    [said] = re.findall(r"Without `--only` that is ((?:`\w+`(?:, | and )?)+)", text)

    assert tuple(re.findall(r"\w+", said.replace(" and ", ", "))) == RELEASED
