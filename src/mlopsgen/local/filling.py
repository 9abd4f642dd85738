"""Texts of a step with what stands in Argo's tags, and with its paths as they are on this machine.

A container finds /in, /out and /tmp in its own file system. Here they are folders of a work
folder, so a path that the pipeline declares is replaced wherever it stands as a path: as the
whole text, after `=`, or inside a longer text. A program that has such a path in its own code
doesn't find the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mlopsgen.local.pipeline import Pipeline, Step
from mlopsgen.local.refusal import RefusedError
from mlopsgen.spec.keys import closest

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_INERT = re.compile(
    r"=replace\(replace\((?P<source>.+), '\$', '\$\$'\), '(?P<brace>[^']+)', '(?P<apart>[^']+)'\)"
)
"""An expression whose value the kubelet turns into that of its source, braces and all."""

_SPELLED = re.compile(r"(.*)\.parameters\['([^']+)'\]")
_REFERENCE = re.compile(r"\$(?:\$|\((?P<name>[^)]*)\))")
"""What the kubelet replaces: `$(NAME)` by the variable, and `$$` by `$`."""


def parameters(pipeline: Pipeline, given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a run, those *given* in place of their defaults."""
    for name in given:
        if name not in pipeline.parameters:
            near = closest(name, sorted(pipeline.parameters))
            msg = f"`{pipeline.name}` has no parameter `{name}`"
            raise RefusedError(msg, f"write `{near}`" if near else "take it away")
    found = {}
    for name, parameter in pipeline.parameters.items():
        value = given.get(name, parameter.value)
        if value is None:
            msg = f"the parameter `{name}` has no value"
            raise RefusedError(msg, f"write --parameter {name}=VALUE")
        if parameter.choices and value not in parameter.choices:
            msg = f"the parameter `{name}` is `{value}`"
            raise RefusedError(msg, f"take one of {', '.join(parameter.choices)}")
        found[name] = value
    return found


@dataclass(frozen=True, slots=True)
class Filling:
    """What tags stand for, and the variables that replace or join those of every step."""

    tags: Mapping[str, str]
    variables: Mapping[str, str]

    @classmethod
    def of(
        cls,
        pipeline: Pipeline,
        run: str,
        values: Mapping[str, str],
        variables: Mapping[str, str],
    ) -> Filling:
        """Return the tags of *run* of *pipeline*, whose parameters are *values*."""
        texts = {f"workflow.parameters.{name}": value for name, value in values.items()}
        own = {"workflow.name": run, "workflow.namespace": pipeline.namespace}
        return cls({**texts, **own}, variables)

    def after(self, step: Step, texts: Mapping[str, str]) -> Filling:
        """Return the tags once *step* has left *texts*."""
        left = {f"tasks.{step.name}.outputs.parameters.{name}": texts[name] for name in texts}
        return replace(self, tags={**self.tags, **left})

    def program(self, step: Step, root: Path) -> tuple[list[str], dict[str, str]]:
        """Return arguments and environment of *step*, its paths in *root*."""
        own = {
            f"inputs.parameters.{name}": _filled(text, self.tags, step)
            for name, text in step.values.items()
        }
        tags = {**self.tags, **own}
        env: dict[str, str] = {}
        for name, text in step.env.items():
            expanded = _expanded(_filled(text, tags, step), env)
            env[name] = self.variables.get(name, expanded)
        known = {**env, **self.variables}
        argv = [_expanded(_filled(text, tags, step), known) for text in step.argv]
        paths = _paths(step)
        placed = {
            name: value if name in self.variables else _placed(value, paths, root)
            for name, value in env.items()
        }
        return [_placed(text, paths, root) for text in argv], {**placed, **self.variables}


def _filled(text: str, tags: Mapping[str, str], step: Step) -> str:
    """Return *text* with its tags filled once: what a value says is never taken for a tag."""

    def value(found: re.Match[str]) -> str:
        tag = found[1].strip()
        inert = _INERT.fullmatch(tag)
        source = _SPELLED.sub(r"\1.parameters.\2", inert["source"] if inert else tag)
        source = re.sub(r"tasks\['([^']+)'\]", r"tasks.\1", source.removeprefix("="))
        if source not in tags:
            msg = f"`{step.name}` has {found[0]}, which only Argo can fill"
            raise RefusedError(msg, "run the pipeline in a cluster")
        known = tags[source]
        return known.replace("$", "$$").replace(inert["brace"], inert["apart"]) if inert else known

    return _TAG.sub(value, text)


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """Return *text* as the kubelet hands it to a container."""

    def value(found: re.Match[str]) -> str:
        name = found["name"]
        return "$" if name is None else variables.get(name, found[0])

    return _REFERENCE.sub(value, text)


def _paths(step: Step) -> Sequence[str]:
    """Return the paths of the container that *step* declares, the longest first."""
    inputs = (each.path for each in step.inputs)
    return sorted({*step.folders, *step.left, *inputs}, key=len, reverse=True)


def _placed(text: str, paths: Sequence[str], root: Path) -> str:
    if not paths:
        return text
    either = "|".join(map(re.escape, paths))
    standing = rf"(?<![\w./-])(?:{either})(?![\w.-])"
    return re.sub(standing, lambda found: f"{root}{found[0]}", text)
