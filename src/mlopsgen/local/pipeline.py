"""A pipeline as this machine runs it; texts are as emitted, with Argo's tags in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a run is started with; None is one that has to be given."""

    value: str | None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a step finds at `path`: output `output` of step `step`."""

    name: str
    path: str
    step: str
    output: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A file or folder that a step leaves at `path`."""

    name: str
    path: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A value that a step leaves in a file; without the file it is `default`, if there is one."""

    name: str
    path: str
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A container as a program."""

    name: str
    image: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    secrets: tuple[str, ...]
    """Names of variables whose values are in Secrets of the cluster."""

    after: tuple[str, ...]
    values: Mapping[str, str]
    """Texts that it is given for `inputs.parameters`, by name."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    texts: tuple[Text, ...]
    folders: tuple[str, ...]
    """Folders of the container that it may write to."""

    tries: int
    repeats_errors: bool
    """Whether it is tried again when it left out an output."""

    timeout: int
    """Seconds one try may take, 0 without an end."""

    @property
    def left(self) -> tuple[str, ...]:
        """Paths of all that it leaves."""
        return (*(each.path for each in self.outputs), *(each.path for each in self.texts))


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline as it was emitted."""

    name: str
    namespace: str
    parameters: Mapping[str, Parameter]
    deadline: int
    """Seconds a run may take."""

    steps: tuple[Step, ...]
