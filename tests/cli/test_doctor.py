"""`mlopsgen doctor`: with programs that stand in for others, and with those that are here."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.tools import TOOLS, UnreadableError, dotted, environments, version
from tests.build import ROOT

SAYS = {
    "promtool": "promtool, version 2.42.0+ds (branch: debian/sid)",
    "kubectl": "Client Version: v1.33.1\nKustomize Version: v5.6.0",
    "kubeconform": "v0.7.0",
    "helm": "v3.19.0+g3d8990f",
    "terraform": "Terraform v1.13.5\non linux_amd64",
    "aws": "aws-cli/2.17.0 Python/3.11.8 Linux/6.1",
    "trivy": "Version: 0.69.3",
    "checkov": "3.3.30",
}
"""What each says of itself, as it does."""

PROGRAM = """\
#!/bin/sh
printf '%s\\n' "$*" >> "{log}/{name}"
case "$*" in
  "{asked}") /bin/cat "{log}/{name}.version"; exit 0;;
esac
{does}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a folder with our own output in it."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "generated", folder / "generated")
    shutil.copytree(ROOT / "infrastructure", folder / "infrastructure")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Return what puts a program on an otherwise empty PATH."""
    folder, log = tmp_path / "bin", tmp_path / "log"
    folder.mkdir()
    log.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(name, does="exit 0", says=None):
        asked = next(" ".join(tool.asked) for tool in TOOLS if tool.name == name)
        (log / f"{name}.version").write_text((says or SAYS[name]) + "\n", encoding="utf-8")
        text = PROGRAM.format(log=log, name=name, asked=asked, does=does)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
        return lambda: (log / name).read_text(encoding="utf-8").splitlines()[1:]

    return install


def _run(*arguments):
    return CliRunner().invoke(main, ["doctor", *arguments])


def _found(done):
    return {each["name"]: each for each in json.loads(done.stdout)["tools"]}


@pytest.mark.usefixtures("programs")
def test_without_any_tool_a_build_still_works_and_each_is_named():
    done = _run()

    assert done.exit_code == 0
    for tool in TOOLS:
        assert f"{tool.name} is missing: {tool.purpose}" in done.stdout
        assert tool.url in done.stdout


@pytest.mark.parametrize("name", SAYS)
def test_each_tool_is_known_by_what_it_says_of_itself(programs, name):
    programs(name)

    done = _run("--tool", name, "--format", "json")

    assert done.exit_code == 0, done.output
    found = _found(done)[name]
    assert found["state"] == "present"
    assert found["version"] == dotted(version(SAYS[name]))
    assert Path(found["path"]).is_absolute()


@pytest.mark.parametrize(
    ("name", "says", "state"),
    [
        ("helm", "v3.7.2+g663a896", "too old"),
        ("helm", "v4.2.0", "present"),
        ("aws", "aws-cli/1.23.9 Python/3.9", "too old"),
        ("aws", "aws-cli/1.45.11 Python/3.11", "present"),
        ("aws", "aws-cli/2.4.6 Python/3.8", "too old"),
        ("aws", "aws-cli/2.7.10 Python/3.9", "present"),
        ("kubeconform", "development", "broken"),
        ("kubeconform", "\x1b[2J\x00\xff", "broken"),
        ("terraform", "Terraform v1.9.8", "too old"),
    ],
)
def test_one_that_will_not_do_is_told_apart(programs, name, says, state):
    programs(name, says=says)

    done = _run("--tool", name, "--format", "json")

    assert _found(done)[name]["state"] == state
    assert done.exit_code == (0 if state == "present" else 2)


def test_the_oldest_that_will_do_is_what_others_say():
    minimum = {tool.name: tool.minimum for tool in TOOLS}
    versions = (ROOT / "infrastructure/terraform/modules/platform/versions.tf").read_text("utf-8")
    cluster = yaml.safe_load((ROOT / "platform.yaml").read_text("utf-8"))["cluster"]["version"]

    assert f'required_version = ">= {dotted(minimum["terraform"])}"' in versions
    assert minimum["kubectl"] == (1, int(cluster.partition(".")[2]) - 1)


def test_a_tool_in_a_folder_of_the_project_is_not_started(project, monkeypatch):
    (project / "helm").write_text("#!/bin/sh\necho v3.19.0; touch started\n", encoding="utf-8")
    (project / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", ":.::bin")

    done = _run("--tool", "helm")

    assert done.exit_code == 2
    assert not (project / "started").exists()


@pytest.mark.parametrize("content", [b"\x7fELF", b"", b"#!/nonexistent\n"])
def test_a_file_that_does_not_run_is_broken(programs, tmp_path, content):
    programs("helm")
    (tmp_path / "bin/helm").write_bytes(content)

    done = _run("--tool", "helm")

    assert done.exit_code == 2
    assert "helm is broken: " in done.stdout
    assert "Traceback" not in done.output


@pytest.mark.parametrize("path", ["", "relative", "/nonexistent", "/dev/null"])
def test_any_path_is_read(monkeypatch, path):
    monkeypatch.setenv("PATH", path)

    assert _run().exit_code == 0


@pytest.mark.usefixtures("project")
def test_every_tool_that_is_here_is_asked(programs):
    asked = {name: programs(name) for name in SAYS}

    done = _run("--run", "--online", "--format", "json")

    assert done.exit_code == 0, done.output
    checks = json.loads(done.stdout)["checks"]
    assert {each["state"] for each in checks} == {"passed"}
    assert {each["tool"] for each in checks} == SAYS.keys() - {"aws"}
    assert asked["aws"]() == []
    assert len(asked["promtool"]()) == 4
    assert "-kubernetes-version 1.33.0" in asked["kubeconform"]()[0]
    assert "validate -no-color" in asked["terraform"]()[-1]


def test_every_chart_is_pulled_at_its_version_and_rendered_with_its_values(project, programs):
    asked = programs("helm")

    _run("--run", "--online", "--tool", "helm")

    pulls = [line for line in asked() if line.startswith("pull ")]
    templates = [line for line in asked() if line.startswith("template ")]
    assert len(pulls) == len(templates) == 30
    assert any(
        line.startswith("pull oci://ghcr.io/kserve/charts/kserve --version v0.16.0 --untar")
        for line in pulls
    )
    assert any(
        line.startswith("pull argo-cd --repo https://argoproj.github.io/argo-helm --version 7.9.0")
        for line in pulls
    )
    rendered = {word for line in templates for word in line.split() if "/helm/" in word}
    assert rendered == {
        str(path.relative_to(project)) for path in project.glob("generated/*/helm/*.yaml")
    }
    assert all("--api-versions monitoring.coreos.com/v1 " in line for line in templates)


@pytest.mark.usefixtures("project")
def test_what_fetches_is_left_out_until_it_is_asked_for(programs):
    asked = programs("helm")

    done = _run("--run", "--tool", "helm")

    assert done.exit_code == 2
    assert "left out: helm: 30 checks, it fetches something: add --online" in done.stdout
    assert asked() == []


@pytest.mark.usefixtures("project")
def test_what_a_tool_finds_is_shown_and_told_by_the_exit_code(programs):
    programs("promtool", 'case "$1" in test) echo "FAILED: \x1b[31mlate"; exit 1;; esac')
    programs("kubectl")

    done = _run("--run")

    assert done.exit_code == 1
    assert "failed: promtool: dev: tests of alerts\n  | FAILED: \\x1b[31mlate\n" in done.stdout
    assert "passed: promtool: dev: rules of alerts\n" in done.stdout
    assert "passed: kubectl: prod: objects can be read\n" in done.stdout


@pytest.mark.usefixtures("project")
def test_a_registry_that_does_not_answer_is_not_the_platforms_fault(programs):
    programs("helm", 'case "$1" in pull) echo "no such host" >&2; exit 1;; esac')

    done = _run("--run", "--online", "--tool", "helm")

    assert done.exit_code == 3
    assert "couldn't fetch: helm: dev: argocd: " in done.stdout


@pytest.mark.usefixtures("project")
def test_values_that_a_chart_refuses_are(programs):
    programs(
        "helm", 'case "$1 $2" in "template mlflow") echo "values do not fit" >&2; exit 1;; esac'
    )

    done = _run("--run", "--online", "--tool", "helm")

    assert done.exit_code == 1
    assert "failed: helm: prod: mlflow: mlflow 1.8.1 renders with its values" in done.stdout


@pytest.mark.usefixtures("project")
def test_a_tool_that_never_ends_is_ended(programs):
    programs("kubectl", "exec /bin/sleep 600")

    done = _run("--run", "--tool", "kubectl", "--deadline", "0.3")

    assert done.exit_code == 2
    assert "took too long: kubectl: dev: " in done.stdout


@pytest.mark.usefixtures("project")
def test_of_a_tool_that_says_too_much_the_end_is_kept(programs):
    programs("kubectl", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1")

    done = _run("--run", "--tool", "kubectl")

    assert done.exit_code == 1
    assert "  | line 19999\n" in done.stdout
    assert len(done.stdout.splitlines()) < 100


def test_nothing_in_the_project_is_changed(project, programs):
    programs(
        "terraform", 'case "$*" in *init*) echo lock > "${1#-chdir=}/.terraform.lock.hcl";; esac'
    )
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    done = _run("--run", "--online", "--tool", "terraform")

    assert done.exit_code == 0, done.output
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_with_nothing_to_check_it_says_what_writes_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = _run("--run")

    assert done.exit_code == 2
    assert (
        "`generated` has no output of a build to check; `mlopsgen build` writes it" in done.stderr
    )


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("option", ["--out", "--terraform"])
def test_a_folder_that_is_not_there_does_not_pass(option):
    done = _run("--run", option, "nope")

    assert done.exit_code == 2
    assert "`nope`" in done.stderr


@pytest.mark.parametrize("arguments", [("--tool", "hlem"), ("--online",), ("--deadline", "0")])
def test_wrong_usage_is_told(arguments):
    assert _run(*arguments).exit_code == 2


VARIABLES = "generated/dev/terraform/platform.tfvars.json"
APPLICATION = "generated/dev/argocd/application-mlflow.yaml"
RELEASE = {"chart": "a", "repository": "https://b.c", "version": "1", "namespace": "d"}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        (VARIABLES, "{"),
        (VARIABLES, "[]"),
        (VARIABLES, "[" * 100_000),
        (VARIABLES, '{"cluster_version": 1.33}'),
        (VARIABLES, '{"cluster_version": "1.33; rm"}'),
        (VARIABLES, '{"helm_releases": {"a": null}}'),
        (VARIABLES, json.dumps({"helm_releases": {"a": {**RELEASE, "chart": "--post-renderer"}}})),
        (VARIABLES, json.dumps({"helm_releases": {"a": {**RELEASE, "repository": "file:///"}}})),
        (VARIABLES, json.dumps({"helm_releases": {"a": {**RELEASE, "values_files": [1]}}})),
        (VARIABLES, json.dumps({"helm_releases": {"../a": RELEASE}})),
        (APPLICATION, "a: [b"),
        (APPLICATION, "- a"),
        (APPLICATION, "spec: 7"),
        (APPLICATION, "spec: {destination: {namespace: a}, sources: [7]}"),
        (APPLICATION, "spec: {destination: {namespace: a}, sources: [{chart: -x}]}"),
        (APPLICATION, "a: 2024-99-99"),
    ],
)
def test_output_that_somebody_changed_is_named(path, text):
    Path(path).write_text(text, encoding="utf-8")

    done = _run("--run")

    assert done.exit_code == 2, done.output
    assert Path(path).name in done.stderr
    with pytest.raises(UnreadableError):
        environments(Path("generated"))


@pytest.mark.usefixtures("project")
def test_output_that_nobody_may_read_is_not_passed_over(monkeypatch):
    listdir = os.listdir

    def refused(path="."):
        if Path(path).name == "dev":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refused)
    done = _run("--run")

    assert (done.exit_code, done.stderr) == (2, "Error: generated/dev: Permission denied\n")


def test_ours_pass_with_the_tools_that_are_here(tmp_path):
    promtool = ROOT / ".tools/promtool"
    here = [name for name in ("kubectl", "checkov") if shutil.which(name)]
    if promtool.is_file() or shutil.which("promtool"):
        here.append("promtool")
    if not here:
        pytest.skip("neither promtool nor kubectl nor checkov is here")
    given = [word for name in here for word in ("--tool", name)]

    done = subprocess.run(
        [sys.executable, "-m", "mlopsgen", "doctor", "--run", *given],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{promtool.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_charts_that_the_argo_cd_of_a_hub_installs_are_looked_at_too():
    found = {each.name: each for each in environments(ROOT / "tests/golden/hub/generated")}

    prod = {each.name for each in found["prod"].releases}
    assert {"kserve", "kserve-crd", "kyverno"} <= prod
    assert "argocd" not in prod
    assert "argocd" in {each.name for each in found["ops"].releases}
