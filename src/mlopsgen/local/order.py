"""The order of steps where one runs after the other."""

from __future__ import annotations

from collections.abc import Iterable

from mlopsgen.local.pipeline import Step


def ordered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return *steps*, each after those it waits for and otherwise as they are written.

    There are no cycles: a platform with one doesn't build.
    """
    left = {step.name: step for step in steps}
    found: dict[str, Step] = {}
    while left:
        name = next(name for name, step in left.items() if found.keys() >= set(step.after))
        found[name] = left.pop(name)
    return tuple(found.values())
