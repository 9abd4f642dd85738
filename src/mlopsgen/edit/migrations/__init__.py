"""The steps from each version of the format to the next: a module and a line here for each."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.edit.migrations import v1beta1
from mlopsgen.edit.migrations.change import Step

STEPS = (v1beta1.STEP,)
"""The oldest first."""


def steps_from(version: object) -> Iterator[Step]:
    """Yield the steps that lead from *version* to the current one; none where none begins there."""
    for step in STEPS:
        if step.version == version:
            yield step
            version = step.becomes
