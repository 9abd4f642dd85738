"""Workflows: every name in what Argo Workflows runs is the name of something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.prove.emitted import Named, Objects
from mlopsgen.prove.workflow_order import OF_ITEMS, RESULTS, before, conditions, waits
from mlopsgen.prove.workflow_scope import fans_out
from mlopsgen.prove.workflow_tags import WORDS
from mlopsgen.prove.workflow_walk import tasks_of, templates_of
from mlopsgen.spec.keys import closest
from mlopsgen.spec.said import quoted

ADRIFT = Rule(
    "ARGO002",
    "every name in a workflow is the name of something",
    "Argo Workflows refuses a workflow with a template, step or argument that it doesn't find; for"
    " an account or a repository it doesn't find, the first step ends in an error.",
)
RULES = (ADRIFT,)

Said = tuple[str, str]
"""What is wrong, and what to do."""


def named(objects: Objects) -> Iterator[Finding]:
    """Yield the names in workflows among *objects* that nothing has."""
    for each in objects.of("WorkflowTemplate"):
        spec = each.body["spec"]
        said = [*_outside(each, objects), *_starts(spec), *_twice(spec)]
        for template in spec.get("templates", ()):
            said += _tasks(template, templates_of(spec))
            said += _semaphores(f"template `{template['name']}`", template, each, objects)
        said += _semaphores("the workflow", spec, each, objects)
        yield from _findings(each, said)
    for each in objects.of("CronWorkflow"):
        yield from _findings(each, _started(each, objects))


def _findings(owner: Named, said: Iterable[Said]) -> Iterator[Finding]:
    for message, fix in said:
        yield ADRIFT.at(owner.origin, f"{owner.subject}: {message}", fix=fix)


def _outside(workflow: Named, objects: Objects) -> Iterator[Said]:
    """Yield the account and the repository of *workflow* that aren't in its namespace."""
    spec, namespace = workflow.body["spec"], workflow.namespace
    account = spec.get("serviceAccountName")
    if account and not objects.find("ServiceAccount", namespace, account):
        yield _unknown("account", account, objects.names("ServiceAccount", namespace))
    reference = spec.get("artifactRepositoryRef")
    if reference:
        name, key = reference.get("configMap", "artifact-repositories"), reference.get("key", "")
        repositories = objects.find("ConfigMap", namespace, name)
        if repositories is None:
            yield _unknown("ConfigMap", name, objects.names("ConfigMap", namespace))
        elif key not in repositories.body.get("data", {}):
            yield _unknown("artifact repository", key, repositories.body.get("data", {}))


def _starts(spec: Mapping[str, Any]) -> Iterator[Said]:
    known = templates_of(spec)
    for key in ("entrypoint", "onExit"):
        if key in spec and spec[key] not in known:
            yield _unknown("template", spec[key], known)
    if "entrypoint" not in spec:
        yield "no template is its `entrypoint`", "name the template that comes first"


def _twice(spec: Mapping[str, Any]) -> Iterator[Said]:
    counted = Counter(each["name"] for each in spec.get("templates", ()))
    for name, count in counted.items():
        if count > 1:
            yield f"{count} templates are called `{name}`", "rename all of them but one"


def _tasks(
    template: Mapping[str, Any], templates: Mapping[str, Mapping[str, Any]]
) -> Iterator[Said]:
    """Yield what the tasks of *template* name and *templates* don't have."""
    tasks = tasks_of(template)
    listed = template.get("dag", {}).get("tasks", ())
    if len(tasks) < len(listed):
        yield f"two tasks of `{template['name']}` have one name", "rename one of them"
    if any("depends" in each for each in listed) and any("dependencies" in each for each in listed):
        ways = "some tasks have `depends` and others `dependencies`"
        yield f"{ways}; Argo Workflows takes one of the two", "write all of them as `depends`"
    for task in listed:
        yield from _order(task, tasks)
        found = templates.get(task.get("template", ""))
        if found is None:
            yield _unknown(f"template of task `{task['name']}`", task.get("template"), templates)
        else:
            yield from _arguments(task, found)


def _order(task: Mapping[str, Any], tasks: Mapping[str, Mapping[str, Any]]) -> Iterator[Said]:
    """Yield what is wrong with what *task* waits for."""
    name = task["name"]
    for other in waits(task):
        if other not in tasks:
            yield _unknown(f"task that `{name}` waits for", other, tasks)
        elif other in WORDS:
            yield (
                f"task `{name}` waits for `{other}`, a word of the language that conditions are in",
                f"rename `{other}`",
            )
    for other, result in conditions(task):
        if result and result not in RESULTS:
            yield _unknown(f"result that `{name}` waits for", f"{other}.{result}", RESULTS)
        elif result in OF_ITEMS and other in tasks and not fans_out(tasks[other]):
            yield (
                f"task `{name}` waits for `{other}.{result}`; `{other}` has no items",
                "wait for `Succeeded` or `Failed`",
            )
    if name in before(tasks, name):
        yield f"task `{name}` waits for itself", "take away what closes the cycle"


def _arguments(task: Mapping[str, Any], template: Mapping[str, Any]) -> Iterator[Said]:
    """Yield the inputs of *template* that *task* doesn't give, and arguments that it hasn't."""
    for kind, values in (("parameters", ("value", "valueFrom", "default")), ("artifacts", ("s3",))):
        inputs = {each["name"]: each for each in template.get("inputs", {}).get(kind, ())}
        given = [each["name"] for each in task.get("arguments", {}).get(kind, ())]
        one = kind[:-1]
        for name, each in inputs.items():
            known = each.get("optional") or any(key in each for key in values)
            if name not in given and not known:
                yield (
                    f"task `{task['name']}` gives no {one} `{name}`, which its template asks for",
                    f"give it a {one} `{name}`",
                )
        for name in given:
            if name not in inputs:
                yield _unknown(f"{one} of the template of task `{task['name']}`", name, inputs)


def _semaphores(
    holder: str, part: Mapping[str, Any], workflow: Named, objects: Objects
) -> Iterator[Said]:
    """Yield the semaphores of *part* of a workflow that no ConfigMap has."""
    for each in part.get("synchronization", {}).get("semaphores", ()):
        key = each.get("configMapKeyRef", {})
        name, namespace = key.get("name", ""), each.get("namespace", workflow.namespace)
        found = objects.find("ConfigMap", namespace, name)
        if found is None:
            known = objects.names("ConfigMap", namespace)
            yield _unknown(f"ConfigMap of a semaphore of {holder}", name, known)
        elif key.get("key") not in found.body.get("data", {}):
            known = found.body.get("data", {})
            yield _unknown(f"semaphore of {holder}", key.get("key"), known)


def _started(cron: Named, objects: Objects) -> Iterator[Said]:
    """Yield what a schedule starts that isn't there, and parameters that it gets wrong."""
    spec = cron.body["spec"]["workflowSpec"]
    name = spec.get("workflowTemplateRef", {}).get("name", "")
    template = objects.find("WorkflowTemplate", cron.namespace, name)
    if template is None:
        known = objects.names("WorkflowTemplate", cron.namespace)
        yield _unknown("WorkflowTemplate", name, known)
        return
    asked = {each["name"]: each for each in _parameters(template.body["spec"])}
    given = {each["name"]: each for each in _parameters(spec)}
    for key in given:
        if key not in asked:
            yield _unknown(f"parameter of WorkflowTemplate `{name}`", key, asked)
    for key, each in asked.items():
        merged = {**each, **given.get(key, {})}
        if "value" not in merged and "valueFrom" not in merged:
            yield f"it gives no value to parameter `{key}`, which has none", f"give `{key}` a value"
        elif "enum" in each and merged.get("value") not in each["enum"]:
            said = f"it gives parameter `{key}` the value {quoted(merged.get('value'))}"
            yield f"{said}, which isn't one of its `enum`", "give it one of those values"


def _parameters(spec: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    found: Iterable[Mapping[str, Any]] = spec.get("arguments", {}).get("parameters", ())
    return found


def _unknown(kind: str, name: object, known: Iterable[str]) -> Said:
    """Return what to say of *name*, which none of the *known* is."""
    names = sorted(known)
    near = closest(str(name), names)
    fix = f"write `{near}`" if near else f"add it, or name one of the {len(names)} that there are"
    return f"{quoted(name)} is no {kind}", fix if names else "add it"
