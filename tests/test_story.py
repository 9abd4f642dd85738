"""A platform from its first file to its release: the commands one after another, as people type.

Every step is a process of its own in a repository of git, so that nothing passes from one to the
next but files, and what is printed and returned is what a shell and CI see.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build import ROOT
from tests.overview import browser

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git to test with")

OWN = {
    "PYTHONPATH": str(ROOT / "src"),
    "GIT_AUTHOR_NAME": "acme",
    "GIT_AUTHOR_EMAIL": "acme@example.com",
    "GIT_COMMITTER_NAME": "acme",
    "GIT_COMMITTER_EMAIL": "acme@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
LEADING_ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "NO_COLOR", "MLOPSGEN_PLATFORM")
CHURN, FRAUD = (f"apps/models-mlops/inferenceservice-{name}.yaml" for name in ("churn", "fraud"))
DECIDED = {"nodePools.general.min", "nodePools.general.max"}
"""What the first platform has otherwise in prod than in dev."""

SECOND_MODEL = """\
  fraud:
    runtime: sklearn
    source: s3://acme-models/fraud/1
    resources: {cpu: 500m, memory: 1Gi}

# What differs"""


def ran(*command, code=0):
    """Run *command* and return what it printed, after a look at how it ended."""
    kept = {name: text for name, text in os.environ.items() if name not in LEADING_ELSEWHERE}
    done = subprocess.run(command, env=kept | OWN, capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def mlopsgen(*arguments, code=0):
    done = ran(sys.executable, "-m", "mlopsgen", *arguments, code=code)
    assert "Traceback" not in done.stderr
    return done


def commit(title):
    ran("git", "add", "--all")
    ran("git", "commit", "--quiet", "--message", title)


def edit(old, new):
    platform = Path("platform.yaml")
    text = platform.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    platform.write_text(text.replace(old, new), encoding="utf-8")


def differing(listed):
    """Return the files of each word that `build --check` has for them."""
    found = {}
    for line in listed.splitlines():
        word, colon, file = line.partition(": ")
        assert colon, listed
        found.setdefault(word, set()).add(file)
    return found


def test_from_the_first_file_to_a_release(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran("git", "init", "--quiet", "--initial-branch", "main", "ml platform")
    monkeypatch.chdir("ml platform")

    _start()
    _review_one_number()
    _find_out_what_is_stale()
    _release()
    _show_it_to_somebody()


def _start():
    """init -> validate -> build -> commit."""
    created = mlopsgen("init", "--name", "acme").stdout
    assert "created: platform.yaml\n" in created

    assert re.fullmatch(r"\d+ files: no findings\n", mlopsgen("validate").stdout)

    built = mlopsgen("build").stdout
    files = sum(path.is_file() for path in Path("generated").rglob("*"))
    assert built == f"generated: {files} files for dev, prod ({files} new, 0 changed, 0 deleted)\n"
    assert mlopsgen("fmt", "--check").stderr == ""
    commit("A first platform")
    assert ran("git", "status", "--porcelain").stdout == ""


def _review_one_number():
    """A change of one replica count is one value and one object of each environment."""
    edit("scale: {min: 2, max: 4}", "scale: {min: 2, max: 5}")

    said = mlopsgen("diff", "--exit-code", code=1).stdout
    told = json.loads(mlopsgen("diff", "--format", "json").stdout)

    assert "  churn: max replicas 4 -> 5  (platform.yaml:30)\n" in said
    assert [one["name"] for one in told["environments"]] == ["dev", "prod"]
    for one in told["environments"]:
        assert [each["sentence"] for each in one["summary"]] == ["churn: max replicas 4 -> 5"]
        assert one["risks"] == []
        assert one["files"] == []
        assert [each["file"] for each in one["objects"]] == [f"{one['name']}/{CHURN}"]
    changed = re.findall(r"^\+\+\+ (.+)$", said, re.MULTILINE)
    assert changed == [f"dev/{CHURN}", f"prod/{CHURN}"]


def _find_out_what_is_stale():
    """`build --check` names what isn't as platform.yaml says, whoever made it so; then a build."""
    edit("\n# What differs", SECOND_MODEL)
    Path("generated/dev/helm/argocd.yaml").unlink()
    edited = Path("generated/dev/helm/kserve.yaml")
    edited.write_text(edited.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")

    listed = differing(mlopsgen("build", "--check", code=1).stderr)

    assert listed["missing"] == {"generated/dev/helm/argocd.yaml"}
    assert listed["edited"] == {"generated/dev/helm/kserve.yaml"}
    for environment in ("dev", "prod"):
        assert f"generated/{environment}/{FRAUD}" in listed["new"]
        assert f"generated/{environment}/{CHURN}" in listed["stale"]
    assert listed.keys() == {"new", "missing", "edited", "stale"}

    refused = mlopsgen("build", code=1)
    assert "`generated/dev/helm/kserve.yaml` has been edited" in refused.stderr
    mlopsgen("build", "--force")
    mlopsgen("build", "--check")
    assert "by hand" not in edited.read_text(encoding="utf-8")
    commit("More of churn, and a second model")


def _release():
    """A version that dev tries goes to prod; after that they differ in what is decided there."""
    tried = "s3://acme-models/churn/2"
    edit("  dev: {}", f"  dev: {{models: {{churn: {{source: {tried}}}}}}}")
    mlopsgen("build")
    commit("Try a version in dev")
    assert _parity() == {"models.churn.source", *DECIDED}

    released = mlopsgen("promote", "churn", "--from", "dev", "--to", "prod").stdout
    assert f"models.churn.source: s3://acme-models/churn/1 -> {tried}" in released

    assert mlopsgen("fmt").stdout == "0 files changed, 1 as they were\n"
    said = mlopsgen("diff").stdout
    assert "dev: unchanged\n" in said
    assert f"churn: source s3://acme-models/churn/1 -> {tried}  (platform.yaml:" in said
    mlopsgen("build")
    assert tried in Path(f"generated/prod/{CHURN}").read_text(encoding="utf-8")
    assert _parity() == DECIDED


def _parity():
    """Return the keys whose values differ between the environments."""
    said = mlopsgen("show", "--parity", "--format", "json").stdout
    return {each["path"] for each in json.loads(said)["differences"]}


def _show_it_to_somebody():
    """The report opens in a browser without a message, where there is one."""
    said = mlopsgen("report").stdout
    assert re.fullmatch(r"report\.html: dev, prod \(\d+ KiB\)\n", said)

    if None not in browser.FOUND.values():
        with browser.started() as found:
            browser.opened(found, Path("report.html").resolve())
            assert found.title == "acme: dev, prod"
            assert found.get_log("browser") == []
