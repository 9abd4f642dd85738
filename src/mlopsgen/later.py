"""Imports a module when it is needed, for what most runs don't need.

`--help` must answer before pydantic is loaded, and a build without findings needs no words for
them, nor one without changes the C library. Everything else is imported at the top of its module.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


def later(module: str) -> Any:  # noqa: ANN401 - which module is known only at run time
    """Return *module*, imported now."""
    return import_module(module)
