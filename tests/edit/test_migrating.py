"""Migrations: what changes in the text, what stays, and what is refused."""

from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main
from mlopsgen.compiler import compile_platform
from mlopsgen.diff import Comparison, compared, compiled
from mlopsgen.edit.migrations import STEPS, steps_from
from mlopsgen.spec.versions import CURRENT, FORMER

OLD = """\
apiVersion: "mlopsgen/v1alpha1"  # of the format
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
include: [teams/*.yaml]
cluster:
  # asked for by security
  auditLogs: [api, scheduler]   # both
components:
  {kserve: {}, cert-manager: {}, prometheus: {}, mlflow: {}, external-secrets: {},
   external-dns: {zones: [Z0123456789EXAMPLE]},
   aws-load-balancer-controller: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.4xlarge], min: 3, max: 8}
storage:
  artifacts: {bucket: acme-artifacts, 'retentionDays': 30}
  database:
    multiAz: true
    storageGb: 50  # GiB
namespaces: {mlops: {}}
families:
  tabular:
    runtime: mlflow
    source: "s3://acme-models/{model}/1"
    exposure: {alb: internal, host: "{model}.example.com"}
    canary: {weight: 10, "gate": {latencyP95: 1s}}
environments:
  dev: {storage: {"database": {"storageGb": 20}}}
  prod:
    cluster: {auditLogs: [audit]}
    models:
      churn:
        canary:
          gate:
            errorRate: 1%
"""
TEAM = """\
models:
  churn: {family: tabular, canary: {source: s3://acme-models/churn/2}}
  plain:
    family: tabular
    canary:
      source: s3://acme-models/plain/2
      gate: null
"""
SWAPS = [
    ("mlopsgen/v1alpha1", "mlopsgen/v1beta1"),
    ("auditLogs", "logs"),
    ("retentionDays", "noncurrentDays"),
    ("storageGb: 50", "storage: 50Gi"),
    ('"storageGb": 20', '"storage": "20Gi"'),
    ("gate:", "thresholds:"),
    ('"gate"', '"thresholds"'),
]
BASE = """\
apiVersion: mlopsgen/v1alpha1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
"""


def new(text):
    for old, words in SWAPS:
        text = text.replace(old, words)
    return text


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def project(folder):
    write(folder, OLD, TEAM)
    return folder


def write(folder, text, team=""):
    (folder / "teams").mkdir(parents=True)
    (folder / "platform.yaml").write_text(text, "utf-8", newline="")
    (folder / "teams/search.yaml").write_text(team or "models: {}\n", "utf-8")


def run(*arguments):
    return CliRunner().invoke(main, ["migrate", *arguments])


def texts():
    return [Path(name).read_bytes().decode() for name in ("platform.yaml", "teams/search.yaml")]


def test_there_is_a_way_from_every_former_version_to_the_current_one():
    assert tuple(step.version for step in STEPS) == FORMER
    assert all(one.becomes == other.version for one, other in pairwise(STEPS))
    for version in FORMER:
        assert [*steps_from(version)][-1].becomes == CURRENT


@pytest.mark.usefixtures("project")
def test_keys_change_in_the_base_overlays_families_and_includes_and_nothing_else():
    done = run()

    assert done.exit_code == 0, done.output
    assert texts() == [new(OLD), new(TEAM)]
    assert "platform.yaml:18: migrated: `storageGb: 50` -> `storage: 50Gi`" in done.stdout
    assert "teams/search.yaml:7: migrated: `gate` -> `thresholds`" in done.stdout
    assert compile_platform(Path("platform.yaml")).ok


@pytest.mark.usefixtures("project")
def test_a_second_run_changes_nothing():
    run()
    before = texts()

    again = run()

    assert (again.exit_code, texts()) == (0, before)
    assert again.stdout == "nothing to migrate: platform.yaml is mlopsgen/v1beta1\n"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_a_check_writes_nothing(option):
    done = run(option)

    assert (done.exit_code, texts()) == (1, [OLD, TEAM])
    assert "storage: 50Gi" in done.stdout


def test_line_ends_stay(folder):
    write(folder, OLD.replace("\n", "\r\n"), TEAM)

    assert run().exit_code == 0
    assert texts()[0] == new(OLD).replace("\n", "\r\n")


def test_the_diff_of_a_migration_says_that_nothing_differs(tmp_path):
    write(tmp_path / "old", OLD, TEAM)
    write(tmp_path / "new", new(OLD), new(TEAM))

    before = compiled(tmp_path / "old/platform.yaml", "old", proved=False)
    after = compiled(tmp_path / "new/platform.yaml", "new", proved=True)
    found = compared(before, after)

    assert isinstance(found, Comparison)
    assert not found.different
    assert found.note == "old is written in mlopsgen/v1alpha1, and was read as mlopsgen/v1beta1."


def test_an_old_platform_is_one_finding(folder):
    write(folder, OLD, TEAM)

    [item] = compile_platform(Path("platform.yaml")).findings

    assert (item.finding.code, item.place.line, item.place.column) == ("SPEC012", 1, 13)
    assert item.finding.fix == "run `mlopsgen migrate`"


REFUSED = [
    ("storage: {artifacts: {bucket: abc}, database: {storageGb: '50'}}\n", "MIGR001"),
    ("storage: {artifacts: {bucket: abc}, database: {storageGb: 5}}\n", "MIGR001"),
    ("storage: {artifacts: {bucket: abc}, database: {storageGb: true}}\n", "MIGR001"),
    ("storage: {artifacts: {bucket: abc}, database: {storageGb: [50]}}\n", "MIGR001"),
    ("storage:\n  database:\n    storageGb: |\n      50\n", "MIGR001"),
    ("cluster: {auditLogs: [api], logs: [api]}\n", "MIGR002"),
    ("cluster: {auditLogs: [api]}\nenvironments: {dev: {cluster: {logs: [api]}}}\n", "MIGR002"),
    ("environments: {dev: {apiVersion: mlopsgen/v1beta1}}\n", "MIGR003"),
    ("environments: {dev: {apiVersion: [1]}}\n", "MIGR003"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_cannot_be_carried_is_a_finding(folder, text, code):
    (folder / "platform.yaml").write_text(BASE + text, "utf-8")

    done = run()

    assert done.exit_code == 1
    assert f"error[{code}]" in done.stderr
    assert "platform.yaml:" in done.stderr
    assert (folder / "platform.yaml").read_text("utf-8") == BASE + text


@pytest.mark.parametrize(
    "text",
    ["cluster: []\n", "storage: null\n", "models: {a: 1}\n", "families: {a: {canary: null}}\n"],
)
def test_what_is_wrong_besides_stays_and_is_told(folder, text):
    (folder / "platform.yaml").write_text(BASE + text, "utf-8")

    run()

    assert (folder / "platform.yaml").read_text("utf-8") == new(BASE) + text


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("mlopsgen/v1aplha1", "write `apiVersion: mlopsgen/v1alpha1`, then run"),
        ("mlopsgen/v9", "only a newer mlopsgen knows"),
        ("1", "write `apiVersion: mlopsgen/v1beta1`"),
    ],
)
def test_an_unknown_version_is_refused(folder, version, said):
    (folder / "platform.yaml").write_text(BASE.replace(FORMER[0], version), "utf-8")

    done = run()

    assert done.exit_code == 1
    assert "error[SPEC012]" in done.stderr
    assert said in " ".join(done.stderr.split())
