"""Memoization: the key that the outputs of a step are kept under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.emit.argo.dag import values
from mlopsgen.emit.argo.order import waits
from mlopsgen.plan import Workflow
from mlopsgen.spec import Memoize, Step

_DECIDE_OUTPUTS = {"args", "command", "env", "gpus", "image", "inputs", "outputs", "secrets"}
_ALSO_DECIDE = {
    "output_parameters", "parameters", "volumes", "with_items", "with_param", "with_sequence"
}  # fmt: skip
"""What most steps don't have; it counts where it is there."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """What decides the outputs of each step of a pipeline, put together once."""

    before: Mapping[str, tuple[str, ...]]
    """The steps that each waits for."""

    said: Mapping[str, dict[str, Any]]
    """What platform.yaml says of each, so far as it decides the outputs."""

    @classmethod
    def of(cls, workflow: Workflow) -> Definitions:
        """Return those of *workflow*."""
        steps = workflow.spec.steps.items()
        said = {name: _said(step) | {"image": workflow.images[name]} for name, step in steps}
        return cls({name: waits(step) for name, step in steps}, said)

    def digest(self, name: str) -> str:
        """Return 12 hexadecimal digits for step *name* and all that come before it.

        They are enough, as one pipeline never keeps millions of versions.
        """
        text = json.dumps({step: self.said[step] for step in self._lineage(name)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def _lineage(self, name: str) -> set[str]:
        """Return step *name* and every step that comes before it."""
        found: set[str] = set()
        left = [name]
        while left:
            step = left.pop()
            if step not in found:
                found.add(step)
                left += self.before[step]
        return found


def key(definitions: Definitions, name: str, step: Step, memoize: Memoize) -> str:
    """Return the key of step *name*: a part for its definition, and one for the values it gets.

    The first part changes with the step and with every step before it, so a new image doesn't
    get the outputs of the old one. The second one is an expression that Argo evaluates in each
    run; hashed, because the controller takes letters, digits and dashes only (argo-workflows
    3.7.4 workflow/controller/cache/cache.go; util/expr/env/env.go has the functions).
    """
    sources = [f"workflow.parameters['{parameter}']" for parameter in memoize.key]
    sources += [f"inputs.parameters['{own}']" for own in values(step)]
    listed = ", ".join(sources)
    return f"{name}-{definitions.digest(name)}-{{{{=sprig.sha256sum(toJson([{listed}]))}}}}"


def _said(step: Step) -> dict[str, Any]:
    always = step.model_dump(mode="json", include=_DECIDE_OUTPUTS)
    return always | step.model_dump(
        mode="json", include=_ALSO_DECIDE, exclude_defaults=True, by_alias=True
    )
