"""The WorkflowTemplate of a pipeline, read into what a machine without a cluster needs of it.

Every key is either read here, or named as one that only says where and how pods are kept. Any
other is refused: a pipeline that runs differently here would show nothing about the cluster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from mlopsgen.local.pipeline import Input, Output, Parameter, Pipeline, Step, Text
from mlopsgen.local.refusal import RefusedError

Object = Mapping[str, Any]

_OF_PODS = {
    "spec": {
        "artifactRepositoryRef",
        "automountServiceAccountToken",
        "dnsConfig",
        "hostAliases",
        "parallelism",
        "podGC",
        "podMetadata",
        "securityContext",
        "serviceAccountName",
        "synchronization",
        "ttlStrategy",
        "workflowMetadata",
    },
    "template": {
        "affinity",
        "hostAliases",
        "memoize",
        "nodeSelector",
        "priorityClassName",
        "synchronization",
        "tolerations",
        "volumes",
    },
    "container": {"imagePullPolicy", "resources", "securityContext", "terminationMessagePolicy"},
    "output": {"archive", "s3"},
    "parameter": {"description"},
    "retry": {"affinity"},
    # Waiting is for clusters that have to recover; here the next try comes at once.
    "backoff": {"cap", "duration", "factor"},
}
"""What is not looked at: where pods run and wait, how they find names, what they may do and how
long they are kept. Hosts are those that this machine knows."""

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
    "input": {"name", "optional", "path"},
    "output": {"name", "optional", "path"},
    "text": {"name", "valueFrom"},
    "source": {"default", "path"},
    "parameter": {"enum", "name", "value"},
    "retry": {"backoff", "limit", "retryPolicy"},
    "backoff": set(),
}
_POLICIES = {"Always": True, "OnFailure": False}
"""Whether a step is tried again when it succeeded and left no output, which is an error."""
_FROM = re.compile(r"\{\{tasks\.(?P<step>[^.{}]+)\.outputs\.artifacts\.(?P<output>[^.{}]+)\}\}")


def read(document: Object) -> Pipeline:
    """Return the WorkflowTemplate *document* as it can be run here; raise RefusedError."""
    spec = document["spec"]
    _known(spec, "spec", "the pipeline")
    templates = {each["name"]: each for each in spec["templates"]}
    tasks = templates[spec["entrypoint"]]["dag"]["tasks"]
    for task in tasks:
        # Every step has `depends` where one has a condition, and that one is what was written.
        _known({key: task[key] for key in task if key != "depends"}, "task", f"`{task['name']}`")
    given = spec.get("arguments", {}).get("parameters", ())
    for each in given:
        _known(each, "parameter", "the pipeline")
    return Pipeline(
        name=document["metadata"]["name"],
        namespace=document["metadata"]["namespace"],
        parameters={
            each["name"]: Parameter(each.get("value"), tuple(each.get("enum", ())))
            for each in given
        },
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
    policy = _retry(template.get("retryStrategy", {}), owner)
    given = _holding(task, "arguments", owner)
    step = Step(
        name=task["name"],
        image=container["image"],
        argv=(*container["command"], *container.get("args", ())),
        env={each["name"]: each["value"] for each in env if "value" in each},
        secrets=tuple(each["name"] for each in env if "value" not in each),
        after=tuple(task.get("dependencies", ())),
        values={each["name"]: each["value"] for each in given.get("parameters", ())},
        inputs=tuple(_inputs(given, template, owner)),
        outputs=tuple(_outputs(template, owner)),
        texts=tuple(_texts(template, owner)),
        folders=tuple(mount["mountPath"] for mount in container.get("volumeMounts", ())),
        tries=1 + int(policy.get("limit", 0)),
        repeats_errors=_POLICIES[policy["retryPolicy"]] if policy else False,
        timeout=int(template.get("activeDeadlineSeconds", 0)),
    )
    for path in step.left:
        if ".." in path.split("/"):
            _refuse(f"the output path `{path}`, which leaves its own folder", owner)
    return step


def _inputs(given: Object, template: Object, owner: str) -> Iterable[Input]:
    sources = {each["name"]: each for each in given.get("artifacts", ())}
    for each in _holding(template, "inputs", owner).get("artifacts", ()):
        _known(each, "input", owner)
        source = _FROM.fullmatch(sources[each["name"]]["from"])
        if source is None:
            _refuse(f"an input from `{sources[each['name']]['from']}`", owner)
        optional = each.get("optional", False)
        yield Input(each["name"], each["path"], source["step"], source["output"], optional)


def _outputs(template: Object, owner: str) -> Iterable[Output]:
    for each in _holding(template, "outputs", owner).get("artifacts", ()):
        _known(each, "output", owner)
        yield Output(each["name"], each["path"], each.get("optional", False))


def _texts(template: Object, owner: str) -> Iterable[Text]:
    for each in _holding(template, "outputs", owner).get("parameters", ()):
        _known(each, "text", owner)
        _known(each["valueFrom"], "source", owner)
        yield Text(each["name"], each["valueFrom"]["path"], each["valueFrom"].get("default"))


def _holding(holder: Object, key: str, owner: str) -> Object:
    """Return the artifacts and parameters under *key*."""
    found: Object = holder.get(key, {})
    for kind in sorted(found.keys() - {"artifacts", "parameters"}):
        _refuse(f"`{key}.{kind}`", owner)
    return found


def _retry(strategy: Object, owner: str) -> Object:
    """Return *strategy*, when a program that fails is tried again by it."""
    _known(strategy, "retry", owner)
    _known(strategy.get("backoff", {}), "backoff", owner)
    if strategy and strategy["retryPolicy"] not in _POLICIES:
        _refuse(f"the retry policy `{strategy['retryPolicy']}`", owner)
    return strategy


def _known(values: Object, kind: str, owner: str) -> None:
    """Raise RefusedError where *values* has a key that changes what runs and isn't read here."""
    for key in sorted(values.keys() - _READ[kind] - _OF_PODS.get(kind, set())):
        _refuse(f"`{key}`", owner)


def _refuse(what: str, owner: str) -> NoReturn:
    msg = f"{owner} has {what}, which isn't done on this machine as the cluster does it"
    raise RefusedError(msg, "run the pipeline in a cluster, or take that away while you try it")
