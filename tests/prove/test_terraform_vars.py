"""What is generated, the Terraform of the project takes: every change of either is named."""

import re
import shutil

import pytest

from mlopsgen.compiler import compile_platform
from mlopsgen.diagnostics import Place
from mlopsgen.load.hcl import blocks, typed
from mlopsgen.prove.terraform_types import mistakes
from mlopsgen.prove.terraform_vars import OPTIONAL, RULES
from mlopsgen.report import as_text
from mlopsgen.resources import RULE_PAGES
from tests.build import ROOT
from tests.infrastructure.reading import CONTRACTS, OF_ROOTS, TFVARS
from tests.infrastructure.reading import blocks as theirs

MODULES = ROOT / "infrastructure/terraform/modules"
PLATFORM = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
components: {aws-load-balancer-controller: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}
namespaces: {mlops: {}}
"""
VARIABLES, HUB = "eks/variables.tf", "platform/main.tf"
CHANGES = {
    "TFVAR001": (HUB, "  private_zone                         = local.platform.private_zone\n", ""),
    "TFVAR002": (VARIABLES, "    capacity_type  = string\n", ""),
    "TFVAR003": (
        HUB,
        'lookup(local.platform, "database", null)',
        "local.platform.database",
    ),
    "TFVAR004": (HUB, 'lookup(local.platform, "karpenter"', 'lookup(local.platform, "autoscaler"'),
    "TFVAR005": (VARIABLES, 'variable "zones" {', 'variable "zones {'),
}


@pytest.fixture
def project(tmp_path):
    shutil.copytree(MODULES, tmp_path / "infrastructure/terraform/modules")
    (tmp_path / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    return tmp_path


def _change(project, file, old, new):
    path = project / "infrastructure/terraform/modules" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _compiled(project):
    return compile_platform(project / "platform.yaml")


def _found(project):
    return [each.finding for each in _compiled(project).findings]


def test_the_modules_of_the_repository_take_all_that_is_generated(project):
    assert _found(project) == []


def test_other_terraform_is_not_looked_at(project):
    shutil.rmtree(project / "infrastructure/terraform/modules/platform")

    assert _found(project) == []


@pytest.mark.parametrize("code", CHANGES)
def test_each_change_is_found_at_both_of_its_ends(project, code):
    _change(project, *CHANGES[code])

    [finding] = _found(project)

    assert finding.code == code
    places = [each.at for each in finding.related] or [finding.at]
    if code != "TFVAR001":
        assert [each.file for each in places if isinstance(each, Place)] == [
            f"infrastructure/terraform/modules/{CHANGES[code][0]}"
        ]


@pytest.mark.parametrize("code", CHANGES)
def test_the_page_shows_what_is_printed(project, code):
    _change(project, *CHANGES[code])
    compilation = _compiled(project)

    printed = as_text.render(compilation.findings, compilation.source, color=False)

    assert printed.strip() in (RULE_PAGES / f"{code}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (VARIABLES, 'variable "vpc_cidr"', 'variable "vpc_range"', "`vpc_cidr` is handed to"),
        (VARIABLES, "type        = number", "type        = list(string)", "`zones` is 3;"),
        (
            VARIABLES,
            "    taints         = map(object({ key = string, value = string, effect = string }))\n",
            "",
            "has `taints`, which its module doesn't declare and drops",
        ),
        (
            VARIABLES,
            "    key_actions = list(string)\n",
            "    keys = list(string)\n",
            "lacks `keys`",
        ),
        (
            VARIABLES,
            "    configuration_values     = optional(string)\n",
            "",
            '`cluster_addons["vpc-cni"]` has `configuration_values`',
        ),
        (VARIABLES, "type        = map(list(string))", "type        = tuple([string])", "hasn't"),
        ("releases/variables.tf", "    skip_crds        = bool\n", "", "has `skip_crds`"),
    ],
    ids=["deleted", "retyped", "taint", "renamed", "addon", "unknown", "release"],
)
def test_a_change_of_a_declaration_is_named(project, file, old, new, message):
    _change(project, file, old, new)

    assert any(message in each.message and each.code == "TFVAR002" for each in _found(project))


@pytest.mark.parametrize("number", range(len(theirs("variable", (MODULES / "eks",)))))
def test_no_variable_that_is_generated_can_be_deleted(project, number):
    variable = theirs("variable", (MODULES / "eks",))[number].labels[0]
    for path in (project / "infrastructure/terraform/modules/eks").glob("*.tf"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f'variable "{variable}"', 'variable "x"'), encoding="utf-8")
    handed = f"local.platform.{variable}\n" in (MODULES / HUB).read_text(encoding="utf-8")

    found = [each.message for each in _found(project)]

    assert any(f"`{variable}`" in each for each in found) is handed


def test_a_variable_may_lie_in_another_file_of_its_module(project):
    folder = project / "infrastructure/terraform/modules/eks"
    (folder / "variables.tf").rename(folder / "given.tf")

    assert [each.code for each in _found(project)] == ["TFVAR005"]
    (folder / "variables.tf").write_text("", encoding="utf-8")
    assert _found(project) == []


def test_what_is_left_out_is_what_the_modules_may_lack():
    given = [set(theirs_of(path)) for path in TFVARS]
    declared = {
        each.labels[0]
        for path in CONTRACTS
        for each in theirs("variable", (path.parent,))
        if f'variable "{each.labels[0]}"' in path.read_text(encoding="utf-8")
    }

    always = set.intersection(*given)
    assert set.union(*given) - OF_ROOTS == declared
    assert set.union(*given) - always <= OPTIONAL
    assert declared >= OPTIONAL


def theirs_of(path):
    return re.findall(r'^  "(\w+)":', path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", ["../../../../outside.tf", "/dev/zero"])
def test_a_module_that_lies_elsewhere_is_not_opened(project, tmp_path, path):
    variables = project / "infrastructure/terraform/modules" / VARIABLES
    variables.unlink()
    variables.symlink_to(path)
    (tmp_path.parent / "outside.tf").write_text('variable "region" {}', encoding="utf-8")

    assert [each.code for each in _found(project)] == ["TFVAR005"]


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\x00", b"{" * 300, b'module "a" {'])
def test_a_file_that_is_no_terraform_is_a_finding(project, body):
    (project / "infrastructure/terraform/modules" / HUB).write_bytes(body)

    assert [each.code for each in _found(project)] == ["TFVAR005"]


def _declared(text):
    [block] = blocks(f"locals {{\n  a = {text}\n}}", "x.tf")
    return typed(block.attributes["a"])


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("string", "a", True),
        ("string", 1, True),
        ("string", True, True),
        ("string", ["a"], False),
        ("number", 1.5, True),
        ("number", "12", True),
        ("number", "twelve", False),
        ("number", True, False),
        ("bool", True, True),
        ("bool", "false", True),
        ("bool", "no", False),
        ("bool", 1, False),
        ("list(string)", ["a"], True),
        ("list(string)", "a", False),
        ("list(string)", {"a": "b"}, False),
        ("set(number)", [1, "x"], False),
        ("map(string)", {"a": "b"}, True),
        ("map(string)", {"a": ["b"]}, False),
        ("map(string)", ["a"], False),
        ("object({ a = string })", {"a": "b"}, True),
        ("object({ a = string })", {}, False),
        ("object({ a = optional(string) })", {}, True),
        ("object({ a = string })", {"a": None}, True),
        ("object({ a = string })", {"a": "b", "c": "d"}, False),
        ("object({ a = string })", ["a"], False),
        ("any", ["a"], True),
        ("string", None, True),
    ],
)
def test_a_value_fits_a_type(kind, value, fits):
    assert ([*mistakes("it", value, _declared(kind))] == []) is fits


def test_every_rule_has_a_change_that_shows_it():
    assert {rule.code for rule in RULES} == set(CHANGES)
