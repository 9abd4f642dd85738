"""The environment of a step."""

from __future__ import annotations

from typing import Any

from mlopsgen.emit.argo import inert
from mlopsgen.emit.argo.dag import ITEM_INPUT, values
from mlopsgen.plan import Plan, SecretBundle, Workflow, features
from mlopsgen.spec import ExitStep, Step

Row = dict[str, Any]

TEMPORARY = "/tmp"  # noqa: S108 - where programs look for it in a container of their own

_EXIT = {
    "STATUS": "{{workflow.status}}",
    # Argo Workflows has the list as a text in quotes (3.7.4 workflow/controller/operator.go).
    "FAILURES": inert.value("fromJSON(workflow.failures)"),
    "WORKFLOW_NAME": "{{workflow.name}}",
}


def environment(
    plan: Plan, workflow: Workflow, step: Step | ExitStep, secret: SecretBundle | None
) -> list[Row]:
    """Return the environment; what users write themselves comes last and stands.

    Values are values of variables and never text of a command, so no shell reads them.
    """
    # The user has no entry in the image's passwd: HOME would be /, which is read-only, and MLflow,
    # which notes who started a run, would find nobody and give up (mlflow issue 1103).
    texts = {"HOME": TEMPORARY, "USER": workflow.name, **_mlflow(plan, workflow, step)}
    texts |= features.environment(plan, workflow.spec.features)
    for name in workflow.spec.parameters:
        texts[_variable(name)] = inert.value(f"workflow.parameters['{name}']")
    if isinstance(step, Step):
        for name in values(step):
            variable = name if name.startswith(ITEM_INPUT) else _variable(name)
            texts[variable] = f"{{{{=inputs.parameters['{name}']}}}}"
    else:
        texts |= _EXIT
    texts |= {name: inert.text(value) for name, value in step.env.items()}
    rows: dict[str, Row] = {name: {"name": name, "value": value} for name, value in texts.items()}
    for each in secret.keys if secret else ():
        reference = {"name": secret.name if secret else "", "key": each.key}
        rows[each.key] = {"name": each.key, "valueFrom": {"secretKeyRef": reference}}
    rows.pop(inert.EMPTY, None)
    return [*_first(step, rows), *rows.values()]


def _first(step: Step | ExitStep, rows: dict[str, Row]) -> list[Row]:
    """Return the variable that parts braces, where a value or a text may have any."""
    written = (*step.command, *step.args)
    needed = any(
        inert.EMPTY in row.get("value", "") or "inputs." in row.get("value", "")
        for row in rows.values()
    ) or any(inert.text(one) != one for one in written)
    return [{"name": inert.EMPTY, "value": ""}] if needed else []


def _variable(name: str) -> str:
    return f"PARAM_{name.upper().replace('-', '_')}"


def _mlflow(plan: Plan, workflow: Workflow, step: Step | ExitStep) -> dict[str, str]:
    found = {}
    if mlflow := plan.parts.get("mlflow"):
        [(service, facts)] = mlflow.facts.services.items()
        address = f"{service}.{mlflow.namespace}.svc:{facts.ports[0].port}"
        found["MLFLOW_TRACKING_URI"] = f"http://{address}"
    if workflow.spec.experiment:
        found["MLFLOW_EXPERIMENT_NAME"] = inert.plain(workflow.spec.experiment)
    if isinstance(step, Step) and step.registers:
        model, _, alias = step.registers.partition("@")
        found["MODEL_NAME"], found["MODEL_ALIAS"] = inert.plain(model), alias
    return found
