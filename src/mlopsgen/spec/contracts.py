"""What registered models are made with."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from mlopsgen.spec.base import Spec
from mlopsgen.spec.form import Form

LibraryName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$", max_length=128),
    Form(
        "the name of a library on PyPI",
        ("scikit-learn",),
        "The libraries of serving runtimes are known by those names.",
    ),
]
"""The name of a library on PyPI."""

LibraryVersion = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){1,3}([.-]?(a|b|rc|post|dev)[0-9]{1,5})*(\+[a-z0-9.]+)?$"
    ),
    Form(
        "one version of a library, such as 1.4.1, and no range",
        ("1.4.1",),
        "Only one version can be compared with the one that a serving runtime has.",
    ),
]
"""One version of a library, with two parts at least."""


class PythonEnv(Spec):
    """What a registered model was made with: the versions that MLflow logs with it."""

    python: Annotated[
        str,
        StringConstraints(pattern=r"^3\.[0-9]{1,2}(\.[0-9]{1,3})?$"),
        Form(
            "a version of Python with one point or two",
            ("3.10",),
            "The versions that serving runtimes have are written so.",
        ),
    ]
    """Version of Python, in quotes: without them 3.10 is the number 3.1."""

    dependencies: dict[LibraryName, LibraryVersion] = {}
    """Versions of the libraries that the model is made of or saved with, by their names on PyPI."""
