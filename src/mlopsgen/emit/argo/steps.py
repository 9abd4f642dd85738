"""The steps of a pipeline: a template with one container for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlopsgen import units
from mlopsgen.emit.argo import inert
from mlopsgen.emit.argo.dag import values
from mlopsgen.emit.argo.environment import environment
from mlopsgen.emit.argo.memo import Definitions, key
from mlopsgen.emit.argo.room import resources, storage
from mlopsgen.names import FEATURES_FOLDER, SEMAPHORES
from mlopsgen.plan import Plan, Pool, Workflow
from mlopsgen.plan.features import CONFIG_MAP
from mlopsgen.plan.priorities import class_of
from mlopsgen.spec import ExitStep, OutputArtifact, Pipeline, Retry, Step

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepValues:
    """What the shape of a step is filled with, in Argo's words."""

    name: str
    image: str
    command: list[str]
    args: list[str]
    inputs: Row
    outputs: Row
    env: list[Row]
    resources: Row
    mounts: list[Row]
    volumes: list[Row]
    pool: Pool | None
    priority: str
    """The PriorityClass, empty for most."""

    retry: Row
    """How it is tried again, empty where it isn't."""

    timeout: int
    """Seconds, 0 without an end."""

    locks: Row
    """Mutexes and semaphores, empty without any."""

    memo_key: str
    """Empty where the step isn't memoized."""

    memo_age: str


def steps(plan: Plan, workflow: Workflow) -> list[StepValues]:
    """Return the values of every step of *workflow*, those that run at its end last."""
    everything: dict[str, Step | ExitStep] = {**workflow.spec.steps, **workflow.spec.on_exit}
    found = Definitions.of(workflow)
    return [_values(plan, workflow, found, name, step) for name, step in everything.items()]


def locks(holder: Pipeline | Step) -> Row:
    """Return the mutex and the semaphore that *holder* waits for."""
    found: Row = {}
    if holder.mutex:
        found["mutexes"] = [{"name": holder.mutex}]
    if holder.semaphore:
        reference = {"name": SEMAPHORES, "key": holder.semaphore}
        found["semaphores"] = [{"configMapKeyRef": reference}]
    return found


def _values(
    plan: Plan, workflow: Workflow, found: Definitions, name: str, step: Step | ExitStep
) -> StepValues:
    mounts, volumes = storage(step)
    if workflow.spec.features:
        mounts.append({"name": CONFIG_MAP, "mountPath": FEATURES_FOLDER})
        volumes.append({"name": CONFIG_MAP, "configMap": {"name": CONFIG_MAP}})
    memoize = step.memoize if isinstance(step, Step) else None
    return StepValues(
        name=name,
        image=workflow.images[name],
        command=[inert.text(word) for word in step.command],
        args=[inert.text(word) for word in step.args],
        inputs=_inputs(step),
        outputs=_outputs(workflow, name, step),
        env=environment(plan, workflow, step, workflow.secrets.get(name)),
        resources=resources(step),
        mounts=mounts,
        volumes=volumes,
        pool=workflow.pools.get(name),
        priority=class_of(plan, step.priority),
        retry=_retry(step.retry) if step.retry else {},
        timeout=units.seconds(step.timeout) if step.timeout else 0,
        locks=locks(step) if isinstance(step, Step) else {},
        memo_key=_memo_key(found, name, step),
        memo_age=units.duration(memoize.ttl) if memoize else "",
    )


def _memo_key(found: Definitions, name: str, step: Step | ExitStep) -> str:
    if not isinstance(step, Step) or step.memoize is None:
        return ""
    return key(found, name, step, step.memoize)


def _inputs(step: Step | ExitStep) -> Row:
    """Return the parameters and artifacts that a task hands to *step*."""
    if not isinstance(step, Step):
        return {}
    found: Row = {}
    if names := values(step):
        found["parameters"] = [{"name": name} for name in names]
    if step.sources:
        found["artifacts"] = [
            {"name": own, "path": f"/in/{own}"} | ({"optional": True} if one.optional else {})
            for own, one in step.sources.items()
        ]
    return found


def _outputs(workflow: Workflow, name: str, step: Step | ExitStep) -> Row:
    """Return the outputs; of a file only the key is given, the repository has the rest.

    A step that fans out runs in several pods at once, so theirs have the name of the pod.
    """
    if not isinstance(step, Step):
        return {}
    found: Row = {}
    if step.texts:
        found["parameters"] = [
            {
                "name": own,
                "valueFrom": {"path": one.path}
                | ({} if one.default is None else {"default": one.default}),
            }
            for own, one in step.texts.items()
        ]
    if step.artifacts:
        folder = f"{workflow.prefix}/{{{{workflow.name}}}}/{name}"
        folder += "/{{pod.name}}" if step.fans_out else ""
        found["artifacts"] = [_file(folder, own, one) for own, one in step.artifacts.items()]
    return found


def _file(folder: str, own: str, one: OutputArtifact) -> Row:
    row: Row = {"name": own, "path": one.path}
    if one.optional:
        row["optional"] = True
    if one.archive == "none":
        return row | {"archive": {"none": {}}, "s3": {"key": f"{folder}/{own}"}}
    return row | {"s3": {"key": f"{folder}/{own}.tgz"}}


def _retry(retry: Retry) -> Row:
    """Return how a step is tried again.

    There is no maxDuration unless somebody asks for it: it counts from the start of the first
    try, however long that took.
    """
    wait = retry.backoff
    backoff = {
        "duration": units.duration(wait.duration),
        "factor": str(wait.factor),
        "cap": units.duration(wait.cap),
    }
    if wait.max_duration:
        backoff["maxDuration"] = units.duration(wait.max_duration)
    found: Row = {"limit": str(retry.limit), "retryPolicy": retry.policy, "backoff": backoff}
    if retry.other_node:
        found["affinity"] = {"nodeAntiAffinity": {}}
    return found
