import re

from hypothesis import given
from hypothesis import strategies as st

from mlopsgen.diagnostics import Rule, Severity
from mlopsgen.report import as_github
from mlopsgen.report.as_github import command
from mlopsgen.report.characters import shown
from tests.report.pages import HARD_TEXT, ITEMS, REPLICAS, an_item

COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>.*?))?::(?P<data>.*)")
DATA = {"%0D": "\r", "%0A": "\n", "%25": "%"}
PROPERTY = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def unescaped(text, escapes):
    for escape, character in escapes.items():
        text = text.replace(escape, character)
    return text


def parsed(line):
    """Return name, properties and data of a command as the runner reads them."""
    found = COMMAND.fullmatch(line)
    pairs = [pair.split("=", 1) for pair in (found["properties"] or "").split(",") if pair]
    properties = {key: unescaped(value, PROPERTY) for key, value in pairs}
    return found["name"], properties, unescaped(found["data"], DATA)


def commands(*items, rules=None):
    return [parsed(line) for line in as_github.render(items, rules).splitlines()]


def test_a_finding_is_a_command():
    rules = {"GPU001": Rule("GPU001", "a tenant's models fit its GPU quota", "They wait.")}

    assert as_github.render([an_item()], rules) == (
        "::error file=platform.yaml,line=4,col=15,endColumn=16,"
        "title=GPU001 a tenant's models fit its GPU quota::"
        "`search` may hold 8 GPUs; its models can ask for 12%0A"
        "help: raise gpuQuota to 12, or lower maxReplicas\n"
    )


def test_the_text_holds_all_that_helps():
    item = an_item(
        message="100% of `prod`",
        related=((REPLICAS, "3 replicas"),),
        why="They\nwait.",
        fix="write:\n  a: 1\n",
        environments=("prod",),
        severity=Severity.WARNING,
    )

    [(name, properties, data)] = commands(item)

    assert name == "warning"
    assert properties["title"] == "GPU001"
    assert data.split("\n") == [
        "100% of `prod` (in prod)",
        "platform.yaml:10:18: 3 replicas",
        "why: They wait.",
        "help: write:",
        "  a: 1",
    ]


def test_no_findings_is_no_command():
    assert as_github.render([]) == ""


def test_what_github_would_drop_is_counted():
    items = [an_item() for _ in range(12)] + [an_item(severity=Severity.WARNING) for _ in range(11)]

    found = commands(*items)

    assert [name for name, _, _ in found] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert found[-1][2] == (
        "GitHub shows 10 annotations of a level; left out here: 2 of level error, "
        "1 of level warning. `mlopsgen validate` shows all findings."
    )


def test_the_count_is_not_dropped_itself():
    found = commands(*[an_item(severity=Severity.INFO) for _ in range(11)])

    assert [name for name, _, _ in found] == ["notice"] * 10
    assert "left out here: 2 of level notice." in found[-1][2]


def test_ten_of_each_level_need_no_count():
    items = [an_item(severity=severity) for severity in Severity for _ in range(10)]

    assert len(commands(*items)) == 30


@given(st.dictionaries(st.sampled_from(["file", "title"]), HARD_TEXT), HARD_TEXT)
def test_a_command_says_what_it_was_given(properties, data):
    line = command("error", properties or {"line": "1"}, data)

    name, read, text = parsed(line)

    assert name == "error"
    assert read == {key: shown(value) for key, value in (properties or {"line": "1"}).items()}
    assert text == "\n".join(map(shown, data.split("\n")))


@given(ITEMS)
def test_any_finding_is_one_line_and_one_command(items):
    text = as_github.render(items)

    assert len(text.splitlines()) == len(items)
    assert {parsed(line)[0] for line in text.splitlines()} <= {"error", "warning", "notice"}
    assert text.encode("utf-8").decode("utf-8") == text
