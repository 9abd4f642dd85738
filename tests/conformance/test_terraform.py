"""Terraform itself reads the variables that were generated for it."""

import json
import shutil
import subprocess

import pytest

from tests.build import ROOT

TERRAFORM = shutil.which("terraform")
TFVARS = sorted((ROOT / "generated").glob("*/terraform/platform.tfvars.json"))


def terraform(folder, *arguments):
    return subprocess.run(
        [TERRAFORM, f"-chdir={folder}", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.skipif(TERRAFORM is None, reason="terraform isn't installed, so nothing can read them")
@pytest.mark.parametrize("variables", TFVARS, ids=lambda path: path.parents[1].name)
def test_terraform_reads_every_variable(variables, tmp_path):
    values = json.loads(variables.read_text(encoding="utf-8"))
    module = {
        "variable": {name: {"type": "any", "nullable": False} for name in values},
        "output": {name: {"value": f"${{var.{name}}}"} for name in values},
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(module), encoding="utf-8")
    assert terraform(tmp_path, "init", "-backend=false", "-input=false").returncode == 0

    applied = terraform(tmp_path, "apply", "-auto-approve", f"-var-file={variables}")

    assert applied.returncode == 0, applied.stderr
    assert "Warning: Value for undeclared variable" not in applied.stdout
    shown = json.loads(terraform(tmp_path, "output", "-json").stdout)
    assert {name: output["value"] for name, output in shown.items()} == values


def test_there_are_variables_for_every_environment():
    assert {path.parents[1].name for path in TFVARS} == {"dev", "prod"}
