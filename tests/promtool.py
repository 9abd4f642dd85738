"""Runs promtool: the one that scripts/install-promtool fetched, or the system's."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.build import ROOT


def promtool(*arguments, cwd: Path) -> str:
    """Return what promtool says; fail the test when it exits with anything but 0."""
    fetched = ROOT / ".tools" / "promtool"
    program = fetched if fetched.is_file() else shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is neither in .tools (scripts/install-promtool) nor on PATH")
    done = subprocess.run(
        [program, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
