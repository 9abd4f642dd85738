"""patches: what users merge into generated objects where platform.yaml has no word for it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import DnsLabel, Spec
from mlopsgen.spec.form import Form


class Target(Spec):
    """The objects that a patch is for: all that agree with everything that is said here."""

    kind: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]{0,62}$"),
        Form(
            "a kind of object as Kubernetes writes it, such as Ingress",
            ("InferenceService",),
            "Objects are found by the kind that stands in them, and no kind has another form.",
        ),
    ]
    """Kind of the objects, such as InferenceService."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=253)] | None = None
    """Name of the object in the cluster; every name when left out."""

    namespace: DnsLabel | None = None
    """Namespace of the objects; every namespace, and none, when left out."""


class Patch(Spec):
    """Fields that are merged into generated objects before they are proved."""

    target: Target
    """The objects that it is for."""

    merge: Annotated[dict[str, Any], Field(min_length=1)]
    """The part of the object that differs: maps are merged by key, lists of containers, steps and
    the like by name, all else replaces, and null takes a key away."""
