"""Which tasks of a DAG come before which: argo-workflows 3.7.4 workflow/common/ancestry.go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_RESULTS = re.compile(r"([a-zA-Z0-9][-a-zA-Z0-9]*?)\.([A-Z][a-zA-Z]+)|([a-zA-Z0-9][-a-zA-Z0-9]*)")
RESULTS = frozenset(
    {"AllFailed", "AnySucceeded", "Daemoned", "Errored", "Failed", "Omitted", "Skipped"}
    | {"Succeeded"}
)
"""What `depends` may ask of a task."""

OF_ITEMS = frozenset({"AllFailed", "AnySucceeded"})
"""What it may ask of one that fans out only."""

Tasks = Mapping[str, Mapping[str, Any]]


def waits(task: Mapping[str, Any]) -> list[str]:
    """Return the tasks that *task* waits for, those that don't exist included."""
    named = [name for name, _ in conditions(task)]
    return list(dict.fromkeys((*task.get("dependencies", ()), *named)))


def conditions(task: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the tasks in `depends` of *task*, each with the result that is asked of it."""
    found = _RESULTS.finditer(task.get("depends", ""))
    return [(each[1] or each[3], each[2] or "") for each in found]


def before(tasks: Tasks, name: str) -> list[str]:
    """Return the tasks that have ended when task *name* starts, near and far."""
    found: dict[str, None] = {}
    ahead = waits(tasks[name])
    while ahead:
        other = ahead.pop()
        if other in tasks and other not in found:
            found[other] = None
            ahead += waits(tasks[other])
    return list(found)
