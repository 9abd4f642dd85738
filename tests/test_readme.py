"""What README.md shows is what happens."""

import re

import pytest

from tests.build import ROOT
from tests.readme import README, block, changed, compiled, first_finding

TEXT = README.read_text(encoding="utf-8")
DOCUMENTS = sorted({README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")})


def test_the_example_has_forty_lines_and_nothing_to_mend():
    compilation = compiled(block("yaml"))

    assert len(block("yaml").splitlines()) <= 40
    assert compilation.findings == ()
    assert compilation.count > 90


def test_the_change_is_refused_with_the_words_that_are_shown():
    assert first_finding(changed()) == block("text")


def test_every_output_of_the_table_is_there():
    [environment] = compiled(block("yaml")).trees.values()
    names = {f"/{file.path}" for file in environment}
    shown = re.findall(r"^\| (`.*`) \|", TEXT, re.MULTILINE)
    folders = [name for cell in shown for name in re.findall(r"`([^`]+)`", cell)]

    for folder in folders:
        stem = f"/{folder.partition('<')[0].rstrip('/')}"
        pipelines_or_manifest = folder in {"apps/pipelines-<ns>", "manifest.json"}
        assert pipelines_or_manifest or any(name.startswith(stem) for name in names), folder


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8"))

    assert [
        link for link in links if "://" not in link and not (document.parent / link).exists()
    ] == []
