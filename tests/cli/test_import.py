"""`mlopsgen import`: what goes where, and what is never done."""

import errno
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.imports.ground import PLATFORM
from mlopsgen.serialize import to_yaml
from tests.build import ROOT

MODEL = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: iris}
spec:
  predictor:
    canaryTrafficPercent: 10
    model:
      modelFormat: {name: sklearn}
      storageUri: s3://acme-models/iris/
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("models.yaml").write_text(MODEL, encoding="utf-8")
    Path("platform.yaml").write_text(to_yaml([PLATFORM]), encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["import", *arguments])


def test_the_fragment_goes_to_standard_output_and_the_rest_to_the_other():
    done = run("models.yaml")

    assert done.exit_code == 0
    assert done.stdout.startswith("# Imported by")
    assert "  iris:\n    runtime: sklearn\n" in done.stdout
    assert "warning[IMPORT006]" in done.stderr
    assert "models.yaml:6:27: InferenceService `iris`, `spec.predictor.canary" in done.stderr
    assert done.stderr.endswith("1 object read: 1 in namespaces, 1 in models; 1 warning\n")


def test_a_new_file_is_written_and_none_is_overwritten():
    first, second = run("models.yaml", "--out", "new.yaml"), run("models.yaml", "--out", "new.yaml")

    assert (first.exit_code, first.stdout) == (0, "")
    assert "iris:" in Path("new.yaml").read_text(encoding="utf-8")
    assert second.exit_code == 2
    assert "overwrites none" in second.stderr


def test_an_imported_file_is_included_and_validated():
    run("models.yaml", "--into", "platform.yaml", "--out", "imported.yaml")
    included = Path("platform.yaml").read_text(encoding="utf-8") + "include: [imported.yaml]\n"
    Path("platform.yaml").write_text(included, encoding="utf-8")

    assert CliRunner().invoke(main, ["validate"]).exit_code == 0


def test_what_a_platform_has_already_is_told():
    mine = "models: {iris: {runtime: sklearn, source: 's3://other/iris/', namespace: other}}\n"
    text = Path("platform.yaml").read_text(encoding="utf-8") + mine + "namespaces: {other: {}}\n"
    Path("platform.yaml").write_text(text, encoding="utf-8")

    done = run("models.yaml", "--into", "platform.yaml")

    assert done.exit_code == 1
    assert "error[IMPORT005]: platform.yaml has `models.iris` already" in done.stderr
    assert "iris" not in done.stdout


def test_a_platform_that_is_refused_is_not_imported_into():
    Path("platform.yaml").write_text("apiVersion: mlopsgen/v1beta1\n", encoding="utf-8")

    done = run("models.yaml", "--into", "platform.yaml")

    assert done.exit_code == 1
    assert "platform.yaml:1" in done.stderr
    assert done.stdout == ""


def test_an_environment_must_be_declared():
    done = run("models.yaml", "--into", "platform.yaml", "--env", "prod")

    assert done.exit_code == 1
    assert "error[ENV001]" in done.stderr


def test_a_platform_whose_cluster_a_hub_reconciles_is_imported_into():
    platform = str(ROOT / "tests/golden/hub/platform.yaml")

    Path("models.yaml").write_text(MODEL.replace("iris", "rose"), encoding="utf-8")

    done = run("models.yaml", "--into", platform, "--env", "prod", "--namespace", "search")

    assert "error[" not in done.stderr
    assert "  rose:\n    runtime: sklearn\n" in done.stdout


def test_json_has_the_fragment_the_losses_and_the_findings():
    done = run("models.yaml", "--format", "json")
    said = json.loads(done.stdout)

    assert done.stderr == ""
    assert said["fragment"]["models"]["iris"]["namespace"] == "mlops"
    assert said["text"] == run("models.yaml").stdout
    [lost] = said["lost"]
    assert (lost["file"], lost["line"]) == ("models.yaml", 6)
    assert lost["path"] == "spec.predictor.canaryTrafficPercent"
    assert [one["code"] for one in said["findings"]] == ["IMPORT006"]


def test_objects_without_a_namespace_get_the_one_that_is_asked_for():
    assert "namespace: serving\n" in run("models.yaml", "--namespace", "serving").stdout


def test_a_folder_that_is_not_there_is_a_finding():
    done = run("nowhere")

    assert done.exit_code == 1
    assert "there is no file `nowhere`" in done.stderr


def test_a_folder_that_nobody_may_read_is_a_finding_and_the_rest_is_there(folder, monkeypatch):
    closed = next(each for each in folder.rglob("*.yaml")).parent / "closed"
    closed.mkdir()
    (closed / "secret.yaml").write_text("a: b\n", encoding="utf-8")
    _close(closed, monkeypatch)

    done = run(str(closed.parent))

    assert done.exit_code == 1
    assert "closed` can't be read: Permission denied" in done.stderr
    assert "0 objects read" not in done.stderr


def _close(folder, monkeypatch):
    """Let *folder* be read by nobody, the superuser included."""
    scandir = os.scandir

    def refused(path="."):
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
