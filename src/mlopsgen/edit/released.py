"""What of a model or a pipeline makes it the same in two environments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlopsgen.diagnostics import SpecPath
from mlopsgen.edit.differences import Difference
from mlopsgen.spec import ExitStep, Model, Pipeline, Step
from mlopsgen.spec.route import fields

MODELS: Literal["models"] = "models"
PIPELINES: Literal["pipelines"] = "pipelines"
Section = Literal["models", "pipelines"]

RELEASED = ("runtime", "source", "canary", "vllm", "architecture", "container", "transformer")
"""Keys of a model that say what runs. The others say where, how much and for whom; those are what
environments are for."""

OF_STEPS = (
    "image", "command", "args", "after", "depends", "when", "inputs", "parameters", "outputs",
    "outputParameters", "withItems", "withParam", "withSequence", "memoize", "pythonEnv", "volumes",
)  # fmt: skip
"""Keys of a step that say what it does and with what it is given. Where it `registers` what comes
of it stays: environments that share a registry have aliases of their own."""

_STEPS = ("steps", "onExit")
_VOLUMES = "volumes"
_IN_STEP = 3
"""Steps of a path that lead to a key of a step."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is promoted; `keys` are those that were asked for, none for what runs."""

    section: Section
    name: str
    keys: frozenset[str] = frozenset()

    @property
    def at(self) -> SpecPath:
        """Where it is declared."""
        return self.section, self.name

    def takes(self, found: Difference) -> bool:
        """Return whether *found*, by its path below the subject, is carried."""
        if self.keys:
            return not self.keys.isdisjoint((str(found.path[0]), self.key(found.path)))
        if self.section == MODELS:
            return found.path[0] in RELEASED
        return _runs(found)

    def key(self, path: SpecPath) -> str:
        """Return what is asked for to carry *path* with as little else as can be."""
        if self.section == PIPELINES and path[0] in _STEPS and len(path) >= _IN_STEP:
            return f"steps.{path[2]}"
        return str(path[0])


def keys_of(section: Section) -> list[str]:
    """Return what can be asked for of something in *section*."""
    if section == MODELS:
        return [key for key in fields(Model) if key != "family"]
    below = dict.fromkeys((*fields(Step), *fields(ExitStep)))
    own = [key for key in fields(Pipeline) if key != "recorded"]
    return [*own, *(f"steps.{key}" for key in below)]


def _runs(found: Difference) -> bool:
    """Return whether *found* says what a pipeline does.

    Which parameters, steps and volumes there are does; the value of a parameter and the size of a
    volume are the environment's, where both have one.
    """
    section, *below = found.path
    if section == "parameters":
        values = isinstance(found.here, str) and isinstance(found.there, str)
        return below[1:] != ["default"] and not (len(below) == 1 and values)
    if section not in _STEPS or len(found.path) < _IN_STEP:
        return section in {"features", *_STEPS}
    if below[1] == _VOLUMES:
        return len(below) <= _IN_STEP
    return below[1] in OF_STEPS
