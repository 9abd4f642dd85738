"""What platforms emit, for tests to spoil one thing of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import yaml

from mlopsgen.artifact import Artifact
from mlopsgen.emit import EMITTERS
from mlopsgen.lock import Lock
from mlopsgen.plan import Plan, plan
from mlopsgen.prove.emitted import TFVARS, Emitted
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Platform
from tests.build import ROOT, reference_plan

Edit = Callable[[Any], object]

_SHAPES = Shapes(TEMPLATES)


def emit(planned: Plan) -> tuple[Artifact, ...]:
    return tuple(artifact for each in EMITTERS for artifact in each(planned, _SHAPES))


@cache
def reference() -> tuple[Plan, tuple[Artifact, ...]]:
    """Return the reference platform and what it emits."""
    planned = reference_plan()
    return planned, emit(planned)


@cache
def golden(case: str) -> tuple[Plan, tuple[Artifact, ...]]:
    """Return the platform of a golden folder without its environments, and what it emits."""
    file = ROOT / "tests" / "golden" / case / "platform.yaml"
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    data.pop("environments", None)
    platform = Platform.model_validate(data)
    planned = plan(platform, "default", Lock())
    return planned, emit(planned)


def spoiled(
    source: tuple[Plan, Sequence[Artifact]], path: str, edit: Edit, document: int = 0
) -> Emitted:
    """Return what *source* emits with *edit* done to the object, or values, in the file *path*."""
    planned, artifacts = source
    found = []
    for artifact in artifacts:
        if artifact.path == path:
            body = deepcopy(artifact.body)
            edit(body[document] if isinstance(body, tuple) else body)
            artifact = replace(artifact, body=body)  # noqa: PLW2901 - the file that is spoiled
        found.append(artifact)
    assert any(each.path == path for each in artifacts), path
    return Emitted.of(planned, found)


def without(source: tuple[Plan, Sequence[Artifact]], path: str) -> Emitted:
    """Return what *source* emits without the file *path*."""
    planned, artifacts = source
    assert any(each.path == path for each in artifacts), path
    return Emitted.of(planned, [each for each in artifacts if each.path != path])


def set_to(*route: str | int, value: object) -> Edit:
    """Return an edit that puts *value* at *route*."""

    def edit(body: Any) -> None:
        for step in route[:-1]:
            body = body[step]
        body[route[-1]] = value

    return edit


def taken(*route: str | int) -> Edit:
    """Return an edit that takes away what is at *route*."""

    def edit(body: Any) -> None:
        for step in route[:-1]:
            body = body[step]
        del body[route[-1]]

    return edit


__all__ = [
    "TFVARS", "emit", "golden", "reference", "set_to", "spoiled", "taken", "without",
]  # fmt: skip
