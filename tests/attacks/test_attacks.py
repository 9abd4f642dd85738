import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks.hostile import ATTACKS

COMMAND = (sys.executable, "-m", "mlopsgen", "validate", "--format", "json")

GUARDED = Path(__file__).parent / "guarded.py"
MOST_SECONDS, MOST_MEGABYTES = 2, 256


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_platform_ends_in_a_finding(attack, tmp_path):
    attack.make(tmp_path)

    guard = [sys.executable, GUARDED, *COMMAND, tmp_path / "platform.yaml"]
    run = json.loads(subprocess.run(guard, capture_output=True, check=True).stdout)

    assert "Traceback" not in run["err"] + run["out"]
    assert run["exit"] == 1
    findings = json.loads(run["out"])["findings"]
    assert attack.code in {finding["code"] for finding in findings}
    assert all(len(finding["message"]) < 200 for finding in findings)
    assert run["megabytes"] < MOST_MEGABYTES
    assert run["seconds"] < MOST_SECONDS


def test_there_are_at_least_thirty_attacks_with_names_of_their_own():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 30
