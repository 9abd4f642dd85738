"""Facts: what component versions really do, as data with sources. Code holds no such constant."""

from __future__ import annotations

from mlopsgen.facts.components import Component, component, component_names, versions
from mlopsgen.facts.reading import CatalogueError
from mlopsgen.facts.runtimes import Runtime, own_runtime, runtime, runtime_names
from mlopsgen.facts.unknown import UnknownFact

__all__ = [
    "CatalogueError",
    "Component",
    "Runtime",
    "UnknownFact",
    "component",
    "component_names",
    "own_runtime",
    "runtime",
    "runtime_names",
    "versions",
]
