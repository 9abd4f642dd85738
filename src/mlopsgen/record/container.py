"""The container of a template: its program, environment and resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlopsgen.record.errors import UnrecordableError, only
from mlopsgen.record.references import argument

Row = Mapping[str, Any]

CONTAINER = {"args", "command", "env", "image", "name", "resources"}
_SHELLS = {"ash", "bash", "dash", "sh", "zsh"}
_GPU = "nvidia.com/gpu"
_LONGEST = 100_000
"""Bytes of a script; Linux takes 128 KiB in one argument of a program."""


def command(template: Row, where: str) -> dict[str, Any]:
    """Return the program of *template* and its arguments."""
    if script := template.get("script"):
        return {"command": [*_program(script, where), _source(script, where)]}
    container = template["container"]
    only(CONTAINER, container, where)
    if not container.get("command"):
        msg = f"{where} has no command"
        fix = "write command=[...]: Argo can't run what only the image knows"
        raise UnrecordableError(msg, fix)
    paths = _paths(template)
    words = [*container["command"], *container.get("args", ())]
    if _is_shell(container["command"]) and any("{{" in word for word in words):
        msg = f"{where} puts a parameter into the text of a shell"
        fix = "read it from the environment, as $PARAM_NAME in quotes"
        raise UnrecordableError(msg, fix)
    found = {"command": [argument(word, paths, where) for word in container["command"]]}
    if args := container.get("args"):
        found["args"] = [argument(word, paths, where) for word in args]
    return found


def _is_shell(words: Iterable[str]) -> bool:
    return any(word.rpartition("/")[2] in _SHELLS for word in words)


def _program(script: Row, where: str) -> list[str]:
    only(CONTAINER | {"source"}, script, where)
    program = list(script.get("command", ()))
    if not program or not program[0].rpartition("/")[2].startswith("python"):
        msg = f"{where} is a script for `{' '.join(program)}`, not for Python"
        raise UnrecordableError(msg, "put the script into the image, and name it in command=[...]")
    return [*program, "-c"]


def _source(script: Row, where: str) -> str:
    """Return the text of *script*, in which the kubelet replaces nothing."""
    source = str(script["source"])
    size = len(source.encode())
    if size > _LONGEST:
        msg = f"{where} is a script of {size:,} bytes; at most {_LONGEST:,} can be passed"
        raise UnrecordableError(msg, "put the code into the image, and import it")
    if "{{inputs." in source:
        msg = f"{where} puts parameters into the text of a program"
        fix = "read them from the environment, as os.environ['PARAM_NAME']"
        raise UnrecordableError(msg, fix)
    # kubernetes v1.33.0 third_party/forked/golang/expansion/expand.go: `$$` stands for `$`.
    return source.replace("$", "$$")


def _paths(template: Row) -> dict[str, str]:
    """Return where the outputs of *template* lie, by name."""
    outputs = template.get("outputs", {})
    files = {one["name"]: one.get("path", "") for one in outputs.get("artifacts", ())}
    texts = {
        one["name"]: one.get("valueFrom", {}).get("path", "")
        for one in outputs.get("parameters", ())
    }
    return {**files, **texts}


def environment(variables: Iterable[Row], where: str) -> dict[str, str]:
    """Return the variables that have a value; others belong into platform.yaml."""
    found: dict[str, str] = {}
    for one in variables:
        if one.get("valueFrom"):
            msg = f"the variable `{one['name']}` of {where} comes from the cluster"
            fix = "take it out, and write it under `secrets` or `env` of the step in platform.yaml"
            raise UnrecordableError(msg, fix)
        found[one["name"]] = argument(str(one.get("value", "")), {}, f"`{one['name']}` of {where}")
    return found


def resources(asked: Row, where: str) -> dict[str, Any]:
    """Return CPUs, memory, disk and GPUs; a request stands for the limit where there is none."""
    only({"requests", "limits"}, asked, f"the resources of {where}")
    requests, limits = asked.get("requests", {}), asked.get("limits", {})
    known = {"cpu", "memory", "ephemeral-storage", _GPU}
    only(known, {**requests, **limits}, f"the resources of {where}")
    found: dict[str, Any] = {}
    for key, word, first, second in (
        ("cpu", "cpu", requests, limits),
        ("memory", "memory", limits, requests),
        ("ephemeral-storage", "ephemeralStorage", limits, requests),
    ):
        if quantity := first.get(key) or second.get(key):
            found[word] = quantity
    gpus = limits.get(_GPU) or requests.get(_GPU)
    return {
        **({"resources": found} if found else {}),
        **({"gpus": int(gpus)} if gpus else {}),
    }
