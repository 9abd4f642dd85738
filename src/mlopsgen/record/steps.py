"""A task with its template, as a step of platform.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlopsgen.record.container import command, environment, resources
from mlopsgen.record.errors import UnrecordableError, only
from mlopsgen.record.references import condition, named, reference, variable

Row = Mapping[str, Any]

TASK = {
    "arguments", "dependencies", "depends", "name", "template", "when", "withItems", "withParam",
    "withSequence",
}  # fmt: skip
TEMPLATE = {
    "activeDeadlineSeconds", "container", "inputs", "name", "outputs", "parallelism",
    "retryStrategy", "script", "timeout",
}  # fmt: skip


def step(task: Row, template: Row, where: str) -> dict[str, Any]:
    """Return *task*, which runs *template*."""
    only(TASK, task, where)
    work = _work(template, where)
    files = _files(task, template, where)
    values, constants = _values(task, template, where)
    found: dict[str, Any] = {**work}
    if when := task.get("when"):
        found["when"] = condition(when, f"the condition of {where}")
    if files:
        found["inputs"] = files
    if values:
        found["parameters"] = values
    if constants:
        found["env"] = {**constants, **work.get("env", {})}
    return {**found, **_outputs(template, where), **_fan(task, where)}


def exit_step(template: Row) -> dict[str, Any]:
    """Return *template*, which runs when everything else has ended."""
    where = f"the exit `{template['name']}`"
    only(TEMPLATE - {"inputs", "outputs", "parallelism"}, template, where)
    return _work(template, where)


def _work(template: Row, where: str) -> dict[str, Any]:
    """Return what any container has: image, command, environment, resources, tries, time."""
    only(TEMPLATE, template, where)
    body = template.get("script") or template["container"]
    if not body.get("image"):
        msg = f"{where} has no image"
        raise UnrecordableError(msg, "write image='...' with a tag")
    found = {
        "image": body["image"],
        **command(template, where),
        "env": environment(body.get("env", ()), where),
        "retries": _retries(template.get("retryStrategy"), where),
        "timeout": _timeout(template),
        **resources(body.get("resources", {}), where),
    }
    return {key: value for key, value in found.items() if value}


def _timeout(template: Row) -> str:
    if seconds := template.get("activeDeadlineSeconds"):
        return f"{seconds}s"
    return str(template.get("timeout", ""))


def _retries(strategy: Row | None, where: str) -> int | dict[str, Any]:
    if strategy is None:
        return 0
    only({"limit", "retryPolicy", "backoff"}, strategy, f"the retry strategy of {where}")
    if "limit" not in strategy:
        msg = f"the retry strategy of {where} has no limit"
        raise UnrecordableError(msg, "write limit=2, or another number up to 10")
    limit, backoff = int(strategy["limit"]), dict(strategy.get("backoff", {}))
    only({"duration", "factor", "cap", "maxDuration"}, backoff, f"the backoff of {where}")
    if factor := backoff.get("factor"):
        backoff["factor"] = int(factor)
    more: dict[str, Any] = {"backoff": backoff} if backoff else {}
    # Without a policy Argo tries again after failures only; platform.yaml's own default is wider.
    return {"limit": limit, "policy": strategy.get("retryPolicy", "OnFailure"), **more}


def _files(task: Row, template: Row, where: str) -> dict[str, Any]:
    """Return the artifacts that the step takes from others."""
    given = {one["name"]: one for one in task.get("arguments", {}).get("artifacts", ())}
    found: dict[str, Any] = {}
    for artifact in template.get("inputs", {}).get("artifacts", ()):
        name = artifact["name"]
        what = f"the input `{name}` of {where}"
        only({"name", "path", "optional"}, artifact, what)
        if artifact.get("path") not in {None, f"/in/{name}"}:
            msg = f"{what} is expected at `{artifact['path']}`"
            raise UnrecordableError(msg, f"write path='/in/{name}', where inputs are found")
        if name not in given:
            msg = f"{what} comes from nowhere"
            raise UnrecordableError(msg, "pass the output of an earlier step")
        only({"name", "from"}, given[name], what)
        source = reference(given[name].get("from", ""), what)
        found[named(name)] = (
            {"from": source, "optional": True} if artifact.get("optional") else source
        )
    return found


def _values(task: Row, template: Row, where: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters that come from elsewhere, and as variables those that are constant."""
    only({"parameters", "artifacts"}, task.get("arguments", {}), f"the arguments of {where}")
    only({"parameters", "artifacts"}, template.get("inputs", {}), f"the inputs of {where}")
    given = {}
    for one in task.get("arguments", {}).get("parameters", ()):
        only({"name", "value"}, one, f"the parameter `{one['name']}` of {where}")
        given[one["name"]] = one.get("value")
    values: dict[str, str] = {}
    constants: dict[str, str] = {}
    for parameter in template.get("inputs", {}).get("parameters", ()):
        name = parameter["name"]
        what = f"the parameter `{name}` of {where}"
        only({"name", "default", "value", "description", "enum"}, parameter, what)
        value = given.get(name, parameter.get("value", parameter.get("default")))
        if value is None and _items(task):
            value = "{{item}}"
        if value is None:
            msg = f"{what} has no value"
            raise UnrecordableError(msg, "pass one, or give the function a default")
        source = reference(str(value), what)
        if source is None:
            constants[variable(name)] = str(value)
        elif source != f"parameters.{named(name)}":  # every step finds that one anyway
            values[named(name)] = source
    return values, constants


def _outputs(template: Row, where: str) -> dict[str, Any]:
    outputs = template.get("outputs", {})
    only({"parameters", "artifacts"}, outputs, f"the outputs of {where}")
    files: dict[str, Any] = {}
    for artifact in outputs.get("artifacts", ()):
        only({"name", "path", "archive", "optional"}, artifact, f"an output of {where}")
        more: dict[str, Any] = {"archive": "none"} if "none" in artifact.get("archive", {}) else {}
        if artifact.get("optional"):
            more["optional"] = True
        path = artifact["path"]
        files[named(artifact["name"])] = {"path": path, **more} if more else path
    texts: dict[str, Any] = {}
    for parameter in outputs.get("parameters", ()):
        what = f"the output `{parameter['name']}` of {where}"
        only({"name", "valueFrom"}, parameter, what)
        source = parameter.get("valueFrom", {})
        only({"path", "default"}, source, what)
        default = {"default": source["default"]} if "default" in source else {}
        path = source.get("path", "")
        texts[named(parameter["name"])] = {"path": path, **default} if default else path
    found = {"outputs": files, "outputParameters": texts}
    return {key: value for key, value in found.items() if value}


def _items(task: Row) -> bool:
    return any(task.get(key) for key in ("withItems", "withParam", "withSequence"))


def _fan(task: Row, where: str) -> dict[str, Any]:
    if items := task.get("withItems"):
        return {"withItems": items}
    if source := task.get("withParam"):
        return {"withParam": reference(str(source), f"the list of {where}") or source}
    if sequence := task.get("withSequence"):
        numbers = {
            key: int(sequence[key]) for key in ("count", "start", "end") if sequence.get(key)
        }
        written = {"format": sequence["format"]} if sequence.get("format") else {}
        return {"withSequence": {**numbers, **written}}
    return {}
