"""Plain trees as text: YAML that every reader takes for the same values, and JSON.

Emission is the hot path of a build, so the writers know only what a Kubernetes object is made of:
mappings, lists, text, numbers, true, false and null. In exchange they never fold a line, never
make an alias, and what they write does not change with the version of a YAML library.
"""

from __future__ import annotations

from mlopsgen.serialize.json import to_json
from mlopsgen.serialize.plain import UnwritableError
from mlopsgen.serialize.yaml import to_yaml

__all__ = ["UnwritableError", "to_json", "to_yaml"]
