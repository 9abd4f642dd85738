"""Files that CI reads: the workflow, the action, hooks, the image, the snippets of the page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.cli import main
from tests.build import ROOT

PAGE = ROOT / "docs/how-to/ci.md"
WORKFLOW = ROOT / ".github/workflows/ci.yaml"
ACTION = ROOT / "action.yml"
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
GITHUB, PRE_COMMIT, GITLAB, ARGOCD, SOURCE = SNIPPETS
USES = re.compile(r"^\s*(?:- )?uses: (\S+)(?: # (\S+))?$", re.MULTILINE)
EXPRESSION = re.compile(r"\$\{\{")


def _jobs():
    return yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]


def _schema(name, text, tmp_path):
    file = tmp_path / "file.yaml"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(
        [Path(sys.executable).parent / "check-jsonschema", "--builtin-schema", name, file],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vendor.github-workflows", WORKFLOW.read_text("utf-8")),
        ("vendor.github-workflows", GITHUB),
        ("vendor.github-actions", ACTION.read_text("utf-8")),
        ("vendor.gitlab-ci", GITLAB),
    ],
    ids=["workflow", "workflow of the page", "action", "gitlab"],
)
def test_it_fits_the_schema_of_its_kind(name, text, tmp_path):
    done = _schema(name, text, tmp_path)

    assert done.returncode == 0, done.stdout
    wrong = text.replace("permissions:", "permission:").replace("using:", "use:")
    assert _schema(name, wrong.replace("script:", "scripts:"), tmp_path).returncode == 1


@pytest.mark.parametrize("where", ["repository", "page"])
def test_zizmor_finds_nothing_to_worry_about(where, tmp_path):
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        pytest.skip("zizmor isn't installed")
    for name, text in (
        (".github/workflows/ci.yaml", WORKFLOW.read_text("utf-8") if where != "page" else GITHUB),
        ("action.yml", ACTION.read_text("utf-8")),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        [zizmor, "--offline", "--min-severity=medium", "--format=json", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stdout


@pytest.mark.parametrize("path", [WORKFLOW, ACTION, PAGE], ids=lambda path: path.name)
def test_actions_of_others_are_pinned_by_commit_and_say_which_version(path):
    found = [each for each in USES.findall(path.read_text("utf-8")) if each[0] != "./"]

    assert found
    for name, version in found:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name), name
        assert re.fullmatch(r"v[0-9]+\.[0-9]+\.[0-9]+", version), name


def test_an_action_is_the_same_commit_everywhere():
    versions = {}
    for path in (WORKFLOW, ACTION, PAGE):
        for name, version in USES.findall(path.read_text("utf-8")):
            versions.setdefault(name.partition("@")[0], set()).add((name, version))

    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_the_workflow_has_a_job_for_each_kind_of_file():
    assert _jobs().keys() == {
        "validate-manifests",
        "validate-helm",
        "validate-terraform",
        "security-scan",
        "lint-python",
        "test-python",
    }


@pytest.mark.parametrize("name", _jobs())
def test_a_job_ends_and_may_do_little(name):
    job = _jobs()[name]

    assert job["timeout-minutes"] <= 60
    comment = {"pull-requests": "write"} if name == "validate-manifests" else {}
    assert job["permissions"] == {"contents": "read", **comment}
    [checkout] = [each for each in job["steps"] if "actions/checkout" in each.get("uses", "")]
    assert checkout["with"]["persist-credentials"] is False


def test_no_value_of_a_run_becomes_part_of_a_script_and_no_secret_is_read():
    steps = yaml.safe_load(ACTION.read_text("utf-8"))["runs"]["steps"]
    for job in _jobs().values():
        steps += job["steps"]

    assert [each for each in steps if EXPRESSION.search(each.get("run", ""))] == []
    for path in (WORKFLOW, ACTION, PAGE):
        text = path.read_text("utf-8")
        assert "secrets." not in text
        assert "pull_request_target:" not in text


def test_charts_and_versions_are_stated_in_what_is_generated_alone():
    text = WORKFLOW.read_text("utf-8") + (ROOT / "scripts/install-tools").read_text("utf-8")
    variables = json.loads((ROOT / "generated/dev/terraform/platform.tfvars.json").read_text())

    for release in variables["helm_releases"].values():
        assert release["chart"] not in text
        assert release["version"] not in text


def test_every_tool_that_a_job_names_is_one_it_installs():
    for name, job in _jobs().items():
        runs = "\n".join(each.get("run", "") for each in job["steps"])
        asked = set(re.findall(r"--tool (\w+)", runs))
        fetched = set(" ".join(re.findall(r'install-tools "\$TOOLS" ([\w ]+)', runs)).split())

        assert asked - fetched <= {"checkov"}, name
        assert ("checkov" in asked) == ("checkov.txt" in runs)


def test_what_is_installed_with_checkov_is_locked_with_hashes():
    folder = ROOT / ".github/requirements"
    lines = (folder / "checkov.txt").read_text("utf-8").splitlines()
    pins = [index for index, line in enumerate(lines) if not line.startswith(" ")]

    assert any(lines[index].startswith("checkov==3.") for index in pins)
    assert all("==" in lines[index] and "--hash=sha256:" in lines[index + 1] for index in pins)


def test_the_action_hands_every_input_over():
    data = yaml.safe_load(ACTION.read_text("utf-8"))
    text = ACTION.read_text("utf-8").partition("\nruns:")[2]

    assert {name for name in data["inputs"] if f"inputs.{name}" not in text} == set()
    for name in data["inputs"]:
        assert f"`{name}`" in PAGE.read_text("utf-8")


def test_hooks_are_commands_that_there_are():
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))

    [repository] = yaml.safe_load(PRE_COMMIT)["repos"]
    assert [each["id"] for each in repository["hooks"]] == [each["id"] for each in hooks]
    for hook in hooks:
        program, command = hook["entry"].split()
        assert (program, hook["language"], hook["pass_filenames"]) == ("mlopsgen", "python", False)
        assert command in main.commands
        for path in ("platform.yaml", "teams/search/platform.lock", "teams/a.yml"):
            assert re.search(hook["files"], path)
        assert not re.search(hook["files"], "src/train.py")


def _commands(text):
    """Return the commands of mlopsgen in *text*, up to a pipe or a redirection."""
    return [
        re.split(r" [|>]| +#", line)[0].split()
        for line in re.findall(r"^(?: *- )?mlopsgen (.*)$", text, re.MULTILINE)
    ]


def test_what_the_page_tells_to_type_is_understood(monkeypatch):
    commands = _commands(PAGE.read_text("utf-8"))

    assert len(commands) > 6
    for words in commands:
        command = main.commands[words[0]]
        monkeypatch.setattr(command, "callback", lambda **_: None)
        done = CliRunner().invoke(main, [*words])
        assert done.exit_code == 0, (words, done.output)


def test_the_image_runs_as_a_user_to_whom_nothing_belongs():
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    last = {each[0]: each[1] for each in words if each[0] in {"USER", "WORKDIR", "ENTRYPOINT"}}
    bases = [each[1] for each in words if each[0] == "FROM"]

    assert last["USER"] == "999:999"
    assert all(re.search(r":\d+\.\d+-slim-\w+$", base) for base in bases)
    assert len(set(bases)) == 1
    for each in words:
        if each[0] == "COPY" and not each[1].startswith("--"):
            assert (ROOT / each[1]).exists(), each
            assert "--chown" not in each


def test_the_image_has_what_a_build_needs(tmp_path):
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            _, source, target = line.split()
            copied = tmp_path / target.removeprefix("/opt/mlopsgen/")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, copied)
            else:
                copied.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, copied)

    done = subprocess.run(
        [sys.executable, "-m", "mlopsgen", "build", "--check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_the_sidecar_of_the_page_passes_every_proof(tmp_path, monkeypatch):
    data = yaml.safe_load((ROOT / "platform.yaml").read_text("utf-8"))
    data["components"] |= yaml.safe_load(ARGOCD)["components"]
    (tmp_path / "platform.yaml").write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    shutil.copy(ROOT / "platform.lock", tmp_path)
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(main, ["build", "--env", "dev"])

    assert done.exit_code == 0, done.stderr
    values = yaml.safe_load((tmp_path / "generated/dev/helm/argocd.yaml").read_text("utf-8"))
    [sidecar] = values["repoServer"]["extraContainers"]
    volumes = {each["name"] for each in values["repoServer"]["volumes"]}
    # The other two are those of the chart's own pod.
    mounted = {each["name"] for each in sidecar["volumeMounts"]}
    assert mounted == volumes | {"var-files", "plugins"}


def test_the_plugin_prints_what_the_application_names(tmp_path):
    values = yaml.safe_load(ARGOCD)["components"]["argocd"]["values"]
    generate = values["configs"]["cmp"]["plugins"]["mlopsgen"]["generate"]
    given = {
        f"ARGOCD_ENV_{each['name']}": each["value"]
        for each in yaml.safe_load(SOURCE)["source"]["plugin"]["env"]
    }
    wrapper = tmp_path / "mlopsgen"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mlopsgen "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)

    def run(**more):
        return subprocess.run(
            [*generate["command"], *generate["args"]],
            cwd=ROOT,
            env={**os.environ, **given, **more, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )

    done = run()

    assert done.returncode == 0, done.stderr
    folder = ROOT / "generated/prod/apps/models-mlops"
    assert len(list(yaml.safe_load_all(done.stdout))) == len(list(folder.iterdir()))
    hostile = run(ARGOCD_ENV_APPLICATION='"; touch here; echo "')
    assert (hostile.returncode, hostile.stdout) == (2, "")
