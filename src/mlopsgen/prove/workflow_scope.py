"""What can be referred to where in a workflow: argo-workflows 3.7.4 workflow/validate/validate.go.

Where the controller does less at run time than its validation lets through, the run counts: the
artifacts of a fanned-out task (workflow/controller/operator.go, processAggregateNodeOutputs), and
what is known of the end of a workflow before that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mlopsgen.prove.workflow_order import before

_ALWAYS = (
    "workflow.name", "workflow.namespace", "workflow.mainEntrypoint", "workflow.uid",
    "workflow.serviceAccountName", "workflow.creationTimestamp", "workflow.duration",
    "workflow.annotations", "workflow.annotations.json", "workflow.labels",
    "workflow.labels.json", "node.name",
)  # fmt: skip
_AT_THE_END = ("workflow.status", "workflow.failures")
_RETRIED = (
    "retries", "lastRetry.exitCode", "lastRetry.status", "lastRetry.duration", "lastRetry.message"
)  # fmt: skip
_OF_A_TASK = ("id", "status", "startedAt", "finishedAt", "hostNodeName")
_PODS = ("container", "containerSet", "script", "data", "resource")

ROOTS = frozenset(
    {"cronworkflow", "inputs", "item", "lastRetry", "node", "outputs", "pod", "retries", "steps"}
    | {"tasks", "workflow"}
)
"""First words of all references there are. Argo leaves a tag with another first word as it is."""

Template = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that lead to a value, and the beginnings of names that are known in a run only."""

    names: frozenset[str]
    artifacts: frozenset[str] = frozenset()
    open: tuple[str, ...] = field(default=("workflow.creationTimestamp.",))

    def has(self, name: str) -> bool:
        """Say whether *name* leads to a value that is a text."""
        return name in self.names or name.startswith(self.open)

    def leads(self, name: str) -> bool:
        """Say whether an expression may name *name*: a value, or a map of values."""
        return self.has(name) or any(
            each.startswith(f"{name}.") for each in (*self.names, *self.artifacts, *self.open)
        )

    def plus(self, names: Sequence[str] = (), artifacts: Sequence[str] = ()) -> Scope:
        """Return this scope with more names."""
        return replace(self, names=self.names | {*names}, artifacts=self.artifacts | {*artifacts})


def of_workflow(spec: Mapping[str, Any], *, scheduled: bool) -> Scope:
    """Return what every template of the workflow *spec* may refer to."""
    names = list(_ALWAYS)
    parameters = [each["name"] for each in spec.get("arguments", {}).get("parameters", ())]
    if parameters:
        names += ["workflow.parameters", "workflow.parameters.json"]
        names += [f"workflow.parameters.{name}" for name in parameters]
    metadata = spec.get("workflowMetadata", {})
    for kind in ("labels", "annotations"):
        names += [f"workflow.{kind}.{key}" for key in metadata.get(kind, ())]
    if scheduled:
        names.append("workflow.scheduledTime")
    return Scope(frozenset(names))


def at_the_end(scope: Scope) -> Scope:
    """Return *scope* as an exit handler has it."""
    return scope.plus(_AT_THE_END)


def of_template(scope: Scope, template: Template) -> Scope:
    """Return what *template* may refer to: its inputs, and its own outputs where it has a pod."""
    inputs, outputs = template.get("inputs", {}), template.get("outputs", {})
    given = [each["name"] for each in inputs.get("parameters", ())]
    names = ["inputs.parameters", *(f"inputs.parameters.{name}" for name in given)] if given else []
    artifacts = [f"inputs.artifacts.{each['name']}" for each in inputs.get("artifacts", ())]
    if any(kind in template for kind in _PODS):
        names.append("pod.name")
        names += [f"{name}.path" for name in artifacts]
        for kind in ("parameters", "artifacts"):
            names += [f"outputs.{kind}.{each['name']}.path" for each in outputs.get(kind, ())]
    if "retryStrategy" in template:
        names += _RETRIED
    return scope.plus(names, artifacts)


def of_task(
    scope: Scope,
    task: Mapping[str, Any],
    tasks: Mapping[str, Mapping[str, Any]],
    templates: Mapping[str, Template],
) -> Scope:
    """Return what *task* may refer to: what ended before it, its item, and *scope* of its DAG."""
    found = scope.plus(["tasks.name"])
    for name in before(tasks, task["name"]):
        found = found.plus(*of_ended(tasks[name], templates))
    return _items(found, task)


def of_ended(
    task: Mapping[str, Any], templates: Mapping[str, Template]
) -> tuple[list[str], list[str]]:
    """Return the names of values and artifacts that *task* has when it has ended."""
    prefix = f"tasks.{task['name']}"
    template = templates.get(task.get("template", ""), {})
    outputs = template.get("outputs", {})
    names = [f"{prefix}.{each}" for each in _OF_A_TASK]
    if any(kind in template for kind in ("container", "script", "containerSet")):
        names += [f"{prefix}.exitCode", f"{prefix}.outputs.result"]
    names += [
        f"{prefix}.outputs.parameters.{each['name']}" for each in outputs.get("parameters", ())
    ]
    if fans_out(task):
        return [*names, f"{prefix}.outputs.parameters"], []
    return names, [
        f"{prefix}.outputs.artifacts.{each['name']}" for each in outputs.get("artifacts", ())
    ]


def fans_out(task: Mapping[str, Any]) -> bool:
    """Say whether *task* runs once for each of several items."""
    return any(task.get(key) for key in ("withItems", "withParam", "withSequence"))


def _items(scope: Scope, task: Mapping[str, Any]) -> Scope:
    """Return *scope* with the item of *task*; keys of items from a parameter are known late."""
    if task.get("withParam"):
        return replace(scope.plus(["item"]), open=(*scope.open, "item."))
    if task.get("withSequence"):
        return scope.plus(["item"])
    items = task.get("withItems", ())
    return scope.plus(list(_of_items(items)))


def _of_items(items: Sequence[Any]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping):
            yield from (f"item.{key}" for key in item)
        yield "item"
