"""Texts of a step with what stands in Argo's tags, and with its paths as they are on this machine.

A container finds /in, /out and /tmp in its own file system. Here they are folders of a work
folder, so a path that the pipeline declares is replaced wherever it stands as a path: as the
whole text, after `=`, or inside a longer text. A program that has such a path in its own code
doesn't find the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlopsgen.local.refusal import RefusedError
from mlopsgen.local.template import Pipeline, Step
from mlopsgen.spec.keys import closest

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PARAMETER = "workflow.parameters."


def parameters(pipeline: Pipeline, given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a run, those *given* in place of their defaults."""
    for name in given:
        if name not in pipeline.parameters:
            near = closest(name, sorted(pipeline.parameters))
            msg = f"`{pipeline.name}` has no parameter `{name}`"
            raise RefusedError(msg, f"write `{near}`" if near else "take it away")
    return {**pipeline.parameters, **given}


@dataclass(frozen=True, slots=True)
class Filling:
    """What the tags of one run stand for."""

    tags: Mapping[str, str]

    @classmethod
    def of(cls, pipeline: Pipeline, run: str, values: Mapping[str, str]) -> Filling:
        """Return the tags of *run* of *pipeline*, whose parameters are *values*."""
        texts = {f"{_PARAMETER}{name}": value for name, value in values.items()}
        own = {"workflow.name": run, "workflow.namespace": pipeline.namespace}
        return cls({**texts, **own})

    def argv(self, step: Step, root: Path) -> list[str]:
        """Return the program of *step* and its arguments, its paths in *root*."""
        return [self._filled(text, step, root) for text in step.argv]

    def env(self, step: Step, root: Path) -> dict[str, str]:
        """Return the environment of *step*, its paths in *root*."""
        return {name: self._filled(text, step, root) for name, text in step.env.items()}

    def _filled(self, text: str, step: Step, root: Path) -> str:
        """Return *text* with its tags filled once: what a value says is never taken for a tag."""

        def value(found: re.Match[str]) -> str:
            tag = found[1].strip()
            if tag not in self.tags:
                msg = f"`{step.name}` has {found[0]}, which only Argo can fill"
                raise RefusedError(msg, "run the pipeline in a cluster")
            return self.tags[tag]

        return _placed(_TAG.sub(value, text), _paths(step), root)


def _paths(step: Step) -> Sequence[str]:
    """Return the paths of the container that *step* declares, the longest first."""
    found = {*step.folders, *step.outputs.values(), *(each.path for each in step.inputs)}
    return sorted(found, key=len, reverse=True)


def _placed(text: str, paths: Sequence[str], root: Path) -> str:
    if not paths:
        return text
    either = "|".join(map(re.escape, paths))
    standing = rf"(?<![\w./-])(?:{either})(?![\w.-])"
    return re.sub(standing, lambda found: f"{root}{found[0]}", text)
