"""Platforms and plans for tests, made from as little as a test has to say."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from mlopsgen.lock import Lock, read
from mlopsgen.plan import Plan, plan
from mlopsgen.spec import ALONE, Fleet, Platform

ROOT = Path(__file__).parents[1]

MINIMAL: dict[str, Any] = {
    "apiVersion": "mlopsgen/v1beta1",
    "name": "acme",
    "aws": {"region": "eu-west-1", "accountId": "111122223333"},
    "storage": {"artifacts": {"bucket": "acme-artifacts"}},
    "namespaces": {"mlops": {}},
}


def a_platform(**sections: Any) -> Platform:
    """Return the minimal platform with *sections* in place of its own."""
    return Platform.model_validate({**deepcopy(MINIMAL), **sections})


def a_plan(environment: str = "dev", lock: Lock | None = None, **sections: Any) -> Plan:
    """Return the plan of the minimal platform with *sections*."""
    return plan(a_platform(**sections), environment, lock or Lock())


def reference_platform(**sections: Any) -> Platform:
    """Return the reference platform as it is in dev, with *sections* in place of its own."""
    data = yaml.safe_load((ROOT / "platform.yaml").read_text(encoding="utf-8"))
    del data["environments"]
    return Platform.model_validate({**data, **sections})


def reference_plan(environment: str = "dev", fleet: Fleet = ALONE, **sections: Any) -> Plan:
    """Return the plan of the reference platform."""
    lock, findings = read("platform.lock", (ROOT / "platform.lock").read_text(encoding="utf-8"))
    assert findings == ()
    return plan(reference_platform(**sections), environment, lock, fleet)
