import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.compiler import compile_platform
from mlopsgen.explain import RULES
from mlopsgen.resources import RULE_PAGES
from tests.build import ROOT
from tests.edit.test_formatting import OURS

BASE = """\
# a comment
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
components: {kserve: {}, cert-manager: {}}
nodePools:
  general: {kind: managed, instanceTypes: [t3.large], min: 2, max: 4}
storage:
  artifacts: {bucket: acme-artifacts}  # where they go
namespaces:
  mlops: {quota: {memory: 64Gi}}
alerts:
  custom: {}
models:
  iris:
    runtime: sklearn
    source: s3://acme-models/iris
    env: {DEBUG: "off"}
    stopped: false
    scale: {min: 1, max: 2}
"""
MENDS = [
    ('"111122223333"', "011122223333", '"011122223333"', "LOAD020"),
    ('"111122223333"', "111122223333", '"111122223333"', "SPEC004"),
    ('"off"', "off", '"off"', "LOAD019"),
    ('"off"', "2026-01-01", '"2026-01-01"', "LOAD021"),
    ('"off"', "1234567890123456789012", '"1234567890123456789012"', "LOAD022"),
    ('"off"', "1.10", '"1.10"', "SPEC004"),
    ('"off"', "true", '"true"', "SPEC004"),
    ("stopped: false", "stopped: no", "false", "LOAD019"),
    ("stopped: false", "stopped: False", "false", "LOAD019"),
    ("stopped: false", 'stopped: "no"', "false", "SPEC003"),
    ("max: 2", "max: 1_000", "1000", "LOAD020"),
    ("max: 2", 'max: "2"', "2", "SPEC003"),
    ("max: 2", "max: 2.0", "2", "SPEC003"),
    ("64Gi", "64GiB", "64Gi", "SPEC009"),
    ("64Gi", "'64 gib'", "'64Gi'", "SPEC009"),
    ("kind: managed", "kind: Managed", "managed", "SPEC011"),
    ("runtime: sklearn", "runtime: SKLearn", "sklearn", "SPEC005"),
    ("[t3.large]", "t3.large", "[t3.large]", "SPEC003"),
    ("models:", "modles:", "models", "SPEC001"),
    ("nodePools:", "node_pools:", "nodePools", "SPEC001"),
    ("nodePools:", "nodeGroups:", "nodePools", "SPEC001"),
    ("source: s3", "storageUri: s3", "source", "SPEC001"),
    ("apiVersion: mlopsgen/v1beta1\n", "", "apiVersion: mlopsgen/v1beta1", "SPEC002"),
    ("DEBUG:", "12:", '"12"', "LOAD018"),
]
UNCERTAIN = [
    ("64Gi", "64GB"),
    ("64Gi", "64"),
    ("64Gi", "64g"),
    ("max: 2", "max: 010"),
    ("max: 2", "max: 0x10"),
    ("max: 2", "max: 2.5"),
    ("max: 2", 'max: "two"'),
    ("stopped: false", "stopped: maybe"),
    ("runtime: sklearn", "runtime: scikit"),
    ("[t3.large]", '"t3.large t3.xlarge"'),
    ("stopped: false", "replicas: 3"),
    ("stopped: false", "nodeSelector: {a: b}"),
    ("stopped: false", "min: 2"),
    ("stopped: false", "Stopped: false\n    stopped: false"),
    ("mlopsgen/v1beta1", "mlopsgen/v1"),
]


def run(*arguments):
    return CliRunner().invoke(main, ["fix", *arguments])


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Path("platform.yaml")


def test_the_base_of_these_tests_is_right(project):
    project.write_text(BASE)

    assert compile_platform(project).ok


@pytest.mark.parametrize(("right", "wrong", "text", "code"), MENDS, ids=lambda x: str(x).strip())
def test_what_can_have_meant_one_thing_only_is_mended(project, right, wrong, text, code):
    assert BASE.count(right) == 1
    project.write_text(BASE.replace(right, wrong))
    findings = compile_platform(project).findings

    done = run()

    assert code in {item.finding.code for item in findings if item.finding.mend}
    assert f"[{code}]" in done.stdout
    assert f"`{text}`" in done.stdout
    mended = project.read_text()
    assert (
        sum(one != other for one, other in zip(mended.split("\n"), BASE.split("\n"), strict=True))
        <= 1
    )
    assert mended.count("#") == 2
    again = run()
    assert again.stdout.startswith("nothing to fix")
    assert project.read_text() == mended


@pytest.mark.parametrize(("right", "wrong"), UNCERTAIN, ids=lambda x: str(x).strip())
def test_what_may_have_meant_several_things_is_left_to_people(project, right, wrong):
    assert BASE.count(right) == 1
    text = BASE.replace(right, wrong)
    project.write_text(text)

    done = run()

    assert done.exit_code == 1
    assert project.read_text() == text
    assert done.stdout == "nothing to fix; 1 error\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("30d", "720h"), ("1w2d", "216h"), ("5 min", "5m"), ("1 hour 30 minutes", "1h30m"),
     ("90 seconds", "90s"), ("2days", "48h")],
)  # fmt: skip
def test_durations_are_written_in_hours_minutes_and_seconds(project, wrong, right):
    pipeline = """\
pipelines:
  train:
    deadline: {}
    steps: {{fit: {{image: "ghcr.io/acme/train:1.0.0", command: [fit]}}}}
"""
    head = BASE.replace("{kserve: {}", "{argo-workflows: {}, kserve: {}")
    project.write_text(head + pipeline.format(wrong))

    assert f"`{wrong}` -> `{right}`" in run().stdout
    assert project.read_text() == head + pipeline.format(right)


@pytest.mark.parametrize("wrong", ["5M", "90", "1.5h", "1 month"])
def test_durations_that_nobody_can_tell_are_left(project, wrong):
    project.write_text(BASE + f"pipelines: {{train: {{deadline: {wrong}, steps: {{}}}}}}\n")

    assert "SPEC009" not in run().stdout


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_that_is_right_is_not_touched(file):
    if file.name != "platform.yaml":
        pytest.skip("only with the platform that includes it")
    before = {path: path.read_bytes() for path in file.parent.glob("**/*.yaml") if path.is_file()}

    done = CliRunner().invoke(main, ["fix", str(file)])

    assert done.exit_code == 0
    assert done.stdout.startswith("nothing to fix")
    assert {path: path.read_bytes() for path in before} == before


def test_check_and_diff_write_nothing_and_exit_with_1(project):
    text = BASE.replace("64Gi", "64GiB")
    project.write_text(text)

    checked, shown = run("--check"), run("--diff")

    assert (checked.exit_code, shown.exit_code) == (1, 1)
    assert "platform.yaml:11: would fix[SPEC009]: `64GiB` -> `64Gi`" in checked.stdout
    assert "-  mlops: {quota: {memory: 64GiB}}\n+  mlops: {quota: {memory: 64Gi}}" in shown.stdout
    assert project.read_text() == text


def test_what_the_reader_finds_does_not_hide_what_the_spec_finds(project):
    project.write_text(BASE.replace('"off"', "off").replace("64Gi", "64GiB"))

    done = run()

    assert done.exit_code == 0
    assert done.stdout.endswith("2 fixed; no findings\n")
    assert project.read_text() == BASE


def test_an_include_that_is_not_there_does_not_hide_what_can_be_mended(project):
    text = f"include: [teams/*.yaml]\n{BASE}"
    project.write_text(text.replace('"off"', "off"))

    done = run()

    assert done.exit_code == 1
    assert done.stdout.endswith("1 fixed; 1 error\n")
    assert project.read_text() == text


def test_files_of_teams_and_families_and_overlays_are_mended_where_they_say_it(project):
    project.write_text(
        BASE.partition("models:")[0] + "include: [team.yaml]\nfamilies:\n"
        "  f: {runtime: sklearn, source: 's3://models/{model}', resources: {memory: 1GiB}}\n"
        "environments: {dev: {}, prod: {models: {a: {scale: {max: '3'}}}}}\n"
    )
    Path("team.yaml").write_text("models:\n  a: {family: f}\n  b: {family: f, stopped: yes}\n")

    done = run()

    assert done.exit_code == 0, done.stderr
    assert "team.yaml:3: fixed[LOAD019]" in done.stdout
    assert done.stdout.count("SPEC009") == 1
    assert "resources: {memory: 1Gi}" in project.read_text()
    assert "max: 3}" in project.read_text()
    assert Path("team.yaml").read_text().endswith("stopped: true}\n")


def test_an_entry_is_added_to_a_platform_between_brackets_too(project):
    project.write_text("{name: acme, aws: {region: eu-west-1, accountId: '111122223333'}}\n")

    assert run().exit_code == 0
    assert project.read_text().startswith("{apiVersion: mlopsgen/v1beta1, name: acme")


def test_byte_order_mark_line_ends_and_the_missing_last_one_stay(project):
    text = BASE.replace("64Gi", "64GiB").removesuffix("\n").replace("\n", "\r\n")
    project.write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert run().exit_code == 0
    assert project.read_bytes() == b"\xef\xbb\xbf" + text.replace("GiB", "Gi").encode()


def test_pages_of_rules_say_where_fix_helps():
    codes = {code for *_, code in MENDS} | {"SPEC009"}
    named = {
        code for code in RULES if "`mlopsgen fix`" in (RULE_PAGES / f"{code}.md").read_text("utf-8")
    }

    assert named == codes


def test_findings_say_what_fix_writes(project):
    project.write_text(BASE.replace("64Gi", "64GiB"))

    text = CliRunner().invoke(main, ["validate"]).stderr
    sarif = CliRunner().invoke(main, ["validate", "--format", "sarif"]).stdout

    assert "  = fix: `mlopsgen fix` writes `64Gi`\n" in text
    assert re.search(r'"insertedContent": \{\s*"text": "64Gi"', sarif)
