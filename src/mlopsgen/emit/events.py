"""Argo Events: one bus for the platform, and an EventSource and a Sensor for each pipeline.

All of it lies in the namespace of Argo Events, whose controller sees no other. Quotas of the
pipelines' namespaces don't count it, and who may make pods there can't borrow its accounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlopsgen import names
from mlopsgen.artifact import Artifact, manifest
from mlopsgen.diagnostics import SpecPath
from mlopsgen.names import PIPELINE_LABEL
from mlopsgen.plan import Listening, Plan, Source
from mlopsgen.plan.applications import TRIGGERS
from mlopsgen.shapes import Shapes

Row = dict[str, Any]

_VERSION = "2.10.10"
"""Of NATS: the one that the Helm values of Argo Events let the controller know."""

_SETTINGS = "max_memory_store: 64MB\nmax_file_store: 4GB\n"
"""Less than the volume and the container have."""

_STREAM = "maxAge: 72h\nmaxBytes: 1073741824\nmaxMsgs: 1000000\nreplicas: 3\ndiscard: 1\n"
"""What is older is dropped; while there is more, new events are refused and stay in their queue.
Bytes are a number: `1GB` is read as 0, no limit (argo-events 1.9.9 pkg/eventbus/jetstream/base)."""

_BUS = "event-bus"

_USER = 9731
"""Any would do: the programs are single files that anybody may run."""

_POD_SECURITY = {
    "runAsNonRoot": True,
    "runAsUser": _USER,
    "runAsGroup": _USER,
    "fsGroup": _USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
_INERT = r"(\{?[^{])*\{?"
"""No two braces open one after the other. Argo Workflows computes what stands between such in the
values that a run is started with, before any step is made (3.7.4 workflow/controller/operator.go,
substituteGlobalVariables): an event could have the controller repeat a text until its memory is
gone. All else reaches the steps as it is (emit/argo/inert.py)."""

_RETRY = {"steps": 8, "duration": "10s", "factor": 2, "jitter": 0}
"""Ten seconds after the first failure, then twice as long each time: 21 minutes in all."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the bus, then what each pipeline with triggers needs; nothing without any."""
    if not plan.listening:
        return
    yield from _bus(plan, shapes, plan.listening[0])
    for heard in plan.listening:
        yield from _pipeline(plan, shapes, heard)


def _bus(plan: Plan, shapes: Shapes, first: Listening) -> Iterator[Artifact]:
    for shape, name in (
        ("bus-account", _BUS),
        ("event-bus", names.EVENT_BUS),
        ("budget", _BUS),
    ):
        document = shapes.one(
            f"events/{shape}.yaml",
            name=name,
            namespace=first.namespace,
            labels=plan.labels(_BUS),
            account=_BUS,
            version=_VERSION,
            settings=_SETTINGS,
            stream=_STREAM,
            pods={"controller": "eventbus-controller", "eventbus-name": names.EVENT_BUS},
            pod_security=_POD_SECURITY,
            container_security=_CONTAINER_SECURITY,
        )
        yield _file(document, ("components", "argo-events"))


def _pipeline(plan: Plan, shapes: Shapes, heard: Listening) -> Iterator[Artifact]:
    for shape in ("source-account", "sensor-account", "role", "binding", "sensor", "event-source"):
        document = shapes.one(
            f"events/{shape}.yaml",
            heard=heard,
            labels={**plan.labels(heard.name), PIPELINE_LABEL: heard.name},
            bus=names.EVENT_BUS,
            queues={source.name: _queue(plan, source) for source in heard.sources},
            dependencies=[_dependency(heard, source) for source in heard.sources],
            triggers=[_trigger(heard, source) for source in heard.sources],
            pod_security=_POD_SECURITY,
            container_security=_CONTAINER_SECURITY,
        )
        yield _file(document, heard.origin)


def _file(document: Row, origin: SpecPath) -> Artifact:
    return manifest(TRIGGERS, document, emitter=__name__, origin=origin, qualified=True)


def _queue(plan: Plan, source: Source) -> Row:
    """Return how an EventSource listens; what isn't JSON stays in the queue, which gives it up."""
    own = source.account_id == plan.platform.aws.account_id
    return {
        "region": source.region,
        "queue": source.queue,
        **({} if own else {"queueAccountId": source.account_id}),
        "waitTimeSeconds": 20,
        "jsonBody": True,
        "dlq": True,
    }


def _depends(source: Source) -> str:
    """Return the name of a dependency; in a condition, words such as `in` mean something."""
    return f"on-{source.name}"


def _dependency(heard: Listening, source: Source) -> Row:
    row: Row = {
        "name": _depends(source),
        "eventSourceName": heard.name,
        "eventName": source.name,
    }
    if filters := _filters(source):
        row["filters"] = {"data": filters}
    return row


def _filters(source: Source) -> list[Row]:
    """Return what has to be in an event: values to take, without expressions in them.

    A bucket also sends a test when its notifications are set up, in which there is no file.
    """
    patterns = dict.fromkeys(source.spec.from_event.values(), f"^{_INERT}$")
    if data := source.spec.s3:
        prefix, suffix = (text.replace(".", r"\.") for text in (data.prefix, data.suffix or ""))
        patterns[names.EVENT_KEY] = f"^{prefix}{_INERT}{suffix}$"
    return [
        {"path": path, "type": "string", "value": [pattern]} for path, pattern in patterns.items()
    ]


def _trigger(heard: Listening, source: Source) -> Row:
    taken = [
        {
            "src": {"dependencyName": _depends(source), "dataKey": path},
            "dest": f"spec.arguments.parameters.{index}.value",
        }
        for index, path in enumerate(source.spec.from_event.values())
    ]
    create: Row = {"operation": "create", "source": {"resource": _workflow(heard, source)}}
    if taken:
        create["parameters"] = taken
    return {
        "template": {"name": source.name, "conditions": _depends(source), "k8s": create},
        "atLeastOnce": True,
        "rateLimit": {
            "unit": source.spec.at_most.per,
            "requestsPerUnit": source.spec.at_most.runs,
        },
        "retryStrategy": _RETRY,
        # What could not be started is in the log of the Sensor, event and all.
        "dlqTrigger": {
            "atLeastOnce": True,
            "template": {"name": f"{source.name}-lost", "log": {}},
        },
    }


def _workflow(heard: Listening, source: Source) -> Row:
    """Return the run that is started. Runs that events started come one after the other."""
    parameters = [{"name": name, "value": ""} for name in source.spec.from_event]
    parameters += [{"name": name, "value": text} for name, text in source.spec.arguments.items()]
    spec: Row = {
        "workflowTemplateRef": {"name": heard.name},
        "synchronization": {"mutexes": [{"name": each} for each in heard.mutexes]},
    }
    if parameters:
        spec["arguments"] = {"parameters": parameters}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "generateName": f"{heard.name}-",
            "namespace": heard.runs_in,
            "labels": {PIPELINE_LABEL: heard.name},
        },
        "spec": spec,
    }
