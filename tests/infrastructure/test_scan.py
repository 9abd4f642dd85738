"""scripts/scan-infrastructure ends well only when checkov has looked and has found nothing."""

import os
import shutil
import subprocess

import pytest

from tests.build import ROOT

SCRIPT = ROOT / "scripts" / "scan-infrastructure"


@pytest.fixture
def scan(tmp_path):
    """Return what runs the script beside a checkov that says *said* and ends with *code*."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "infrastructure").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    checkov = tmp_path / ".tools/checkov/bin/checkov"
    checkov.parent.mkdir(parents=True)

    def run(said, code):
        checkov.write_text(
            '#!/usr/bin/env bash\n[ "$1" = --version ] && exit 0\n'
            f'echo "$@" >>asked\necho "{said}"\nexit {code}\n',
            encoding="utf-8",
        )
        checkov.chmod(0o755)
        # Without terraform, whose format has a test of its own.
        environment = {**os.environ, "PATH": "/usr/bin:/bin"}
        command = [str(tmp_path / "scripts/scan-infrastructure")]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=60
        )

    return run


def test_both_folders_are_scanned_and_nothing_is_asked_of_a_server(scan, tmp_path):
    done = scan("Passed checks: 3, Failed checks: 0", 0)

    assert done.returncode == 0
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert ["terraform" in line.split() for line in asked] == [True, False]
    assert [line.split()[3] for line in asked] == ["infrastructure/terraform", "generated"]
    assert all("--skip-download" in line for line in asked)


@pytest.mark.parametrize(
    ("said", "code"),
    [("Passed checks: 3, Failed checks: 1\nCKV_AWS_16", 1), ("", 0), ("Passed checks: 0", 0)],
    ids=["failed", "silent", "empty"],
)
def test_what_fails_is_shown_and_ends_the_run(scan, said, code):
    done = scan(said, code)

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""


def test_it_runs_before_a_change_is_taken():
    assert "\nscripts/scan-infrastructure\n" in (ROOT / ".ci/run").read_text(encoding="utf-8")
