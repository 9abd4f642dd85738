"""Memoization: the key that the outputs of a step are kept under."""

from __future__ import annotations

import hashlib
import json

from mlopsgen.emit.argo.dag import lineage
from mlopsgen.plan import Workflow
from mlopsgen.spec import Memoize

_DECIDE_OUTPUTS = {"args", "command", "env", "gpus", "image", "inputs", "outputs", "secrets"}


def key(workflow: Workflow, name: str, memoize: Memoize) -> str:
    """Return the key of step *name*: a part for its definition, and one for the parameters.

    The first part changes with the step and with every step before it, so a new image doesn't
    get the outputs of the old one. The second one is an expression that Argo evaluates in each
    run; hashed, because the controller takes letters, digits and dashes only (argo-workflows
    3.7.4 workflow/controller/cache/cache.go; util/expr/env/env.go has the functions).
    """
    values = ", ".join(f"workflow.parameters['{parameter}']" for parameter in memoize.key)
    return f"{name}-{_definition(workflow, name)}-{{{{=sprig.sha256sum(toJson([{values}]))}}}}"


def _definition(workflow: Workflow, name: str) -> str:
    """Return 12 hexadecimal digits: enough, as one pipeline never keeps millions of versions."""
    pipeline = workflow.spec
    steps = {
        step: pipeline.steps[step].model_dump(mode="json", include=_DECIDE_OUTPUTS)
        | {"image": workflow.images[step]}
        for step in lineage(pipeline, name)
    }
    text = json.dumps(steps, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
