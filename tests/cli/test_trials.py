from __future__ import annotations

import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlopsgen.cli import main, trials
from mlopsgen.compiler import compile_platform
from tests.build import ROOT

PLATFORM = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
nodePools:
  general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}
components:
  prometheus: {}
alerts:
  metrics:
    orders_open: {type: gauge, labels: [shop]}
  custom:
    OrdersPileUp:
      expr: orders_open > 100
      for: 10m
      severity: warning
      summary: "{{ $labels.shop }} has {{ $value }} open orders"
      labels: {team: 'search'}
      tests:
        - name: they pile up
          series: {'orders_open{shop="a\\"b"}': 0+10x40, 'orders_open{shop="c"}': 5x40}
          at: 30m
          fires: [{shop: 'a"b'}]
        - name: it is too soon
          series: {'orders_open{shop="a"}': 0+10x40}
          at: 15m
"""
NO_POLICIES = "default: there are no policies to test\n"
WRONG = PLATFORM.replace("at: 15m", "at: 25m")


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("platform.yaml").write_text(PLATFORM, encoding="utf-8")
    return tmp_path


@pytest.fixture
def promtool():
    fetched = ROOT / ".tools" / "promtool"
    program = str(fetched) if fetched.is_file() else shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is neither in .tools (scripts/install-promtool) nor on PATH")
    return program


def _run(*arguments):
    return CliRunner().invoke(main, ["test", *arguments])


def test_tests_of_the_users_own_pass_and_nothing_is_written(project, promtool):
    done = _run("--promtool", promtool)

    assert done.exit_code == 0, done.output
    assert done.stdout == f"{NO_POLICIES}default: 1 file of tests passed\n"
    assert sorted(path.name for path in project.iterdir()) == ["platform.yaml"]


@pytest.mark.usefixtures("project")
def test_a_test_that_fails_is_shown_and_told_by_the_exit_code(promtool):
    Path("platform.yaml").write_text(WRONG, encoding="utf-8")

    done = _run("--promtool", promtool)

    assert done.exit_code == 1
    assert "time: 25m" in done.stderr
    assert done.stdout == f"{NO_POLICIES}default: the tests of the alerts fail\n"


def test_without_promtool_it_says_where_to_get_it(project, monkeypatch):
    monkeypatch.setenv("PATH", str(project))

    done = _run()

    assert done.exit_code == 2
    assert "https://prometheus.io/download/" in done.stderr


def test_a_program_that_does_not_run_is_told(project):
    program = project / "promtool"
    program.write_bytes(b"\x00")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)

    done = _run("--promtool", str(program))

    assert done.exit_code == 2
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("project")
def test_a_file_is_never_taken_for_a_program_of_its_name_elsewhere():
    Path("cat").touch()

    done = _run("--promtool", "cat")

    assert done.exit_code == 2
    assert "there is no `cat` that can be run" in done.stderr


@pytest.mark.usefixtures("project")
def test_a_platform_with_errors_is_not_tried():
    Path("platform.yaml").write_text(PLATFORM + "modles: {}\n", encoding="utf-8")

    done = _run("--promtool", "/nonexistent")

    assert done.exit_code == 1
    assert "modles" in done.stderr


@pytest.mark.usefixtures("project")
def test_without_alerts_there_is_nothing_to_try(promtool):
    head = PLATFORM.partition("alerts:")[0]
    Path("platform.yaml").write_text(head, encoding="utf-8")

    done = _run("--promtool", promtool)

    assert done.exit_code == 0
    assert done.stdout == f"{NO_POLICIES}default: there are no alerts to test\n"


def test_ours_are_tried_in_every_environment(promtool, monkeypatch):
    monkeypatch.chdir(ROOT)

    done = _run("--promtool", promtool)

    assert done.exit_code == 0, done.output
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["dev", "prod"] * 2


def test_a_policy_that_was_changed_is_named_with_its_fixture(promtool, monkeypatch):
    """The build would say so as well; this is for what neither of them knows of."""
    monkeypatch.chdir(ROOT)

    def spoiled(platform, environments):
        done = compile_platform(platform, environments)
        return replace(done, trees={"dev": tuple(map(_without_tags, done.trees["dev"]))})

    monkeypatch.setattr(trials, "compile_platform", spoiled)

    done = _run("--env", "dev", "--promtool", promtool)

    assert done.exit_code == 1
    assert (
        "dev/policies/fixed-tags.deny.yaml: Pod `specimen-latest` has to be refused by the policy"
        " `fixed-tags` with: without a tag that stays: " in done.stderr
    )
    assert done.stdout.startswith("dev: 2 of ")
    assert " fixtures of policies failed\n" in done.stdout


def _without_tags(file):
    told = b"expression: variables.moving.size() == 0"
    return replace(file, data=file.data.replace(told, b'expression: "true"'))
