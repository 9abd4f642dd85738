"""The generated variables and the modules that take them agree, each way."""

import json
import re
import shutil
import subprocess

import pytest

from tests.build import ROOT
from tests.infrastructure.reading import CONTRACTS, FOLDERS, HERE, OF_ROOTS, TFVARS, blocks, text

TERRAFORM = shutil.which("terraform")
LABELS = [str(path.relative_to(ROOT).parents[1]) for path in TFVARS]
needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="terraform isn't installed")


def _declared():
    """Return the names that the modules declare, and those that may be left out."""
    variables = {}
    for contract in CONTRACTS:
        for each in blocks("variable", (contract.parent,)):
            name = each.labels[0]
            if f'variable "{name}"' in contract.read_text(encoding="utf-8"):
                variables[name] = each.body
    return variables, {name for name, body in variables.items() if "default" in body}


def _read(folder, contract, values):
    """Return what Terraform says of *values*, and what it has read of them."""
    declared = re.findall(r'^variable "(\w+)"', contract, re.MULTILINE)
    outputs = "".join(f'output "{name}" {{ value = var.{name} }}\n' for name in declared)
    (folder / "main.tf").write_text(contract + outputs, encoding="utf-8")
    (folder / "given.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
    apply = ("apply", "-auto-approve", "-input=false", "-no-color", "-var-file=given.tfvars.json")
    applied = _terraform(folder, *apply)
    said = re.sub(r"\s+", " ", applied.stdout + applied.stderr)
    if applied.returncode:
        return said, None
    shown = json.loads(_terraform(folder, "output", "-json").stdout)
    return said, {name: _without_nulls(each["value"]) for name, each in shown.items()}


def _terraform(folder, *arguments):
    command = [TERRAFORM, f"-chdir={folder}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _without_nulls(value):
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _contract():
    texts = [path.read_text(encoding="utf-8") for path in CONTRACTS]
    return "\n".join((*texts, *(f'variable "{name}" {{ type = string }}\n' for name in OF_ROOTS)))


@pytest.mark.parametrize("path", TFVARS, ids=LABELS)
def test_every_variable_is_declared_and_every_required_one_given(path):
    given = set(json.loads(path.read_text(encoding="utf-8"))) - OF_ROOTS
    variables, optional = _declared()

    assert given - set(variables) == set()
    assert set(variables) - optional - given == set()


@needs_terraform
@pytest.mark.parametrize("path", TFVARS, ids=LABELS)
def test_terraform_takes_every_variable_for_what_it_is(path, tmp_path):
    values = json.loads(path.read_text(encoding="utf-8"))

    said, read = _read(tmp_path, _contract(), values)

    assert read == values, said
    assert "undeclared" not in said


@needs_terraform
@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('variable "vpc_cidr"', 'variable "vpc_range"', "undeclared"),
        ("type        = number", "type        = list(string)", "list of string required"),
        ("instance_class          = string\n", "", None),
        ("node_iam_role_name = string", "node_role = string", '"node_role" is required'),
    ],
    ids=["deleted", "type", "attribute", "renamed"],
)
def test_a_change_of_the_declarations_is_found(tmp_path, old, new, says):
    values = json.loads(TFVARS[0].read_text(encoding="utf-8"))
    contract = _contract()
    assert old in contract

    said, read = _read(tmp_path, contract.replace(old, new), values)

    assert says in said if says else read != values


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_variable_has_a_type_and_a_description_and_is_used(folder):
    for each in blocks("variable", (folder,)):
        [name] = each.labels
        assert {"type", "description"} <= set(each.body), name
        assert re.search(rf"\bvar\.{name}\b", text(folder)), f"{name} is never used"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_used_is_declared(folder):
    declared = {each.labels[0] for each in blocks("variable", (folder,))}

    assert set(re.findall(r"\bvar\.(\w+)", text(folder))) - declared == set()


def test_what_may_be_left_out_is_looked_up():
    """Terraform has no such attribute in an object that lacks it."""
    _, optional = _declared()
    passed = text(HERE / "modules/platform")

    looked_up = set(re.findall(r'lookup\(local\.platform, "(\w+)", null\)', passed))
    asked = set(re.findall(r"local\.platform\.(\w+)", passed))
    assert looked_up == optional
    assert asked & optional == set()


def test_environments_differ_in_what_they_decide_alone():
    dev, prod = (
        text(HERE / "environments" / name).replace(name, "ENV").splitlines()
        for name in ("dev", "prod")
    )

    different = {line.split("=")[0].strip() for line in set(dev) ^ set(prod)}
    assert different == {"interface_endpoints"}


def test_no_environment_repeats_a_fact():
    values = json.loads((ROOT / "generated/dev/terraform/platform.tfvars.json").read_text())
    known = {values[name] for name in ("region", "account_id", "cluster_name", "vpc_cidr")}

    for folder in FOLDERS:
        assert {each for each in known if f'"{each}"' in text(folder)} == set(), folder


@needs_terraform
def test_terraform_would_format_nothing():
    check = [TERRAFORM, "fmt", "-check", "-recursive", str(HERE)]

    assert subprocess.run(check, capture_output=True, text=True, check=False).stdout == ""
