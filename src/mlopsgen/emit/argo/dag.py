"""The DAG of a pipeline: its tasks, and which of them come before which."""

from __future__ import annotations

from typing import Any

from mlopsgen.spec import Pipeline, Step


def tasks(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return the tasks in the order the steps are written."""
    return [_task(name, step) for name, step in pipeline.steps.items()]


def _task(name: str, step: Step) -> dict[str, Any]:
    task: dict[str, Any] = {"name": name, "template": name}
    if before := waits(step):
        task["dependencies"] = before
    if step.inputs:
        task["arguments"] = {
            "artifacts": [
                {"name": own, "from": f"{{{{tasks.{source}.outputs.artifacts.{output}}}}}"}
                for own, taken in step.sources.items()
                for source, _, output in [taken.source.partition(".")]
            ]
        }
    return task


def waits(step: Step) -> list[str]:
    """Return the steps that *step* waits for; those whose outputs it takes are among them."""
    sources = (taken.source.partition(".")[0] for taken in step.sources.values())
    return list(dict.fromkeys((*step.after, *sources)))


def lineage(pipeline: Pipeline, name: str) -> list[str]:
    """Return step *name* and every step that comes before it, by name."""
    found: set[str] = set()
    left = [name]
    while left:
        step = left.pop()
        if step not in found:
            found.add(step)
            left += waits(pipeline.steps[step])
    return sorted(found)
