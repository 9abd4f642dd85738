"""How pipelines name what steps leave behind, and where it goes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Spec
from mlopsgen.spec.form import Form

ParameterName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=63),
    Form(
        "a name of small letters, digits and `-` that starts with a letter, doesn't end with `-` "
        "and has at most 63 characters",
        ("dataset",),
        "It becomes the name of a parameter or artifact in Argo Workflows and a part of a path.",
    ),
]
"""A name for a parameter, an input or an output."""

OutputPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[A-Za-z0-9_./-]+$", max_length=1024),
    Form(
        "the path of a file in the container, with `/` in front",
        ("/out/model.tar",),
        "Argo Workflows takes the file from there when the step has ended.",
    ),
]
"""Where a step leaves a file."""

MountPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[A-Za-z0-9_./-]*[A-Za-z0-9_-]$", max_length=1024),
    Form(
        "a folder in the container, with `/` in front and none at its end",
        ("/scratch",),
        "The volume is mounted there before the step starts.",
    ),
]
"""Where a volume is found."""

OutputRef = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?\.[a-z]([-a-z0-9]*[a-z0-9])?$"),
    Form(
        "an output of another step, written STEP.OUTPUT",
        ("data-ingestion.raw",),
        "Argo Workflows copies the file from the step and output that are named here.",
    ),
]
"""An output of another step: STEP.OUTPUT."""

ListRef = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?\.[a-z]([-a-z0-9]*[a-z0-9])?$"),
    Form(
        "an output parameter of another step, written STEP.OUTPUT, or a parameter of the pipeline, "
        "written parameters.NAME",
        ("plan.shards", "parameters.markets"),
        "Argo Workflows reads a JSON list from it when the step's turn has come.",
    ),
]
"""Where a list comes from: STEP.OUTPUT or parameters.NAME."""

ValueRef = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z]([-a-z0-9]*[a-z0-9])?\.[a-z]([-a-z0-9]*[a-z0-9])?"
        r"|item(\.[A-Za-z_][A-Za-z0-9_]*)?)$"
    ),
    Form(
        "an output parameter of another step, written STEP.OUTPUT, a parameter of the pipeline, "
        "written parameters.NAME, or item",
        ("evaluate.accuracy", "parameters.dataset"),
        "Argo Workflows takes the value from there when the step starts.",
    ),
]
"""Where a value comes from: STEP.OUTPUT, parameters.NAME, item or item.KEY."""

Condition = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1024),
    Form(
        "a condition, such as evaluate.accuracy >= 0.9",
        ("evaluate.accuracy >= 0.9", "parameters.dataset == 'iris'"),
    ),
]
"""Comparisons with `&&`, `||`, `!` and brackets; the rules read them."""

Dependencies = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4096),
    Form(
        "steps and how they ended, such as train.Succeeded && (check.Succeeded || check.Skipped)",
        ("train.Succeeded && (check.Succeeded || check.Skipped)",),
    ),
]
"""STEP.RESULT with `&&`, `||`, `!` and brackets; the rules read them."""


class OutputArtifact(Spec):
    """A file or folder that a step leaves behind."""

    path: OutputPath
    """Where the step leaves it."""

    archive: Literal["tar", "none"] = "tar"
    """`tar` packs and compresses it; `none` keeps it as it is, and a folder as a folder."""

    optional: bool = False
    """Whether the step may leave nothing."""


class OutputParameter(Spec):
    """A small text that a step leaves behind in a file, for conditions and other steps."""

    path: OutputPath
    """The file that holds it."""

    default: str | None = None
    """What it is where the step left no file; without one, that is an error."""


class InputArtifact(Spec):
    """A file or folder of an earlier step."""

    source: Annotated[OutputRef, Field(alias="from")]
    """The output: STEP.OUTPUT."""

    optional: bool = False
    """Whether the step runs without it where there is none."""


PythonSource = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.py:[A-Za-z_][A-Za-z0-9_]*$"
    ),
    Form(
        "a file of the project and a name in it, written FILE.py:NAME",
        ("pipelines/train.py:workflow",),
        "`mlopsgen record` looks for the workflow under that name.",
    ),
]
"""Where a workflow is written in Python."""
