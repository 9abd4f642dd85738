"""What `write` refuses, forced and not; docs/rules/WRITE00N.md shows the same to users."""

import fcntl
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from mlopsgen.diagnostics import Place
from mlopsgen.write import MANIFEST, RULES, Change, compare, write
from tests.write.trees import beside, standing, touched, tree

PAGES = Path(__file__).parents[2] / "docs" / "rules"
OUT = Path("generated")
OLD = {"prod": tree(apps__iris_yaml="old", apps__wine_yaml="wine")}
NEW = {"prod": tree(apps__iris_yaml="new", apps__new__llm_yaml="llm")}


@pytest.fixture(autouse=True)
def _project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(OUT, OLD)


def _refused(trees=NEW):
    """Return the findings of a build that has to leave everything as it is."""
    before = touched(Path())
    content = standing(Path())

    written = write(OUT, trees, prune_environments=True)

    assert touched(Path()) == before
    assert standing(Path()) == content
    assert written.findings
    assert (written.created, written.changed, written.deleted) == (0, 0, 0)
    return written.findings


def _forced(trees=NEW):
    """Build with force; what is generated stands there then."""
    written = write(OUT, trees, prune_environments=True, force=True)

    assert written.findings == ()
    assert compare(OUT, trees, prune_environments=True) == ()
    assert beside(OUT) - {"elsewhere"} == set()
    return written


def _elsewhere():
    """Return a folder outside the output, with a file in it that has to survive."""
    folder = Path("elsewhere")
    folder.mkdir()
    (folder / "iris.yaml").write_text("precious")
    return folder.resolve()


def test_an_edited_file_is_named_and_overwritten_only_with_force():
    Path("generated/prod/apps/iris.yaml").write_text("edited")

    [finding] = _refused()

    assert finding.code == "WRITE001"
    assert finding.at == Place("generated/prod/apps/iris.yaml", 1, 1)
    written = _forced()
    assert (written.created, written.changed, written.deleted) == (1, 2, 1)
    assert Change("prod/apps/iris.yaml", "edited", "file") in written.changes


def test_an_edit_that_platform_yaml_has_caught_up_with_is_no_edit_any_more():
    Path("generated/prod/apps/iris.yaml").write_text("new")

    assert write(OUT, NEW).findings == ()
    assert compare(OUT, NEW) == ()


def test_an_edited_file_that_nothing_generates_is_deleted_only_with_force():
    Path("generated/prod/apps/wine.yaml").write_text("edited")

    [finding] = _refused()

    assert "nothing generates it now" in finding.message
    assert _forced().deleted == 1
    assert not Path("generated/prod/apps/wine.yaml").exists()


def test_an_edited_file_is_seen_even_when_nothing_generated_has_changed():
    Path("generated/prod/apps/wine.yaml").write_text("edited")

    assert [finding.code for finding in _refused(OLD)] == ["WRITE001"]


def test_every_edited_file_is_named_in_order():
    for name in ("wine", "iris"):
        Path(f"generated/prod/apps/{name}.yaml").write_text("edited")

    assert [finding.at.file for finding in _refused()] == [
        "generated/prod/apps/iris.yaml",
        "generated/prod/apps/wine.yaml",
    ]


def test_a_file_of_ours_replaced_by_a_link_is_refused_and_never_followed():
    target = _elsewhere() / "iris.yaml"
    Path("generated/prod/apps/iris.yaml").unlink()
    Path("generated/prod/apps/iris.yaml").symlink_to(target)

    [finding] = _refused()

    assert finding.code == "WRITE001"
    assert "is a symbolic link, and was a file when mlopsgen wrote it" in finding.message
    _forced()
    assert not Path("generated/prod/apps/iris.yaml").is_symlink()
    assert target.read_text() == "precious"


def test_a_file_of_ours_replaced_by_a_folder_in_use_is_refused():
    Path("generated/prod/apps/iris.yaml").unlink()
    Path("generated/prod/apps/iris.yaml").mkdir()
    Path("generated/prod/apps/iris.yaml/mine").write_text("mine")

    [finding] = _refused()

    assert finding.code == "WRITE001"
    assert "deletes it with all that is in it" in finding.fix
    _forced()


def test_an_empty_folder_in_the_way_holds_nothing_to_lose():
    Path("generated/prod/apps/new/llm.yaml").mkdir(parents=True)

    assert write(OUT, NEW).findings == ()
    assert compare(OUT, NEW) == ()


def test_a_file_nobody_generated_is_not_overwritten():
    Path("generated/prod/apps/new").mkdir()
    Path("generated/prod/apps/new/llm.yaml").write_text("mine")

    [finding] = _refused()

    assert finding.code == "WRITE002"
    _forced()
    assert Path("generated/prod/apps/new/llm.yaml").read_text() == "llm"


@pytest.mark.parametrize("path", ["staging", "prod/apps/new"])
def test_a_file_in_place_of_a_folder_is_not_overwritten(path):
    Path("generated", path).write_text("mine")
    trees = {**NEW, "staging": []}

    [finding] = _refused(trees)

    assert finding.code == "WRITE002"
    assert finding.at == Place(f"generated/{path}", 1, 1)
    _forced(trees)


def test_a_pipe_in_the_way_is_refused_and_not_opened():
    Path("generated/prod/apps/new").mkdir()
    os.mkfifo("generated/prod/apps/new/llm.yaml")

    assert [finding.code for finding in _refused()] == ["WRITE002"]
    _forced()


@pytest.mark.parametrize("path", ["prod/apps/new", "prod/apps/new/llm.yaml", "staging"])
def test_a_link_in_the_way_is_refused_and_never_followed(path):
    elsewhere = _elsewhere()
    link = Path("generated", path)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere)
    trees = {**NEW, "staging": tree(iris_yaml="not there")}

    [finding] = _refused(trees)

    assert finding.code == "WRITE003"
    assert finding.at == Place(f"generated/{path}", 1, 1)
    _forced(trees)
    assert standing(elsewhere) == {"iris.yaml": b"precious"}


def test_a_folder_of_ours_moved_away_and_linked_back_is_refused():
    Path("generated/prod/apps").rename("elsewhere")
    Path("generated/prod/apps").symlink_to("../../elsewhere")

    assert [finding.code for finding in _refused()] == ["WRITE003"]
    before = standing(Path("elsewhere"))
    _forced()
    assert standing(Path("elsewhere")) == before


def test_an_output_folder_that_is_a_link_is_refused_with_force_as_well():
    OUT.rename("elsewhere")
    OUT.symlink_to("elsewhere")

    assert [finding.code for finding in _refused()] == ["WRITE003"]
    assert [finding.code for finding in write(OUT, NEW, force=True).findings] == ["WRITE003"]
    assert compare(OUT, NEW) == (Change(".", "linked", "symbolic link"),)
    assert OUT.is_symlink()


def test_an_output_folder_that_is_a_file_is_refused_with_force_as_well():
    shutil.rmtree(OUT)
    OUT.write_text("mine")

    assert [finding.code for finding in _refused()] == ["WRITE002"]
    assert [finding.code for finding in write(OUT, NEW, force=True).findings] == ["WRITE002"]
    assert compare(OUT, NEW) == (Change(".", "blocked", "file"),)
    assert OUT.read_text() == "mine"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<<<<<<< HEAD\n",
        "{}",
        '{"version": 9, "files": {}}',
        '{"version": 1, "files": {"../../elsewhere/iris.yaml": {"sha256": "%s"}}}' % ("0" * 64),
        '{"version": 1, "files": {"/etc/passwd": {}}}',
    ],
)
def test_a_manifest_that_is_not_ours_is_never_trusted(text):
    elsewhere = _elsewhere()
    Path("generated/prod", MANIFEST).write_text(text)

    findings = _refused(OLD)

    assert [finding.code for finding in findings] == ["WRITE004"]
    _forced(OLD)
    assert standing(elsewhere) == {"iris.yaml": b"precious"}


def test_without_a_manifest_every_file_that_differs_is_named():
    Path("generated/prod", MANIFEST).write_text("conflict")

    assert [(finding.code, finding.at.file) for finding in _refused()] == [
        ("WRITE002", "generated/prod/apps/iris.yaml"),
        ("WRITE004", "generated/prod/manifest.json"),
    ]


def test_with_the_manifest_deleted_what_is_as_generated_is_taken_over():
    Path("generated/prod", MANIFEST).unlink()

    assert [change.kind for change in compare(OUT, OLD)] == ["new"]
    written = write(OUT, OLD)

    assert written.findings == ()
    assert (written.created, written.changed, written.unchanged) == (1, 0, 2)
    assert compare(OUT, OLD) == ()


def test_with_the_manifest_deleted_what_differs_is_told_from_what_is_not_ours():
    Path("generated/prod", MANIFEST).unlink()

    [finding] = _refused()

    assert Change("prod/apps/iris.yaml", "unlisted", "file") in compare(OUT, NEW)
    assert finding.at.file == "generated/prod/apps/iris.yaml"
    assert "no `generated/prod/manifest.json` that can be read" in finding.message
    assert finding.fix.startswith("restore `generated/prod/manifest.json` from version control")
    _forced()
    assert Path("generated/prod/apps/wine.yaml").read_text() == "wine"


def test_a_manifest_that_lists_a_file_through_a_link_deletes_nothing_behind_it():
    elsewhere = _elsewhere()
    manifest = json.loads(Path("generated/prod", MANIFEST).read_text())
    manifest["files"]["link/iris.yaml"] = manifest["files"]["apps/iris.yaml"]
    Path("generated/prod", MANIFEST).write_text(json.dumps(manifest))
    Path("generated/prod/link").symlink_to(elsewhere)
    (elsewhere / "iris.yaml").write_text("old")

    assert write(OUT, NEW, force=True).findings == ()
    assert standing(elsewhere) == {"iris.yaml": b"old"}
    assert Path("generated/prod/link").is_symlink()


def test_a_conflict_in_the_manifest_of_an_undeclared_environment_is_named():
    Path("generated/prod", MANIFEST).write_text("<<<<<<< HEAD\n")

    assert [finding.code for finding in _refused({"dev": []})] == ["WRITE004"]


def _edited():
    Path("generated/prod/apps/iris.yaml").write_text("edited")
    return write(OUT, NEW).findings


def _blocked():
    Path("generated/prod/apps/new").mkdir()
    Path("generated/prod/apps/new/llm.yaml").write_text("mine")
    return write(OUT, NEW).findings


def _linked():
    shutil.rmtree("generated/prod/apps")
    Path("generated/prod/apps").symlink_to(_elsewhere())
    return write(OUT, NEW).findings


def _broken():
    Path("generated/prod", MANIFEST).write_text("<<<<<<< HEAD\n")
    return write(OUT, OLD).findings


def _busy():
    held = os.open(".", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        return write(OUT, NEW).findings
    finally:
        os.close(held)


def _abandoned():
    Path(".generated.mlopsgen-old").mkdir()
    Path(".generated.mlopsgen-stage").mkdir()
    return write(OUT, NEW).findings


CASES = {
    "WRITE001": _edited,
    "WRITE002": _blocked,
    "WRITE003": _linked,
    "WRITE004": _broken,
    "WRITE005": _busy,
    "WRITE006": _abandoned,
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_page_of_a_rule_shows_what_write_says(rule):
    page = (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
    [transcript] = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)

    [finding] = CASES[rule.code]()

    at = finding.at
    assert page.startswith(f"# {rule.code}: {rule.title[0].lower()}{rule.title[1:]}\n\n")
    assert " ".join(rule.why.split()) in " ".join(page.split())
    assert " ".join(transcript.split()) == " ".join(
        f"""$ mlopsgen build
        error[{rule.code}]: {finding.message}
          --> {at.file}:{at.line}:{at.column}
          = why: {finding.why}
          = help: {finding.fix}""".split()
    )
