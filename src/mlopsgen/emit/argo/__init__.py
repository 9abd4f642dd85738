"""Argo Workflows: a WorkflowTemplate for each pipeline, with what its pods need around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlopsgen import names, units
from mlopsgen.artifact import Artifact, manifest
from mlopsgen.diagnostics import SpecPath
from mlopsgen.emit.argo.dag import exit_tasks, tasks
from mlopsgen.emit.argo.starting import arguments, parameters, stopping
from mlopsgen.emit.argo.steps import locks, steps
from mlopsgen.names import PIPELINE_LABEL
from mlopsgen.plan import Plan, Workflow
from mlopsgen.serialize import to_yaml
from mlopsgen.shapes import Shapes

_S3 = "s3.amazonaws.com"
"""The client finds the bucket's own endpoint by its region."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield what each namespace with pipelines needs once, then what each pipeline needs."""
    by_namespace: dict[str, list[Workflow]] = {}
    for workflow in plan.workflows:
        by_namespace.setdefault(workflow.namespace, []).append(workflow)
    for namespace, workflows in by_namespace.items():
        yield from _shared(plan, shapes, namespace, workflows)
        for workflow in workflows:
            yield from _pipeline(plan, shapes, workflow)


def _shared(
    plan: Plan, shapes: Shapes, namespace: str, workflows: Sequence[Workflow]
) -> Iterator[Artifact]:
    application = names.pipelines_application(namespace)
    document = shapes.one(
        "argo/artifact-repositories.yaml",
        namespace=namespace,
        labels=plan.labels("artifact-repositories"),
        repositories={workflow.name: _repository(plan, workflow) for workflow in workflows},
    )
    yield manifest(application, document, emitter=__name__, origin=("storage", "artifacts"))
    if semaphores := plan.platform.namespaces[namespace].semaphores:
        document = shapes.one(
            "argo/semaphores.yaml",
            name=names.SEMAPHORES,
            namespace=namespace,
            labels=plan.labels(names.SEMAPHORES),
            limits={name: str(limit) for name, limit in semaphores.items()},
        )
        origin: SpecPath = ("namespaces", namespace, "semaphores")
        yield manifest(application, document, emitter=__name__, origin=origin)
    for name in ("executor-role", "executor-binding"):
        document = shapes.one(
            f"argo/{name}.yaml",
            namespace=namespace,
            labels=plan.labels("workflow-executor"),
            workflows=workflows,
        )
        yield manifest(application, document, emitter=__name__, origin=("pipelines",))


def _repository(plan: Plan, workflow: Workflow) -> str:
    """Return where a pipeline's artifacts and logs go, in YAML as the controller reads it.

    Nothing about encryption: `enableEncryption` without a key asks S3 for its own key in place
    of the bucket's (argo-workflows 3.7.4 workflow/artifacts/s3/s3.go, buildServerSideEnc).
    """
    repository = {
        "archiveLogs": True,
        "s3": {
            "bucket": plan.bucket,
            "endpoint": _S3,
            "region": plan.platform.aws.region,
            "useSDKCreds": True,
            "keyFormat": f"{workflow.prefix}/{{{{workflow.name}}}}/{{{{pod.name}}}}",
        },
    }
    return to_yaml([repository])


def _pipeline(plan: Plan, shapes: Shapes, workflow: Workflow) -> Iterator[Artifact]:
    application = names.pipelines_application(workflow.namespace)
    marks = {PIPELINE_LABEL: workflow.name}
    labels = {**plan.labels(workflow.name), **marks}
    account = shapes.one("argo/service-account.yaml", workflow=workflow, labels=labels)
    yield manifest(application, account, emitter=__name__, origin=workflow.origin)
    template = shapes.one(
        "argo/workflow-template.yaml",
        workflow=workflow,
        labels=labels,
        marks=marks,
        deadline=units.seconds(workflow.spec.deadline),
        parameters=parameters(workflow.spec),
        locks=locks(workflow.spec),
        after_success=units.seconds(workflow.spec.keep.succeeded),
        after_failure=units.seconds(workflow.spec.keep.failed),
        tasks=tasks(workflow.spec),
        exit_tasks=exit_tasks(workflow.spec.on_exit),
        steps=steps(plan, workflow),
    )
    yield manifest(application, template, emitter=__name__, origin=workflow.origin)
    if schedule := workflow.spec.schedule:
        cron = shapes.one(
            "argo/cron-workflow.yaml",
            workflow=workflow,
            schedule=schedule,
            crons=list(schedule.crons),
            labels=labels,
            marks=marks,
            late=units.seconds(schedule.starting_deadline),
            stopping=stopping(schedule),
            arguments=arguments(schedule),
        )
        origin = (*workflow.origin, "schedule")
        yield manifest(application, cron, emitter=__name__, origin=origin)
