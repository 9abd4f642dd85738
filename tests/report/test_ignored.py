"""Findings that comments take away, from files to every format."""

import json
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.compiler import compile_platform
from mlopsgen.resources import SCHEMAS

HEAD = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
components: {argo-workflows: {}}
storage: {artifacts: {bucket: acme-artifacts}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}
namespaces: {mlops: {}}
"""
PIPELINES = """\
pipelines:
  train:
    parameters: {dataset: iris}
    steps:
      fit:
        image: ghcr.io/acme/train:1.0.0
        command: [python, -m, train.fit]
"""
CLASH, FINE = "        env: {PARAM_DATASET: wine}", "        env: {OTHER: wine}"
BECAUSE = "  # mlopsgen: ignore[PARAM003] fit is held to wine"


def _compiled(folder, *lines, head=HEAD, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    file = folder / "platform.yaml"
    file.write_text(f"{head}{PIPELINES}" + "".join(f"{line}\n" for line in lines), "utf-8")
    return compile_platform(file)


def _codes(compilation):
    return [item.finding.code for item in compilation.findings]


def test_a_warning_is_ignored_on_its_line(tmp_path):
    compilation = _compiled(tmp_path, CLASH + BECAUSE)

    [ignored] = compilation.ignored
    assert _codes(compilation) == []
    assert (ignored.item.finding.code, ignored.reason) == ("PARAM003", "fit is held to wine")
    assert compilation.count


def test_it_is_not_on_another_line_nor_by_another_rule(tmp_path):
    below = _compiled(tmp_path, CLASH, BECAUSE.strip())
    other = _compiled(tmp_path, CLASH + BECAUSE.replace("PARAM003", "PARAM002"))

    assert _codes(below) == ["PARAM003", "IGNORE001"]
    assert _codes(other) == ["PARAM003", "IGNORE001"]


def test_a_comment_with_nothing_to_ignore_is_told(tmp_path):
    assert _codes(_compiled(tmp_path, FINE + BECAUSE)) == ["IGNORE001"]


@pytest.mark.parametrize("comment", ["ignore[PARAM003]", "ignore it is fine"])
def test_without_rule_or_reason_nothing_is_ignored(tmp_path, comment):
    compilation = _compiled(tmp_path, f"{CLASH}  # mlopsgen: {comment}")

    assert _codes(compilation) == ["PARAM003", "IGNORE002"]


def test_the_rules_about_comments_are_not_ignored_themselves(tmp_path):
    comment = BECAUSE.replace("PARAM003", "IGNORE001")

    assert _codes(_compiled(tmp_path, FINE + comment)) == ["IGNORE001"]


def test_an_error_stays_one(tmp_path):
    head = HEAD.replace("{argo-workflows: {}}", "{argo-workflows: {chart: 9.9.9}}  #!")
    head = head.replace("#!", "# mlopsgen: ignore[NEED003] we know it")

    compilation = _compiled(tmp_path, FINE, head=head)

    assert _codes(compilation) == ["NEED003", "IGNORE001"]
    assert not compilation.ok
    assert "only warnings can be ignored" in compilation.findings[1].finding.message


def test_behind_an_error_no_comment_is_called_unused(tmp_path):
    head = HEAD.replace("{argo-workflows: {}}", "{argo-workflows: {chart: 9.9.9}}")

    assert _codes(_compiled(tmp_path, FINE + BECAUSE, head=head)) == ["NEED003"]


def test_a_comment_of_one_environment_is_not_unused_where_only_another_is_built(tmp_path):
    overlay = f"pipelines: {{train: {{steps: {{fit: {{env: {{PARAM_DATASET: wine}}}}}}}}}}{BECAUSE}"
    environments = f"environments:\n  dev: {{}}\n  prod:\n    {overlay}\n"
    everything = _compiled(tmp_path, FINE, environments.rstrip())

    part = compile_platform(tmp_path / "platform.yaml", ("dev",))

    assert [one.item.finding.environments for one in everything.ignored] == [("prod",)]
    assert _codes(everything) == _codes(part) == []


def test_a_comment_counts_in_the_file_that_it_stands_in(tmp_path):
    head = f"{HEAD}include: [teams.yaml]\n"
    file = tmp_path / "platform.yaml"
    file.write_text(head, "utf-8")
    (tmp_path / "teams.yaml").write_text(f"{PIPELINES}{CLASH}{BECAUSE}\n", "utf-8")

    compilation = compile_platform(file)

    assert _codes(compilation) == []
    assert [one.item.place.file for one in compilation.ignored] == ["teams.yaml"]


def _validated(folder, monkeypatch, form):
    _compiled(folder, CLASH + BECAUSE)
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(main, ["validate", "--format", form])
    assert result.exit_code == 0, result.output
    return result


def test_text_lists_what_was_ignored_and_counts_it(tmp_path, monkeypatch):
    result = _validated(tmp_path, monkeypatch, "text")

    assert result.stderr == "ignored[PARAM003] platform.yaml:16:15: fit is held to wine\n"
    assert result.stdout.endswith(" files: no findings, 1 ignored\n")


def test_json_has_it_beside_the_findings(tmp_path, monkeypatch):
    document = json.loads(_validated(tmp_path, monkeypatch, "json").stdout)

    jsonschema_rs.validate(json.loads((SCHEMAS / "findings.schema.json").read_text()), document)
    [ignored] = document["ignored"]
    assert document["findings"] == []
    assert (ignored["code"], ignored["reason"]) == ("PARAM003", "fit is held to wine")


def test_sarif_has_it_suppressed(tmp_path, monkeypatch):
    document = json.loads(_validated(tmp_path, monkeypatch, "sarif").stdout)

    [result] = document["runs"][0]["results"]
    assert result["ruleId"] == "PARAM003"
    assert result["suppressions"] == [{"kind": "inSource", "justification": "fit is held to wine"}]


def test_junit_has_it_skipped(tmp_path, monkeypatch):
    root = ET.fromstring(_validated(tmp_path, monkeypatch, "junit").stdout)

    [case] = root.iter("testcase")
    assert root.attrib["skipped"] == "1"
    assert case.find("skipped").attrib == {"message": "fit is held to wine"}


def test_github_annotates_nothing(tmp_path, monkeypatch):
    assert _validated(tmp_path, monkeypatch, "github").stdout == ""
