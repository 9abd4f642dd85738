"""What the pages say exists: commands, options, links, and a way to every page."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from mlopsgen.cli import main
from tests.build import ROOT
from tests.vocabulary import anchor

DOCS = ROOT / "docs"
PAGES = sorted(
    {
        *DOCS.rglob("*.md"),
        *(ROOT / "examples").rglob("README.md"),
        *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")),
    }
)
FENCED = re.compile(r"^(`{3,})(\w*)[^\n]*\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`(mlopsgen [^`]+)`(?!`)", re.DOTALL)
TYPED = re.compile(r"(?:^|(?<=[\s;&|(\"]))mlopsgen [a-z-][^\n;&|>)\"]*", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PROGRAM = main.make_context("mlopsgen", [], resilient_parsing=True)


def invocations(text: str) -> Iterator[str]:
    """Yield each command line of mlopsgen in *text*."""
    for _, kind, body in FENCED.findall(text):
        if kind in {"sh", "bash", "yaml"}:
            lines = body.splitlines()
            prompted = [line[2:] for line in lines if line.startswith("$ ")]
            typed = "\n".join(line.partition(" #")[0] for line in prompted or lines)
            yield from TYPED.findall(typed.replace("\\\n", " "))
    for inline in INLINE.findall(FENCED.sub("", text)):
        yield " ".join(inline.split())


def unknown(line: str) -> list[str]:
    """Return what of *line* there isn't: its command, or options of it."""
    words = shlex.split(line)[1:]
    options = {option for each in main.get_params(PROGRAM) for option in each.opts}
    if words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        command = main.commands.get(words[0])
        if command is None:
            return [words[0]]
        of_it = command.get_params(click.Context(command, parent=PROGRAM))
        options |= {option for each in of_it for option in (*each.opts, *each.secondary_opts)}
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [each for each in given if each not in options]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_that_are_named_exist(page):
    found = {line: unknown(line) for line in invocations(page.read_text(encoding="utf-8"))}

    assert {line: names for line, names in found.items() if names} == {}


def test_a_command_and_an_option_that_are_not_there_are_found():
    text = "Run `mlopsgen explode`.\n\n```sh\nmlopsgen build --fast --check\n```\n"

    assert [unknown(line) for line in invocations(text)] == [["--fast"], ["explode"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(page):
    text = FENCED.sub("", page.read_text(encoding="utf-8"))

    assert [
        link for link in LINK.findall(text) if "://" not in link and not _leads(page, link)
    ] == []


def _leads(page: Path, link: str) -> bool:
    path, _, wanted = link.partition("#")
    there = (page.parent / path).resolve() if path else page
    if not wanted or not there.exists():
        return there.exists()
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", there.read_text("utf-8")), re.MULTILINE)
    return wanted in {anchor(heading) for heading in headings}


def test_the_navigation_has_every_page():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = {DOCS / page for page in _leaves(yaml.safe_load(text)["nav"])}
    for index in (DOCS / "rules.md", DOCS / "decisions.md"):
        listed |= {DOCS / link for link in LINK.findall(index.read_text("utf-8"))}

    assert set(DOCS.rglob("*.md")) - listed == set()


def _leaves(nav: object) -> Iterator[str]:
    match nav:
        case str():
            yield nav
        case list():
            for each in nav:
                yield from _leaves(each)
        case dict():
            for each in nav.values():
                yield from _leaves(each)


def examples() -> Iterator[tuple[str, list[str]]]:
    """Yield each command line of --help, as its command and what that is given."""
    for name, command in sorted(main.commands.items()):
        for line in (command.help or "").partition("Examples:")[2].splitlines():
            typed = re.split(r"  +| [|<>] ", line.strip())[0]
            if typed.startswith("mlopsgen "):
                yield name, shlex.split(typed)[1:]


@pytest.mark.parametrize(
    ("name", "typed"), [pytest.param(name, typed, id=" ".join(typed)) for name, typed in examples()]
)
def test_examples_of_help_are_taken(name, typed):
    assert typed[0] == name
    assert main.commands[name].make_context(name, typed[1:], parent=PROGRAM)


def test_every_command_has_an_example():
    assert {name for name, _ in examples()} == {*main.commands}
