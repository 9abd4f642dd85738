"""Memoization: the key that the outputs of a step are kept under."""

from __future__ import annotations

import hashlib
import json

from mlopsgen.emit.argo.dag import values
from mlopsgen.emit.argo.order import lineage
from mlopsgen.spec import Memoize, Pipeline

_DECIDE_OUTPUTS = {"args", "command", "env", "gpus", "image", "inputs", "outputs", "secrets"}
_ALSO_DECIDE = {
    "output_parameters", "parameters", "volumes", "with_items", "with_param", "with_sequence"
}  # fmt: skip
"""What most steps don't have; it counts where it is there."""


def key(pipeline: Pipeline, name: str, memoize: Memoize) -> str:
    """Return the key of step *name*: a part for its definition, and one for the values it gets.

    The first part changes with the step and with every step before it, so a new image doesn't
    get the outputs of the old one. The second one is an expression that Argo evaluates in each
    run; hashed, because the controller takes letters, digits and dashes only (argo-workflows
    3.7.4 workflow/controller/cache/cache.go; util/expr/env/env.go has the functions).
    """
    sources = [f"workflow.parameters['{parameter}']" for parameter in memoize.key]
    sources += [f"inputs.parameters['{own}']" for own in values(pipeline.steps[name])]
    listed = ", ".join(sources)
    return f"{name}-{_definition(pipeline, name)}-{{{{=sprig.sha256sum(toJson([{listed}]))}}}}"


def _definition(pipeline: Pipeline, name: str) -> str:
    """Return 12 hexadecimal digits: enough, as one pipeline never keeps millions of versions."""
    steps = {
        step: pipeline.steps[step].model_dump(mode="json", include=_DECIDE_OUTPUTS)
        | pipeline.steps[step].model_dump(
            mode="json", include=_ALSO_DECIDE, exclude_defaults=True, by_alias=True
        )
        for step in lineage(pipeline, name)
    }
    text = json.dumps(steps, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
