"""Pipelines as they are emitted, and as they are read again."""

from __future__ import annotations

from mlopsgen.emit import argo
from mlopsgen.local import read
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from tests.build import a_plan

STEP = {"image": "acme/train:1", "command": ["train"]}
_SHAPES = Shapes(TEMPLATES)


def document(steps, **pipeline):
    """Return the WorkflowTemplate of a pipeline with *steps*."""
    plan = a_plan(pipelines={"churn": {"steps": steps, **pipeline}})
    [found] = [
        one
        for each in argo.emit(plan, _SHAPES)
        for one in each.objects
        if one["kind"] == "WorkflowTemplate"
    ]
    return found


def pipeline(steps, **rest):
    """Return that pipeline as a machine reads it."""
    return read(document(steps, **rest))


def step(changes=None, **rest):
    """Return the only step of a pipeline."""
    [found] = pipeline({"train": {**STEP, **(changes or {})}}, **rest).steps
    return found
