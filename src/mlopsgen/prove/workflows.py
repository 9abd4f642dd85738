"""Workflows: every reference in what Argo Workflows runs leads to a value.

Argo checks simple tags when it takes a template, and expressions only when a step starts. What
neither of them finds stays in the text as it stands there, braces and all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from mlopsgen.diagnostics import Finding, Rule
from mlopsgen.prove.emitted import Named, Objects
from mlopsgen.prove.wording import pointer
from mlopsgen.prove.workflow_scope import (
    ROOTS,
    Scope,
    at_the_end,
    of_ended,
    of_task,
    of_template,
    of_workflow,
)
from mlopsgen.prove.workflow_tags import Reference, Unclosed, of_expression, references
from mlopsgen.prove.workflow_walk import reached, tasks_of, templates_of, texts
from mlopsgen.spec.said import quoted

UNRESOLVED = Rule(
    "ARGO001",
    "every reference in a workflow leads to a value",
    "Argo Workflows refuses a template with a simple reference that leads nowhere. An expression"
    " is read only when the step starts: it gets the text with its braces, or ends in an error.",
)
RULES = (UNRESOLVED,)

_EXPRESSIONS = frozenset({"expression", "fromExpression"})
_NEAR = 0.8
"""How like a name has to be to be proposed."""

_SLIP = 0.85
"""How like a first word that Argo doesn't know has to be to one that it does."""

_OF_A_POD = ("workflow.name", "workflow.namespace", "workflow.uid", "pod.name")
"""What the key of an artifact may name that belongs to no template."""

Place = tuple[str | int, ...]


def resolved(objects: Objects) -> Iterator[Finding]:
    """Yield the references of all workflows among *objects* that lead nowhere."""
    scheduled = {
        (each.namespace, each.body["spec"]["workflowSpec"]["workflowTemplateRef"]["name"])
        for each in objects.of("CronWorkflow")
        if "workflowTemplateRef" in each.body["spec"].get("workflowSpec", {})
    }
    for each in objects.of("WorkflowTemplate"):
        runs = (each.namespace, each.name) in scheduled
        for place, reference, scope in _of_template(each.body["spec"], scheduled=runs):
            yield _finding(each, ("spec", *place), reference, scope)
    for each in objects.of("CronWorkflow"):
        yield from _of_schedule(each)
    for each in objects.of("ConfigMap"):
        if each.name == "artifact-repositories":
            yield from _of_repositories(each)


def _of_template(
    spec: Mapping[str, Any], *, scheduled: bool
) -> Iterator[tuple[Place, Reference | Unclosed, Scope]]:
    """Yield what in the workflow *spec* leads nowhere, with where it is and what it could be."""
    everywhere = of_workflow(spec, scheduled=scheduled)
    templates = templates_of(spec)
    started = reached(spec.get("entrypoint", ""), templates)
    rest = {key: each for key, each in spec.items() if key not in {"arguments", "templates"}}
    for place, text in texts(rest):
        yield from _missing(place, text, everywhere)
    for index, template in enumerate(spec.get("templates", ())):
        known = everywhere if template["name"] in started else at_the_end(everywhere)
        scope = of_template(known, template)
        for place, found, where in _inside(template, scope, templates):
            yield ("templates", index, *place), found, where


def _inside(
    template: Mapping[str, Any], scope: Scope, templates: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Place, Reference | Unclosed, Scope]]:
    tasks = tasks_of(template)
    after = scope
    for index, task in enumerate(template.get("dag", {}).get("tasks", ())):
        after = after.plus(*of_ended(task, templates))
        here = of_task(scope, task, tasks, templates)
        for place, text in texts(task):
            for at, found, where in _missing(place, text, here):
                yield ("dag", "tasks", index, *at), found, where
    rest = {key: each for key, each in template.items() if key != "dag"}
    for place, text in texts(rest):
        yield from _missing(place, text, after if place[0] == "outputs" else scope)


def _missing(
    place: Place, text: str, scope: Scope
) -> Iterator[tuple[Place, Reference | Unclosed, Scope]]:
    """Yield what *text*, which stands at *place*, refers to and *scope* doesn't have."""
    whole = place[-1] in _EXPRESSIONS and "{{" not in text
    takes_artifact = place[-1] in {"from", "fromExpression"}
    for each in of_expression(text) if whole else references(text):
        match each:
            case Unclosed():
                yield place, each, scope
            case Reference(simple=True, name=name):
                found = name in scope.artifacts if takes_artifact else scope.has(name)
                if not found and _meant_for_argo(name):
                    yield place, each, scope
            case Reference(name=name):
                if not scope.leads(name) and name not in scope.artifacts:
                    yield place, each, scope


def _meant_for_argo(name: str) -> bool:
    """Say whether a tag with *name* is a reference, or one but for a slip; others stay as text."""
    first, dot, _ = name.partition(".")
    if first in ROOTS:
        return True
    return bool(dot and get_close_matches(first, ROOTS, n=1, cutoff=_SLIP))


def _of_schedule(cron: Named) -> Iterator[Finding]:
    """Yield the references of a schedule: conditions that are read before there is a workflow."""
    spec = cron.body["spec"]
    labels = [f"cronworkflow.labels.{key}" for key in cron.body["metadata"].get("labels", ())]
    known = ("name", "namespace", "lastScheduledTime", "failed", "succeeded", "labels.json")
    scope = Scope(frozenset((*labels, *(f"cronworkflow.{each}" for each in known))), open=())
    told = {key: spec[key] for key in ("when", "stopStrategy") if key in spec}
    for place, text in texts(told):
        for at, found, where in _missing(place, text, scope):
            yield _finding(cron, ("spec", *at), found, where)


def _of_repositories(repositories: Named) -> Iterator[Finding]:
    """Yield the references in the forms of keys; they are YAML, as the controller reads them."""
    scope = Scope(frozenset(_OF_A_POD))
    for place, text in texts(repositories.body.get("data", {})):
        for at, found, where in _missing(place, text, scope):
            yield _finding(repositories, ("data", *at), found, where)


def _finding(owner: Named, place: Place, found: Reference | Unclosed, scope: Scope) -> Finding:
    at, here = owner.origin, f"{owner.subject}: `{pointer(place)}`"
    if isinstance(found, Unclosed):
        return UNRESOLVED.at(
            at,
            f"{here} has {quoted(found.text)}, two braces that nothing closes",
            why="Argo Workflows takes all that follows, up to the next `}}` of any field, for one"
            " reference, and fills in none that stands in it.",
            fix="close the braces, or write the text without them",
        )
    names = [*scope.names, *scope.artifacts]
    near = get_close_matches(found.name, sorted(names), n=1, cutoff=_NEAR)
    said = f" in {quoted(found.text)}" if found.text.strip("{} ") != found.name else ""
    return UNRESOLVED.at(
        at,
        f"{here} refers to {quoted(found.name)}{said}, which leads nowhere there",
        fix=f"refer to `{near[0]}`" if near else "refer to something that is known there",
    )
