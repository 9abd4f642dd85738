"""Families in the JSON Schema: their placeholder, and models that lean on them."""

from __future__ import annotations

import re
from typing import Any

from mlopsgen.spec.families import PLACEHOLDER, PLACES

Schema = dict[str, Any]

_OWN = "Family"
"""Begins the name of a definition in which the placeholder may stand."""


def family_parts(overlays: Schema, ending: str) -> Schema:
    """Return the definitions of families: those of *overlays*, with room for the placeholder.

    A family leaves out what it likes, so it has the form of an *overlay*, whose names end with
    *ending*. What the placeholder makes of a text only the compiler can tell.
    """
    made: Schema = {}
    whole = _copy(overlays[f"{_OWN}{ending}"])
    for parent, key in PLACES:
        part = whole
        if parent:
            name, choice = _referred(whole["properties"][parent])
            part = made[f"{_OWN}{name}"] = _copy(overlays[name])
            choice["$ref"] = choice["$ref"].replace(name, f"{_OWN}{name}")
        part["properties"][key] = _with_room(part["properties"][key])
    return {**made, f"{_OWN}{ending}": whole}


def laid_over_family(properties: Schema, prefix: str, ending: str) -> None:
    """Let models and families in *properties* of the platform leave out what families may say."""
    properties["families"]["additionalProperties"] = {"$ref": f"{prefix}{_OWN}{ending}"}
    models = properties["models"]
    whole = models["additionalProperties"]
    models["additionalProperties"] = {
        "if": {"required": ["family"], "properties": {"family": {"type": "string"}}},
        "then": {"$ref": f"{whole['$ref']}{ending}"},
        "else": whole,
    }


def _with_room(place: Schema) -> Schema:
    """Return the schema of a text in which the placeholder may stand."""
    said: Schema = {key: place[key] for key in ("description", "examples") if key in place}
    rest = {key: place[key] for key in place if key not in said}
    return {**said, "anyOf": [rest, {"type": "string", "pattern": re.escape(PLACEHOLDER)}]}


def _referred(schema: Schema) -> tuple[str, Schema]:
    """Return the name of the only definition that *schema* refers to, and what refers to it."""
    [choice] = [one for one in schema["anyOf"] if "$ref" in one]
    return choice["$ref"].rpartition("/")[2], choice


def _copy(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(schema, dict):
        return {key: _copy(value) for key, value in schema.items()}
    return [_copy(one) for one in schema] if isinstance(schema, list) else schema
