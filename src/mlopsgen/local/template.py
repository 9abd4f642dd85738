"""The WorkflowTemplate of a pipeline, read into what a machine without a cluster needs of it.

Every key is either read here, or named as one that only says where and how pods are kept. Any
other is refused: a pipeline that runs differently here would show nothing about the cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from mlopsgen.local.refusal import RefusedError

Object = Mapping[str, Any]

_OF_PODS = {
    "spec": {
        "artifactRepositoryRef",
        "automountServiceAccountToken",
        "podGC",
        "podMetadata",
        "securityContext",
        "serviceAccountName",
        "ttlStrategy",
        "workflowMetadata",
    },
    "template": {"memoize", "nodeSelector", "tolerations", "volumes"},
    "container": {"resources", "securityContext"},
    "output": {"s3"},
    # Waiting is for clusters that have to recover; here the next try comes at once.
    "retry": {"backoff"},
}
"""What is not looked at: where pods run, what they may do and how long they are kept."""

_READ = {
    "spec": {"activeDeadlineSeconds", "arguments", "entrypoint", "templates"},
    "task": {"arguments", "dependencies", "name", "template"},
    "template": {
        "activeDeadlineSeconds",
        "container",
        "inputs",
        "name",
        "outputs",
        "retryStrategy",
    },
    "container": {"args", "command", "env", "image", "volumeMounts"},
    "input": {"name", "path"},
    "output": {"name", "path"},
    "retry": {"limit", "retryPolicy"},
}
_FROM = re.compile(r"\{\{tasks\.(?P<step>[^.{}]+)\.outputs\.artifacts\.(?P<output>[^.{}]+)\}\}")


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a step finds at `path`: output `output` of step `step`."""

    name: str
    path: str
    step: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A container as a program; texts are as emitted, with Argo's tags in them."""

    name: str
    image: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    secrets: tuple[str, ...]
    """Names of variables whose values are in Secrets of the cluster."""

    after: tuple[str, ...]
    inputs: tuple[Input, ...]
    outputs: Mapping[str, str]
    """Where in the container it leaves its outputs, by name."""

    folders: tuple[str, ...]
    """Folders of the container that it may write to."""

    tries: int
    timeout: int
    """Seconds one try may take, 0 without an end."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline as it was emitted; `parameters` have the values that they have by default."""

    name: str
    namespace: str
    parameters: Mapping[str, str]
    deadline: int
    """Seconds a run may take."""

    steps: tuple[Step, ...]


def read(document: Object) -> Pipeline:
    """Return the WorkflowTemplate *document* as it can be run here; raise RefusedError."""
    spec = document["spec"]
    _known(spec, "spec", "the pipeline")
    templates = {each["name"]: each for each in spec["templates"]}
    tasks = templates[spec["entrypoint"]]["dag"]["tasks"]
    given = spec.get("arguments", {}).get("parameters", ())
    return Pipeline(
        name=document["metadata"]["name"],
        namespace=document["metadata"]["namespace"],
        parameters={each["name"]: each["value"] for each in given},
        deadline=spec["activeDeadlineSeconds"],
        steps=tuple(_step(task, templates[task["template"]]) for task in tasks),
    )


def _step(task: Object, template: Object) -> Step:
    owner = f"`{task['name']}`"
    _known(task, "task", owner)
    _known(template, "template", owner)
    container = template["container"]
    _known(container, "container", owner)
    env = container.get("env", ())
    return Step(
        name=task["name"],
        image=container["image"],
        argv=(*container["command"], *container.get("args", ())),
        env={each["name"]: each["value"] for each in env if "value" in each},
        secrets=tuple(each["name"] for each in env if "value" not in each),
        after=tuple(task.get("dependencies", ())),
        inputs=tuple(_inputs(task, template, owner)),
        outputs=_outputs(template, owner),
        folders=tuple(mount["mountPath"] for mount in container.get("volumeMounts", ())),
        tries=1 + _retries(template.get("retryStrategy", {}), owner),
        timeout=int(template.get("activeDeadlineSeconds", 0)),
    )


def _inputs(task: Object, template: Object, owner: str) -> Iterable[Input]:
    sources = {each["name"]: each["from"] for each in _artifacts(task, "arguments", owner)}
    for each in _artifacts(template, "inputs", owner):
        _known(each, "input", owner)
        source = _FROM.fullmatch(sources[each["name"]])
        if source is None:
            _refuse(f"an input from {sources[each['name']]}", owner)
        yield Input(each["name"], each["path"], source["step"], source["output"])


def _outputs(template: Object, owner: str) -> dict[str, str]:
    found = {}
    for each in _artifacts(template, "outputs", owner):
        _known(each, "output", owner)
        found[each["name"]] = each["path"]
    return found


def _artifacts(holder: Object, key: str, owner: str) -> Iterable[Object]:
    values = holder.get(key, {})
    for kind in values.keys() - {"artifacts"}:
        _refuse(f"`{key}.{kind}`", owner)
    found: Iterable[Object] = values.get("artifacts", ())
    return found


def _retries(strategy: Object, owner: str) -> int:
    """Return how many further tries there are; with `Always`, whatever ended the one before."""
    _known(strategy, "retry", owner)
    if strategy and strategy["retryPolicy"] != "Always":
        _refuse(f"the retry policy `{strategy['retryPolicy']}`", owner)
    return int(strategy.get("limit", 0))


def _known(values: Object, kind: str, owner: str) -> None:
    """Raise RefusedError where *values* has a key that changes what runs and isn't read here."""
    for key in sorted(values.keys() - _READ[kind] - _OF_PODS.get(kind, set())):
        _refuse(f"`{key}`", owner)


def _refuse(what: str, owner: str) -> NoReturn:
    msg = f"{owner} has {what}, which isn't done on this machine as the cluster does it"
    raise RefusedError(msg, "run the pipeline in a cluster, or take that away while you try it")
