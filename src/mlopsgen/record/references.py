"""Argo's `{{...}}` in the words of platform.yaml."""

from __future__ import annotations

import re

from mlopsgen.record.errors import UnrecordableError

_TAG = re.compile(r"\{\{(?P<inside>.*?)\}\}", re.DOTALL)
_OUTPUT = re.compile(r"(?:tasks|steps)\.(?P<step>[^.]+)\.outputs\.(?P<kind>\w+)\.(?P<name>[^.]+)")
_PARAMETER = re.compile(r"workflow\.parameters\.(?P<name>[^.]+)")
_ITEM = re.compile(r"item(?:\.(?P<key>[A-Za-z0-9_-]+))?")
_INPUT = re.compile(r"inputs\.parameters\.(?P<name>[^.]+)")
_INPUT_PATH = re.compile(r"inputs\.artifacts\.(?P<name>[^.]+)\.path")
_OUTPUT_PATH = re.compile(r"outputs\.(?:artifacts|parameters)\.(?P<name>[^.]+)\.path")


def variable(parameter: str) -> str:
    """Return the environment variable that a parameter is found in."""
    return f"PARAM_{parameter.upper().replace('-', '_')}"


def reference(text: str, where: str) -> str | None:
    """Return what *text* refers to: STEP.OUTPUT, parameters.NAME, item; None when it's a value."""
    match = _TAG.fullmatch(text.strip())
    if match is None:
        if _TAG.search(text):
            msg = f"{where} is `{text}`: a reference inside other text"
            raise UnrecordableError(
                msg, "pass the reference alone, and put the text together there"
            )
        return None
    return _meant(match["inside"].strip(), where)


def _meant(inside: str, where: str) -> str:
    if output := _OUTPUT.fullmatch(inside):
        return f"{output['step']}.{named(output['name'])}"
    if parameter := _PARAMETER.fullmatch(inside):
        return f"parameters.{named(parameter['name'])}"
    if item := _ITEM.fullmatch(inside):
        return f"item.{item['key']}" if item["key"] else "item"
    msg = f"{where} is `{{{{{inside}}}}}`, which platform.yaml has no words for"
    fix = "pass a parameter of the workflow, an output of a step, or `{{item}}`"
    if inside.endswith(".outputs.result"):
        fix = "write it to a file, and declare that: outputs=Parameter(value_from={'path': ...})"
    raise UnrecordableError(msg, fix)


def condition(text: str, where: str) -> str:
    """Return a `when` of Argo's as platform.yaml has it: its references without braces."""
    return _TAG.sub(lambda match: _meant(match["inside"].strip(), where), text)


def argument(text: str, paths: dict[str, str], where: str) -> str:
    """Return *text*, a part of a command, with its parameters taken from the environment.

    The kubelet puts the value of `$(NAME)` in, once and as it is; *paths* are those of outputs.
    """

    def meant(match: re.Match[str]) -> str:
        inside = match["inside"].strip()
        if parameter := _INPUT.fullmatch(inside) or _PARAMETER.fullmatch(inside):
            return f"$({variable(parameter['name'])})"
        if path := _INPUT_PATH.fullmatch(inside):
            return f"/in/{path['name']}"
        if (path := _OUTPUT_PATH.fullmatch(inside)) and path["name"] in paths:
            return paths[path["name"]]
        msg = f"{where} has `{match[0]}`, which platform.yaml has no words for"
        raise UnrecordableError(msg, "pass it as a parameter of the step")

    return _TAG.sub(meant, text)


def named(name: str) -> str:
    """Return *name* as platform.yaml has names; its environment variable stays the same."""
    return name.replace("_", "-").lower()
