"""A workflow as Argo has it, in the words of platform.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.record.errors import UnrecordableError, only
from mlopsgen.record.references import named
from mlopsgen.record.steps import exit_step, step

Row = Mapping[str, Any]

_KINDS = {"Workflow", "WorkflowTemplate"}
_METADATA = {"name", "generateName", "namespace"}
SPEC = {
    "activeDeadlineSeconds", "arguments", "entrypoint", "onExit", "parallelism", "templates",
}  # fmt: skip
_DAG = {"tasks"}
_BODIES = ("container", "script")

_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*"
_PLAIN = re.compile(rf"(?<![\w.-])({_NAME})(?![\w.-])")
"""A step's name in `depends` that no result follows."""

_SUCCEEDED = re.compile(rf"{_NAME}\.Succeeded(?: && {_NAME}\.Succeeded)*")


def recording(workflow: Row) -> dict[str, Any]:
    """Return *workflow*, an object of Argo's, as a pipeline; raise UnrecordableError."""
    kind = workflow.get("kind")
    if kind not in _KINDS:
        msg = f"it is a {kind}"
        fix = "write a WorkflowTemplate, and `schedule` in platform.yaml"
        raise UnrecordableError(msg, fix)
    only(_METADATA, workflow.get("metadata", {}), "its metadata")
    spec = workflow["spec"]
    only(SPEC, spec, "the workflow")
    templates = {template["name"]: template for template in spec.get("templates", ())}
    entry = _template(templates, spec.get("entrypoint", ""), "the entrypoint")
    found: dict[str, Any] = {}
    if parameters := _parameters(spec.get("arguments", {})):
        found["parameters"] = parameters
    if seconds := spec.get("activeDeadlineSeconds"):
        found["deadline"] = f"{seconds}s"
    if parallelism := spec.get("parallelism") or entry.get("parallelism"):
        found["parallelism"] = parallelism
    tasks = list(_tasks(entry))
    conditional = {task["name"] for task, _ in tasks if task.get("when")}
    found["steps"] = {
        task["name"]: _step(task, before, templates, conditional) for task, before in tasks
    }
    if name := spec.get("onExit"):
        template = _template(templates, name, "the exit")
        _runs(template, "the exit", "let one container or script do all that is left to do")
        found["onExit"] = {name: exit_step(template)}
    return found


def _parameters(arguments: Row) -> dict[str, Any]:
    only({"parameters"}, arguments, "the workflow's arguments")
    found: dict[str, Any] = {}
    for parameter in arguments.get("parameters", ()):
        where = f"the parameter `{parameter['name']}`"
        only({"name", "value", "default", "enum", "description"}, parameter, where)
        value = parameter.get("value", parameter.get("default"))
        more = {key: parameter[key] for key in ("enum", "description") if parameter.get(key)}
        name = named(parameter["name"])
        if more or value is None:
            found[name] = {**({} if value is None else {"default": str(value)}), **more}
        else:
            found[name] = str(value)
    return found


def _tasks(entry: Row) -> Iterator[tuple[Row, list[str]]]:
    """Yield the tasks of the template *entry*, with the steps that a list of steps waits for."""
    if dag := entry.get("dag"):
        only({"name", "dag", "parallelism"}, entry, f"the template `{entry['name']}`")
        only(_DAG, dag, f"the DAG `{entry['name']}`")
        for task in dag["tasks"]:
            yield task, []
    elif groups := entry.get("steps"):
        only({"name", "steps", "parallelism"}, entry, f"the template `{entry['name']}`")
        before: list[str] = []
        for group in groups:
            together = [group] if isinstance(group, Mapping) else list(group)
            for task in together:
                yield task, before
            before = [task["name"] for task in together]
    else:
        yield {"name": entry["name"], "template": entry["name"]}, []


def _step(
    task: Row, before: list[str], templates: Mapping[str, Row], conditional: set[str]
) -> dict[str, Any]:
    where = f"the step `{task['name']}`"
    template = _template(templates, task.get("template", ""), where)
    _runs(template, where, "put the steps of inner DAGs into the outer one")
    names = before or list(task.get("dependencies", ()))
    depends = task.get("depends") or " && ".join(names)
    found = step(task, template, where)
    return {**_order(depends, conditional), **found}


def _order(depends: str, conditional: set[str]) -> dict[str, Any]:
    """Return what a step waits for.

    A bare name in Argo's `depends` lets the step run after one that was skipped as well, which
    matters after those that have a condition.
    """
    if not depends:
        return {}

    def meant(match: re.Match[str]) -> str:
        name = match[1]
        return (
            f"({name}.Succeeded || {name}.Skipped)" if name in conditional else f"{name}.Succeeded"
        )

    exact = _PLAIN.sub(meant, depends)
    if _SUCCEEDED.fullmatch(exact):
        return {"after": [part.removesuffix(".Succeeded") for part in exact.split(" && ")]}
    return {"depends": exact}


def _runs(template: Row, where: str, fix: str) -> None:
    """Raise UnrecordableError unless *template* runs something itself."""
    if not any(template.get(body) for body in _BODIES):
        msg = f"{where} is made of `{template['name']}`, which is no container and no script"
        raise UnrecordableError(msg, fix)


def _template(templates: Mapping[str, Row], name: str, where: str) -> Row:
    if name not in templates:
        msg = f"{where} names the template `{name}`, which the workflow hasn't"
        raise UnrecordableError(msg, "define the template in the same workflow")
    return templates[name]
