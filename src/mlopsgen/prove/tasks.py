"""Tasks: every step of a pipeline runs what platform.yaml says, after what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import Finding, rule
from mlopsgen.plan import Workflow
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named
from mlopsgen.spec import ExitStep, Step

_GPU = "nvidia.com/gpu"
_EMPTY = "MLOPSGEN_EMPTY"
"""The variable that stands between braces which Argo would take for a tag; it has to be empty."""

_READ = re.compile(r"workflow\.parameters\['([^']+)'\]")
_BRACES = "{{"
"""Argo takes what follows for a tag of its own, and what users wrote is changed to be inert."""


@rule("ARGO005")
def steps_run_what_they_say(emitted: Emitted) -> Iterator[Finding]:
    """Every step of a pipeline runs what platform.yaml says.

    Another command, image or path is a pipeline that nobody wrote: a step finds no file where it
    reads, its output is looked for where it isn't, or it begins before there is an input.
    """
    planned = {(each.namespace, each.name): each for each in emitted.plan.workflows}
    for found in emitted.objects.of("WorkflowTemplate"):
        if workflow := planned.get((found.namespace, found.name)):
            for told in _faults(found, workflow):
                message = f"{found.subject}: {told}"
                yield Finding(at=found.origin, message=message, fix=OUR_FAULT)


def _faults(found: Named, workflow: Workflow) -> Iterator[str]:
    templates = {each.get("name"): each for each in found.spec.get("templates", ())}
    steps: dict[str, Step | ExitStep] = {**workflow.spec.steps, **workflow.spec.on_exit}
    for name, step in steps.items():
        template = templates.get(name)
        if template is None:
            yield f"the step `{name}` has no template"
            continue
        container = template.get("container", {})
        wanted: dict[str, tuple[Any, Any]] = {
            "image": (container.get("image"), workflow.images[name]),
            "command": (_plain(container.get("command")), _plain(step.command)),
            "args": (_plain(container.get("args")), _plain(step.args)),
        }
        if isinstance(step, Step):
            wanted["files that it reads"] = (
                _paths(template.get("inputs")),
                {own: f"/in/{own}" for own in step.sources},
            )
            wanted["files that it writes"] = (
                _paths(template.get("outputs")),
                {own: one.path for own, one in step.artifacts.items()},
            )
            if step.memoize:
                cache = template.get("memoize", {}).get("cache", {}).get("configMap", {})
                wanted["key in the cache"] = (cache.get("key"), name)
        for side in ("requests", "limits"):
            asked = container.get("resources", {}).get(side, {}).get(_GPU, "0")
            wanted[f"GPUs in the {side}"] = asked, str(step.gpus)
        for what, (is_, should) in wanted.items():
            if is_ is not None and is_ != should:
                yield f"the {what} of `{name}` is `{is_}`; platform.yaml says `{should}`"
        yield from _variables(name, container, step)


def _plain(words: Any) -> list[str] | None:  # noqa: ANN401 - whatever stands there
    """Return *words* where nothing in them had to be made inert; None where something had."""
    found = list(words or ())
    return None if any("{" in str(word) for word in found) else found


def _paths(side: Mapping[str, Any] | None) -> dict[str, str]:
    return {each["name"]: each.get("path", "") for each in (side or {}).get("artifacts", ())}


def _variables(name: str, container: Mapping[str, Any], step: Step | ExitStep) -> Iterator[str]:
    """Yield the variables that users set and the container lacks."""
    there = {row["name"] for row in container.get("env", ())}
    for own in sorted(step.env):
        if own not in there:
            yield f"`{name}` isn't given the variable `{own}`"
    for row in container.get("env", ()):
        own, value = row["name"], str(row.get("value", ""))
        if own == _EMPTY and value:
            yield f"`{own}` of `{name}` is `{value}`; it has to be empty"
        read = {f"PARAM_{each.upper().replace('-', '_')}" for each in _READ.findall(value)}
        if own.startswith("PARAM_") and own not in step.env and read - {own}:
            yield f"`{own}` of `{name}` has another parameter's value: `{value}`"
