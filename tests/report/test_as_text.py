import re

from hypothesis import given

from mlopsgen.diagnostics import Place, Severity
from mlopsgen.report import as_text
from mlopsgen.report.characters import columns
from mlopsgen.report.located import Summary, located
from tests.report.pages import (
    ITEMS,
    REPLICAS,
    SOURCE,
    SOURCES,
    Pages,
    a_finding,
    an_item,
)

ANSI = re.compile(r"\x1b\[(?:1;3[1-6]|1|0)m")


def render(*items, source=SOURCE, **options):
    return as_text.render(items, source, **({"color": False} | options))


def test_a_finding_shows_its_places_its_reason_and_its_remedy():
    item = an_item(
        related=((REPLICAS, "3 replicas of 4 GPUs"),),
        why="The quota becomes a ResourceQuota. A model that scales past it does not fail:"
        " its pods\nstay Pending, and the autoscaler keeps asking for them.",
    )

    assert render(item) == (
        "error[GPU001]: `search` may hold 8 GPUs; its models can ask for 12\n"
        "   --> platform.yaml:4:15\n"
        "  4 |     gpuQuota: 8\n"
        "    |               ^\n"
        "   --> platform.yaml:10:18\n"
        " 10 |     maxReplicas: 3\n"
        "    |                  ^ 3 replicas of 4 GPUs\n"
        "  = why: The quota becomes a ResourceQuota. A model that scales past it does not fail:"
        " its pods stay\n"
        "         Pending, and the autoscaler keeps asking for them.\n"
        "  = help: raise gpuQuota to 12, or lower maxReplicas\n"
    )


def test_findings_are_parted_by_an_empty_line_and_none_is_no_text():
    one = "error: a\n --> f:1:1\n  = help: b\n".replace(" -->", "  -->")
    item = an_item(Place("f", 1, 1), message="a", fix="b", code="")

    assert render(item) == one
    assert render(item, item) == f"{one}\n{one}"
    assert render() == ""


def test_a_remedy_of_several_lines_can_be_pasted():
    item = an_item(severity=Severity.WARNING, fix="add a limit:\nlimits:\n  gpus: 8\n")

    assert render(item).splitlines()[-3:] == [
        "  = help: add a limit:",
        "          limits:",
        "            gpus: 8",
    ]


def test_a_finding_of_some_environments_names_them():
    item = an_item(environments=("dev", "prod"), message="too much")

    assert render(item).startswith("error[GPU001]: too much (in dev, prod)\n")


def test_a_place_without_text_is_named_and_not_quoted():
    missing = Place("teams/fraud.yaml", 3, 1)
    item = an_item(Place("gone.yaml", 1, 1), related=((missing, "first written here"),))

    assert render(item).splitlines()[1:3] == [
        "  --> gone.yaml:1:1",
        "  --> teams/fraud.yaml:3:1: first written here",
    ]


def test_prose_keeps_to_the_width_it_is_given():
    words = "every pod waits for a node that no pool may start " * 5
    lines = render(an_item(why=words, fix=words), width=60).splitlines()

    notes = lines[4:]
    hanging = [line for line in notes if "= " not in line]
    assert max(map(len, notes)) <= 60
    assert notes[0].startswith("  = why: every pod waits")
    assert {len(line) - len(line.lstrip()) for line in hanging} == {
        len("  = why: "),
        len("  = help: "),
    }


def test_an_excerpt_keeps_to_the_width_it_is_given():
    source = Pages({"f": "x" * 500})
    lines = render(an_item(Place("f", 1, 250, 3)), source=source, width=60).splitlines()

    assert columns(lines[2]) == 60
    assert lines[2].startswith(" 1 | …x")
    assert lines[2].endswith("x…")


def test_escape_sequences_of_a_file_are_shown_and_never_sent():
    source = Pages({"a\x1b[2J.yaml": "name: \x1b[31m\u202e名"})
    item = an_item(
        Place("a\x1b[2J.yaml", 1, 13), message="`\x9b` in\nname", fix="\x07", code="\x08"
    )

    assert render(item, source=source) == (
        "error[\\x08]: `\\x9b` in\\nname\n"
        "  --> a\\x1b[2J.yaml:1:13\n"
        " 1 | name: \\x1b[31m\\u202e名\n"
        "   |                     ^^\n"
        "  = help: \\x07\n"
    )


def test_color_changes_nothing_but_color():
    items = located([a_finding(), a_finding(severity=Severity.INFO, message="b")], SOURCE)
    colored = render(*items, color=True)

    assert colored.startswith("\x1b[1;31merror[GPU001]\x1b[0m\x1b[1m: `search` may")
    assert ANSI.sub("", colored) == render(*items)


@given(ITEMS, SOURCES)
def test_no_text_reaches_the_terminal_raw(items, source):
    plain = as_text.render(items, source, color=False)
    colored = as_text.render(items, source, color=True)

    assert all(line.isprintable() for line in plain.split("\n"))
    assert ANSI.sub("", colored) == plain
    assert plain.encode("utf-8").decode("utf-8") == plain
    assert all(line == line.rstrip(" ") for line in plain.split("\n"))


def test_a_run_is_summed_up_in_one_line():
    assert as_text.summary(Summary()) == "no findings"
    assert as_text.summary(Summary(artifacts=214)) == "214 files: no findings"
    assert as_text.summary(Summary(errors=1, warnings=2)) == "1 error, 2 warnings"
    assert as_text.summary(Summary(infos=1, artifacts=1)) == "1 file: 1 info"
