"""policies: what the cluster refuses in the namespaces of models and pipelines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Items, Spec, Text
from mlopsgen.spec.form import Form

PolicyName = Literal[
    "confined-pods", "fixed-tags", "known-registries", "labelled-objects", "own-account"
]
"""A policy: what it asks for is in docs/how-to/policies.md."""

Registry = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$",
        max_length=253,
    ),
    Form(
        "a registry, with as much of the path as all its images have in common",
        ("ghcr.io/acme",),
        "Images are compared with it letter by letter, up to the next slash.",
    ),
]
"""The beginning of names of images: a host, then whole parts of a path."""


class Policies(Spec):
    """What the API server refuses in the namespaces of models and pipelines."""

    registries: Annotated[Items[Registry], Field(min_length=1)] | None = None
    """Where images may come from; what the platform itself runs when left out."""

    audit: dict[PolicyName, Text] = {}
    """Policies that only warn and write to the audit log, each with the reason why."""
