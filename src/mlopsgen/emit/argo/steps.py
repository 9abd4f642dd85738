"""The steps of a pipeline: a template with one container for each."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlopsgen import units
from mlopsgen.emit.argo.memo import key
from mlopsgen.plan import Plan, Pool, SecretBundle, Workflow
from mlopsgen.spec import Step

Row = dict[str, Any]

TEMPORARY = "/tmp"  # noqa: S108 - where programs look for it in a container of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class StepValues:
    """What the shape of a step is filled with, in Argo's words."""

    name: str
    spec: Step
    command: list[str]
    args: list[str]
    inputs: list[Row]
    outputs: list[Row]
    env: list[Row]
    requests: dict[str, str]
    limits: dict[str, str]
    mounts: list[Row]
    volumes: list[Row]
    pool: Pool | None
    retries: str
    """How many further tries, empty without any."""

    timeout: int
    """Seconds, 0 without an end."""

    memo_key: str
    """Empty where the step isn't memoized."""

    memo_age: str


def steps(plan: Plan, workflow: Workflow) -> list[StepValues]:
    """Return the values of every step of *workflow*."""
    return [_values(plan, workflow, name, step) for name, step in workflow.spec.steps.items()]


def _values(plan: Plan, workflow: Workflow, name: str, step: Step) -> StepValues:
    requests = {"cpu": units.cpu(step.resources.cpu), "memory": units.memory(step.resources.memory)}
    limits = {"memory": requests["memory"]}
    if step.gpus:
        requests["nvidia.com/gpu"] = limits["nvidia.com/gpu"] = str(step.gpus)
    mounts, volumes = _storage(step)
    return StepValues(
        name=name,
        spec=step,
        command=list(step.command),
        args=list(step.args),
        inputs=[{"name": own, "path": f"/in/{own}"} for own in step.inputs],
        outputs=_outputs(workflow, name, step),
        env=_environment(plan, workflow, step, workflow.secrets.get(name)),
        requests=requests,
        limits=limits,
        mounts=mounts,
        volumes=volumes,
        pool=workflow.pools.get(name),
        retries=str(step.retry.limit) if step.retry else "",
        timeout=units.seconds(step.timeout) if step.timeout else 0,
        memo_key=key(workflow.spec, name, step.memoize) if step.memoize else "",
        memo_age=units.duration(step.memoize.ttl) if step.memoize else "",
    )


def _outputs(workflow: Workflow, name: str, step: Step) -> list[Row]:
    """Return the outputs; only the key is given, the repository has the rest."""
    folder = f"{workflow.prefix}/{{{{workflow.name}}}}/{name}"
    return [
        {"name": own, "path": one.path, "s3": {"key": f"{folder}/{own}.tgz"}}
        for own, one in step.artifacts.items()
    ]


def _environment(
    plan: Plan, workflow: Workflow, step: Step, secret: SecretBundle | None
) -> list[Row]:
    """Return the environment; what users write themselves comes last and stands.

    Parameters are values of variables and never text of a command, so no shell reads them.
    """
    # The user has no entry in the image's passwd: HOME would be /, which is read-only, and MLflow,
    # which notes who started a run, would find nobody and give up (mlflow issue 1103).
    texts = {"HOME": TEMPORARY, "USER": workflow.name, **_mlflow(plan, workflow, step)}
    for name in workflow.spec.parameters:
        variable = f"PARAM_{name.upper().replace('-', '_')}"
        texts[variable] = f"{{{{workflow.parameters.{name}}}}}"
    texts |= step.env
    rows: dict[str, Row] = {name: {"name": name, "value": value} for name, value in texts.items()}
    for each in secret.keys if secret else ():
        reference = {"name": secret.name if secret else "", "key": each.key}
        rows[each.key] = {"name": each.key, "valueFrom": {"secretKeyRef": reference}}
    return list(rows.values())


def _mlflow(plan: Plan, workflow: Workflow, step: Step) -> dict[str, str]:
    found = {}
    if mlflow := plan.parts.get("mlflow"):
        [(service, facts)] = mlflow.facts.services.items()
        address = f"{service}.{mlflow.namespace}.svc:{facts.ports[0].port}"
        found["MLFLOW_TRACKING_URI"] = f"http://{address}"
    if workflow.spec.experiment:
        found["MLFLOW_EXPERIMENT_NAME"] = workflow.spec.experiment
    if step.registers:
        found["MODEL_NAME"], _, found["MODEL_ALIAS"] = step.registers.partition("@")
    return found


def _storage(step: Step) -> tuple[list[Row], list[Row]]:
    """Return what is mounted where: the root file system is read-only, so outputs need a place."""
    folders = {"temporary": TEMPORARY}
    for index, folder in enumerate(_folders(one.path for one in step.artifacts.values())):
        folders[f"output-{index}"] = folder
    volumes: list[Row] = [{"name": name, "emptyDir": {}} for name in folders]
    if step.gpus:
        # Processes of one step pass tensors through it; a container gets 64 MiB by itself.
        folders["shared-memory"] = "/dev/shm"  # noqa: S108 - a mount point
        volumes.append({"name": "shared-memory", "emptyDir": {"medium": "Memory"}})
    return [{"name": name, "mountPath": folder} for name, folder in folders.items()], volumes


def _folders(paths: Iterable[str]) -> list[str]:
    """Return the folders that *paths* lie in, without those inside others."""
    found = {_folder(posixpath.normpath(path)) for path in paths}
    above = {*found, TEMPORARY}
    return sorted(
        folder
        for folder in found
        if folder != TEMPORARY and not any(folder.startswith(f"{other}/") for other in above)
    )


def _folder(path: str) -> str:
    """Return the folder of *path*, which is itself where only the root is above."""
    parent = posixpath.dirname(path)
    return path if parent == "/" else parent
