import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

CLEAN = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
namespaces: {mlops: {}}
"""
WRONG = CLEAN + "modles: {}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text(CLEAN, encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_build_writes_a_tree_and_says_so_in_one_line(project):
    done = run("build")

    assert done.exit_code == 0
    [line] = done.stdout.splitlines()
    assert line.startswith("generated: ")
    assert done.stderr == ""
    assert (project / "generated/default/manifest.json").is_file()


def test_a_second_build_changes_nothing(project):
    run("build")
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}

    done = run("build")

    assert "(0 new, 0 changed, 0 deleted)" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before


def test_validate_writes_nothing(project):
    done = run("validate")

    assert done.exit_code == 0
    assert [path.name for path in project.iterdir()] == ["platform.yaml"]


def test_an_error_exits_with_1_and_writes_nothing(project):
    Path("platform.yaml").write_text(WRONG, encoding="utf-8")

    done = run("build")

    assert done.exit_code == 1
    assert "platform.yaml:5:1" in done.stderr
    assert "`models`" in done.stderr
    assert not (project / "generated").exists()


def test_check_names_what_is_stale_and_writes_nothing(project):
    run("build")
    text = CLEAN.replace("mlops: {}", "mlops: {quota: {pods: 9}}")
    Path("platform.yaml").write_text(text, encoding="utf-8")
    (project / "generated/default/apps/network/networkpolicy-mlops.default-deny.yaml").unlink()

    done = run("build", "--check")

    assert done.exit_code == 1
    assert "missing: generated/default/apps/network/networkpolicy-mlops.default-deny.yaml" in (
        done.stderr
    )
    assert "new: generated/default/apps/namespaces/resourcequota-mlops" in done.stderr
    assert run("build", "--check").exit_code == 1


@pytest.mark.usefixtures("project")
def test_a_check_without_a_manifest_says_how_to_go_on(project):
    run("build")
    next(project.rglob("manifest.json")).unlink()
    file = next(each for each in project.glob("generated/*/**/*.yaml"))
    file.write_text("edited", encoding="utf-8")

    done = run("build", "--check")

    assert done.exit_code == 1
    assert f"unlisted: {file.relative_to(project)}\n" in done.stderr
    assert "  = help: restore each manifest.json that is missing" in done.stderr


def test_check_of_a_fresh_tree_exits_with_0():
    run("build")

    done = run("build", "--check")

    assert done.exit_code == 0
    assert done.stderr == ""


def test_a_hand_edited_file_is_refused_and_overwritten_with_force(project):
    run("build")
    edited = project / "generated/default/apps/namespaces/namespace-mlops.yaml"
    before = edited.read_text(encoding="utf-8")
    edited.write_text("mine\n", encoding="utf-8")

    refused = run("build")
    kept = edited.read_text(encoding="utf-8")
    forced = run("build", "--force")

    assert refused.exit_code == 1
    assert "namespace-mlops.yaml" in refused.stderr
    assert kept == "mine\n"
    assert forced.exit_code == 0
    assert edited.read_text(encoding="utf-8") == before


@pytest.mark.usefixtures("project")
def test_machine_formats_have_standard_output_to_themselves():
    Path("platform.yaml").write_text(WRONG, encoding="utf-8")

    done = run("validate", "--format", "json")

    assert done.stderr == ""
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["file"], finding["line"], finding["column"]) == ("platform.yaml", 5, 1)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("form", ["json", "github", "sarif", "junit"])
def test_every_format_gives_the_same_verdict(form):
    assert run("validate", "--format", form).exit_code == 0
    Path("platform.yaml").write_text(WRONG, encoding="utf-8")
    assert run("validate", "--format", form).exit_code == 1


@pytest.mark.usefixtures("project")
def test_an_unknown_environment_is_refused_with_those_there_are():
    none = run("build", "--env", "prdo")
    text = CLEAN + "environments: {dev: {}, prod: {}}\n"
    Path("platform.yaml").write_text(text, encoding="utf-8")
    near = run("build", "--env", "prdo")

    assert (none.exit_code, near.exit_code) == (1, 1)
    assert "leave `--env` out" in none.stderr
    assert "platform.yaml:5:1" in near.stderr
    assert "it has `dev`, `prod`" in near.stderr
    assert "write `--env prod`" in near.stderr


def test_one_environment_leaves_the_others_alone(project):
    text = CLEAN + "environments: {dev: {}, prod: {}}\n"
    Path("platform.yaml").write_text(text, encoding="utf-8")
    run("build")
    untouched = (project / "generated/prod/manifest.json").stat().st_mtime_ns
    Path("platform.yaml").write_text(text.replace("mlops: {}", "ml: {}"), encoding="utf-8")

    done = run("build", "--env", "dev")

    assert done.exit_code == 0
    assert (project / "generated/prod/manifest.json").stat().st_mtime_ns == untouched
    assert (project / "generated/dev/apps/namespaces/namespace-ml.yaml").is_file()


def test_an_environment_that_is_gone_is_pruned(project):
    text = CLEAN + "environments: {dev: {}, prod: {}}\n"
    Path("platform.yaml").write_text(text, encoding="utf-8")
    run("build")
    Path("platform.yaml").write_text(text.replace(", prod: {}", ""), encoding="utf-8")

    run("build")

    assert not (project / "generated/prod").exists()


@pytest.mark.usefixtures("project")
def test_a_missing_platform_is_a_finding():
    done = run("build", "absent.yaml")

    assert done.exit_code == 1
    assert "absent.yaml" in done.stderr


@pytest.mark.usefixtures("project")
def test_color_is_never_written_where_it_is_not_wanted():
    Path("platform.yaml").write_text(WRONG, encoding="utf-8")

    assert "\x1b[" in run("validate", "--color", "always").stderr
    assert "\x1b[" not in run("validate", "--color", "never").stderr
    assert "\x1b[" not in run("validate").stderr


def test_explain_prints_the_page_of_a_rule():
    done = run("explain", "load001")

    assert done.exit_code == 0
    assert done.stdout == (ROOT / "docs/rules/LOAD001.md").read_text(encoding="utf-8")


def test_explain_lists_every_rule():
    done = run("explain")

    assert {line.split()[0] for line in done.stdout.splitlines()} == {
        path.stem for path in (ROOT / "docs/rules").glob("*.md")
    }


def test_explain_lists_a_family():
    listed = [line.split()[0] for line in run("explain", "write").stdout.splitlines()]

    assert listed == [f"WRITE00{number}" for number in range(1, 7)]


def test_a_check_of_the_schema_needs_a_file():
    done = run("schema", "--check")

    assert done.exit_code == 2
    assert "--out" in done.stderr


def test_explain_suggests_the_nearest_code():
    done = run("explain", "LOAD01")

    assert done.exit_code == 2
    assert "did you mean LOAD001?" in done.stderr


def test_the_schema_in_the_repository_is_fresh():
    committed = (ROOT / "schemas/platform.schema.json").read_text(encoding="utf-8")

    assert run("schema").stdout == committed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_command(shell):
    done = run("completion", shell)

    assert done.exit_code == 0
    assert "_MLOPSGEN_COMPLETE" in done.stdout


@pytest.mark.parametrize("command", [[], ["build"], ["validate"], ["schema"], ["explain"]])
def test_help_has_examples(command):
    done = run(*command, "--help")

    assert done.exit_code == 0
    assert "Examples:\n    mlopsgen " in done.stdout


def test_no_permission_to_write_is_an_error_without_a_traceback(project):
    (project / "file").write_text("", encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "mlopsgen", "build", "--out", "file/generated"],
        cwd=project,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "file" in done.stderr
