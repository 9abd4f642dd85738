"""Priorities: whose pods are scheduled first where there is no room for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan.model import Plan, Served


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """A PriorityClass; the cluster keeps value and preemption for as long as it is there."""

    name: str
    value: int
    preemption: Literal["PreemptLowerPriority", "Never"]
    description: str
    origin: SpecPath


_VALUES = {"high": 100_000, "low": -100}
"""Pods without a class have 0, and those of Kubernetes' own classes 2,000,000,000 and more."""

_DESCRIPTIONS = {
    "high": "Models and steps whose pods take the place of others where there is no room",
    "low": "Models and steps whose pods make room for all others",
}


def priorities(plan: Plan) -> tuple[Priority, ...]:
    """Return the classes that pods of *plan* have, each with the first that asks for it."""
    origins: dict[str, SpecPath] = {}
    for served in plan.served:
        origins.setdefault(served.spec.priority, ("models", served.model, "priority"))
    for workflow in plan.workflows:
        for section, steps in (("steps", workflow.spec.steps), ("onExit", workflow.spec.on_exit)):
            for name, step in steps.items():
                at: SpecPath = (*workflow.origin, section, name, "priority")
                origins.setdefault(step.priority, at)
    return tuple(
        Priority(
            name=names.priority_class(plan.platform.name, level),
            value=value,
            preemption="PreemptLowerPriority" if level == "high" else "Never",
            description=_DESCRIPTIONS[level],
            origin=origins[level],
        )
        for level, value in _VALUES.items()
        if level in origins
    )


def priority_class(plan: Plan, served: Served) -> str:
    """Return the class of the pods of *served*; empty for those that have none."""
    return class_of(plan, served.spec.priority)


def class_of(plan: Plan, level: str) -> str:
    """Return the class of pods of *level*; empty for those of no class."""
    return names.priority_class(plan.platform.name, level) if level in _VALUES else ""
