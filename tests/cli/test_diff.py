"""`mlopsgen diff` with real repositories: what it takes, what it prints, how it ends."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import checkout, main
from tests.diff import SMALL

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git to test with")

OLD, NEW = "scale: {max: 3}", "scale: {max: 4}"
SENTENCE = "fraud: max replicas 3 -> 4"
AUTHOR = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(*arguments, folder="."):
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **AUTHOR},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def run(*arguments, code=0):
    done = CliRunner().invoke(main, ["diff", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit of a platform, and a change that isn't committed."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    git("init", "-q", "-b", "main")
    commit(SMALL)
    edit(OLD, NEW)
    return folder


def commit(text, message="a change"):
    Path("platform.yaml").write_text(text, "utf-8")
    git("add", "-A")
    git("commit", "-q", "-m", message)


def edit(old, new, file="platform.yaml"):
    text = Path(file).read_text("utf-8")
    assert text.count(old) == 1
    Path(file).write_text(text.replace(old, new), "utf-8")


@pytest.mark.usefixtures("repository")
def test_what_is_not_committed_is_compared_with_head():
    done = run()

    assert done.stdout.startswith("HEAD (")
    assert f"  {SENTENCE}  (platform.yaml:13)" in done.stdout
    assert "+    maxReplicas: 4" in done.stdout
    assert done.stderr == ""


@pytest.mark.usefixtures("repository")
def test_a_branch_is_compared_with_where_it_left_the_default_branch():
    git("checkout", "-q", "-b", "mine")
    commit(SMALL.replace(OLD, NEW))
    git("checkout", "-q", "main")
    commit(SMALL.replace("general: {kind: managed", "general: {disk: 99Gi, kind: managed"))
    git("checkout", "-q", "mine")

    done = run()

    assert "where HEAD left main" in done.stdout
    assert SENTENCE in done.stdout
    assert "disk" not in done.stdout
    assert "disk" in run("--against", "main").stdout
    assert "disk" not in run("--against", "main...").stdout


@pytest.mark.usefixtures("repository")
def test_a_detached_head_is_one_too():
    git("checkout", "-q", "--detach")

    assert SENTENCE in run().stdout


@pytest.mark.usefixtures("repository")
def test_exit_codes():
    assert run("--exit-code", code=1).stdout == run().stdout
    run("--detailed-exitcode", code=2)
    run("--detailed-exitcode", "--against", "nowhere", code=1)
    run("--against", "nowhere", code=2)
    run("--detailed-exitcode", "--no-such-option", code=1)
    run("--no-such-option", code=2)
    run("--exit-code", "--detailed-exitcode", code=1)
    edit(NEW, OLD)
    run("--exit-code")
    run("--detailed-exitcode")
    edit("name: acme", "nam: acme")
    run(code=1)
    run("--detailed-exitcode", code=1)


@pytest.mark.usefixtures("repository")
def test_json_has_everything():
    told = json.loads(run("--format", "json").stdout)

    assert told["version"] == 1
    assert told["different"] is True
    [dev, prod] = told["environments"]
    assert dev["summary"][0]["sentence"] == prod["summary"][0]["sentence"] == SENTENCE
    assert dev["objects"][0]["fields"] == [
        {"path": "spec.predictor.maxReplicas", "before": 3, "after": 4}
    ]


@pytest.mark.usefixtures("repository")
def test_a_revision_that_is_not_there_is_named_with_what_to_do():
    done = run("--against", "feature/x", code=2)

    assert "there is no revision `feature/x`" in done.stderr
    assert "git fetch origin feature/x" in done.stderr


@pytest.mark.parametrize("name", ["--help", "-x", "--output=x", "HEAD:platform.yaml"])
@pytest.mark.usefixtures("repository")
def test_no_revision_is_an_option_of_git(name):
    assert "there is no revision" in run(f"--against={name}", code=2).stderr


def test_a_shallow_clone_says_how_to_deepen_it(repository, tmp_path, monkeypatch):
    commit(SMALL.replace(OLD, NEW))
    git("clone", "-q", "--depth", "1", repository.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")

    assert "no differences" in run().stdout
    assert "fetch-depth: 0" in run("--against", "HEAD~1", code=2).stderr


def test_a_worktree_and_a_submodule_are_repositories(repository, tmp_path, monkeypatch):
    git("checkout", "-q", "platform.yaml")
    git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    monkeypatch.chdir(tmp_path / "tree")
    edit(OLD, NEW)
    assert SENTENCE in run().stdout

    outer = tmp_path / "outer"
    outer.mkdir()
    git("init", "-q", folder=outer)
    allow = ("-c", "protocol.file.allow=always")
    git(*allow, "submodule", "add", "-q", str(repository), "inner", folder=outer)
    monkeypatch.chdir(outer / "inner")
    edit(OLD, NEW)
    assert SENTENCE in run("--against", "HEAD").stdout


def test_a_platform_below_the_root_with_all_it_is_made_of(repository, monkeypatch):
    below = repository / "teams" / "ä b"
    (below / "parts").mkdir(parents=True)
    monkeypatch.chdir(below)
    models = SMALL[SMALL.index("models:") : SMALL.index("environments:")]
    Path("parts/models.yaml").write_text(models, "utf-8")
    commit(SMALL.replace(models, "").replace("name: acme", "name: acme\ninclude: [parts/*.yaml]"))
    edit(OLD, NEW, "parts/models.yaml")

    assert f"{SENTENCE}  (parts/models.yaml:3)" in run().stdout
    monkeypatch.chdir(repository)
    done = run("teams/ä b/platform.yaml", "--out", "teams/ä b/generated")
    assert f"{SENTENCE}  (teams/ä b/parts/models.yaml:3)" in done.stdout


def test_linked_files_are_followed_inside_the_folder(repository):
    models = SMALL[SMALL.index("models:") : SMALL.index("environments:")]
    (repository / "real").mkdir()
    Path("real/models.yaml").write_text(models, "utf-8")
    Path("parts").symlink_to("real")
    commit(SMALL.replace(models, "").replace("name: acme", "name: acme\ninclude: [parts/*.yaml]"))
    edit(OLD, NEW, "real/models.yaml")

    assert SENTENCE in run().stdout


@pytest.mark.usefixtures("repository")
def test_a_link_out_of_the_folder_reads_nothing():
    Path("platform.yaml").unlink()
    Path("platform.yaml").symlink_to("/etc/hostname")
    git("add", "-A")
    git("commit", "-q", "-m", "linked")
    Path("platform.yaml").unlink()
    Path("platform.yaml").write_text(SMALL, "utf-8")

    done = run("--against", "HEAD", code=1)

    assert "leads outside the project folder" in done.stderr


def test_nothing_that_the_repository_configures_is_run(repository):
    ran = repository / "ran"
    script = repository / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n", "utf-8")
    script.chmod(0o755)
    Path(".gitattributes").write_text("*.yaml filter=evil diff=evil export-subst\n", "utf-8")
    for name in ("filter.evil.smudge", "diff.evil.textconv", "core.fsmonitor", "core.pager",
                 "core.sshCommand", "diff.external", "core.editor"):  # fmt: skip
        git("config", name, str(script))
    hooks = repository / ".git" / "hooks"
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        shutil.copy(script, hooks / hook)

    assert SENTENCE in run().stdout
    assert not ran.exists()


@pytest.mark.usefixtures("repository")
def test_the_variables_of_a_hook_lead_nowhere_else(tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    git("init", "-q", folder=other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")

    assert SENTENCE in run().stdout


def test_without_git_a_folder_can_still_be_compared(repository, tmp_path, monkeypatch):
    shutil.copytree(repository, tmp_path / "copy")
    edit(NEW, "scale: {max: 5}")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "there is no `git` on PATH" in run(code=2).stderr
    assert "max replicas 4 -> 5" in run("--against", tmp_path / "copy").stdout


def test_outside_of_a_repository_it_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    Path("platform.yaml").write_text(SMALL, "utf-8")

    said = run(code=2).stderr

    assert "is in no git repository that can be read" in said
    assert "commit platform.yaml, or write `--against FOLDER`" in said
    assert (
        "there is no folder `nope`, and `.` is in no git" in run("--against", "nope", code=2).stderr
    )


def test_before_the_first_commit_there_is_nothing_to_compare_with(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    Path("platform.yaml").write_text(SMALL, "utf-8")

    assert "nothing is committed here yet; commit platform.yaml, or write" in run(code=2).stderr


@pytest.mark.usefixtures("repository")
def test_a_revision_in_the_place_of_the_platform_is_shown_the_way():
    assert "write `--against HEAD`\n" in run("HEAD", code=2).stderr
    assert "there is no file `HEAD~7`" in run("HEAD~7", code=1).stderr


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["HEAD~7", "main^", "main@{9}", "0123456789ab"])
def test_what_is_no_branch_is_not_to_be_fetched_as_one(name):
    said = run("--against", name, code=2).stderr

    assert said == f"Error: there is no revision `{name}` in this clone, and no such folder\n"


@pytest.mark.usefixtures("repository")
def test_what_is_wrong_in_one_environment_is_told_at_its_overlay():
    text = Path("platform.yaml").read_text("utf-8")
    assert text.endswith("  prod: {}\n")
    added = "  prod: {models: {fraud: {scale: {min: 9, max: 8}}}}\n"
    Path("platform.yaml").write_text(text.removesuffix("  prod: {}\n") + added, "utf-8")

    said = run(code=1).stderr

    line = len(text.splitlines())
    assert f"--> platform.yaml:{line}:" in said
    assert said.count("error[") == 1


@pytest.mark.usefixtures("repository")
def test_of_a_folder_that_no_build_wrote_nothing_is_read(tmp_path):
    for folder in ("home/.ssh", "home/dev"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "secret").write_text("s")
    (tmp_path / "home" / "link").symlink_to(tmp_path / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkout, "_files", lambda folder: pytest.fail(f"{folder} was read"))
        done = run("--against", tmp_path / "home", code=2)

    assert "holds neither a platform.yaml nor what a build wrote" in done.stderr


@pytest.mark.usefixtures("repository")
def test_the_output_of_a_build_is_compared_object_by_object(tmp_path):
    edit(NEW, OLD)
    CliRunner().invoke(main, ["build", "--out", str(tmp_path / "built")])
    assert "no differences" in run("--against", tmp_path / "built").stdout
    edit(OLD, NEW)

    done = run("--against", tmp_path / "built")

    assert "spec.predictor.maxReplicas: 3 -> 4" in done.stdout
    assert SENTENCE not in done.stdout
    one = run("--against", tmp_path / "built" / "dev", "--env", "dev")
    assert "spec.predictor.maxReplicas: 3 -> 4" in one.stdout
    assert "prod" not in one.stdout.splitlines()[-1]


def test_a_folder_with_nothing_in_it_is_refused(repository):
    (repository / "empty").mkdir()

    assert "holds neither a platform.yaml" in run("--against", "empty", code=2).stderr


@pytest.mark.usefixtures("repository")
def test_output_that_is_spoiled_is_compared_as_text(tmp_path):
    CliRunner().invoke(main, ["build", "--out", str(tmp_path / "built")])
    spoiled = tmp_path / "built/dev/apps/models-mlops/inferenceservice-fraud.yaml"
    spoiled.write_bytes(b"\xff: [")
    variables = tmp_path / "built/dev/terraform/platform.tfvars.json"
    variables.write_text("[" * 100_000, "utf-8")

    run("--against", tmp_path / "built")


@pytest.mark.usefixtures("repository")
def test_a_base_that_does_not_compile_is_told_and_its_output_is_compared():
    edit(NEW, OLD)
    CliRunner().invoke(main, ["build"])
    commit(SMALL.replace("family: tabular, scale", "famly: tabular, scale"))
    Path("platform.yaml").write_text(SMALL.replace(OLD, NEW), "utf-8")

    done = run("--against", "HEAD")

    assert "HEAD (" in done.stderr
    assert "famly" in done.stderr
    assert "what lies in its generated/ is compared instead" in " ".join(done.stdout.split())
    assert "spec.predictor.maxReplicas: 3 -> 4" in done.stdout


@pytest.mark.usefixtures("repository")
def test_a_base_without_output_that_does_not_compile_is_an_error():
    commit("nonsense: true\n")
    Path("platform.yaml").write_text(SMALL, "utf-8")

    done = run("--against", "HEAD", code=1)

    assert "holds no output of a build" in done.stderr


@pytest.mark.usefixtures("repository")
def test_a_platform_that_is_new_is_all_new():
    git("rm", "-q", "-f", "platform.yaml")
    git("commit", "-q", "-m", "gone")
    Path("platform.yaml").write_text(SMALL, "utf-8")

    done = run("--against", "HEAD", "--lines", "0")

    assert "everything is new" in done.stdout
    assert "dev: new:" in done.stdout


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("to", ["acme.yaml", "teams/search/platform.yaml"])
def test_a_platform_that_was_renamed_is_followed(to):
    Path(to).parent.mkdir(parents=True, exist_ok=True)
    Path("platform.yaml").rename(to)

    done = run(to, "--against", "HEAD", "--lines", "0")

    assert f"{to} was platform.yaml in HEAD (" in done.stdout
    assert "new" not in done.stdout
    git("add", "-A")
    git("commit", "-q", "-m", "renamed")
    shutil.copy(to, "other.yaml")
    assert "everything is new" in run("other.yaml", "--against", "HEAD", "--lines", "0").stdout


@pytest.mark.usefixtures("repository")
def test_another_platform_that_went_is_no_rename():
    git("mv", "platform.yaml", "old.yaml")
    Path("old.yaml").write_text(f"{SMALL.splitlines()[0]}\n" + "# another\n" * 200, "utf-8")
    git("add", "-A")
    git("commit", "-q", "-m", "another")
    Path("old.yaml").unlink()
    Path("platform.yaml").write_text(SMALL, "utf-8")

    assert "everything is new" in run("--against", "HEAD", "--lines", "0").stdout


@pytest.mark.usefixtures("repository")
def test_environments_come_and_go():
    edit("  prod: {}", "  stage: {}")

    done = run("--lines", "0")

    assert "stage: new:" in done.stdout
    assert "prod: removed:" in done.stdout
    assert "everything in it is deleted with it" in done.stdout
    assert "`nowhere` isn't an environment" in run("--env", "nowhere", code=1).stderr
    assert run("--env", "dev", "--lines", "0").stdout.count("dev") == 2


@pytest.mark.usefixtures("repository")
def test_an_empty_variable_of_ci_is_no_revision():
    assert "--against is empty" in run("--against=", code=2).stderr


@pytest.mark.usefixtures("repository")
def test_lines_of_text_are_limited():
    assert "+++ dev/" not in run("--lines", "0").stdout
    assert "more lines; `--lines` shows more" in run("--lines", "3").stdout
    assert "--max-size shortens markdown only" in run("--max-size", "5000", code=2).stderr


@pytest.mark.usefixtures("repository")
def test_color_is_for_terminals():
    assert "\x1b" not in run().stdout
    assert "\x1b[32m+    maxReplicas: 4" in run("--color", "always").stdout
