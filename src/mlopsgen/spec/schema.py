"""The JSON Schema of platform.yaml, which editors complete and check by.

It is of draft 7, because that is what yaml-language-server supports in full; of later drafts it
ignores keywords silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlopsgen.spec import documentation
from mlopsgen.spec.base import Spec
from mlopsgen.spec.form import Notation
from mlopsgen.spec.platform import Platform
from mlopsgen.spec.route import fields
from mlopsgen.spec.sharing import family_parts, laid_over_family

Schema = dict[str, Any]

_HERE = "#/$defs/"
_THERE = "#/definitions/"
_OVERLAY = "Overlay"
"""Ends the name of a definition for environments, where everything may be left out."""

_FIXED = ("apiVersion", "name")
"""Keys of the platform that are the same in every environment."""

_INCLUDE: Schema = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "description": "Files that are part of the platform: paths from this folder, with * and ?.",
    "examples": [["teams/*.yaml"]],
}


def platform_schema() -> Schema:
    """Return the schema of platform.yaml as it is written, includes and environments with it.

    Two differences from the compiler remain: to JSON Schema 3.0 is a whole number, and it can't
    tell what a model lacks from what its family has.
    """
    generated = Platform.model_json_schema()
    models = {model.__name__: model for model in _models(Platform)}
    parts = {name: _part(models[name], schema) for name, schema in generated.pop("$defs").items()}
    root = _part(Platform, generated)
    overlays = {f"{name}{_OVERLAY}": _overlay(schema) for name, schema in parts.items()}
    overlays |= family_parts(overlays, _OVERLAY)
    del parts["Family"]
    overlay = _overlay({**root, "properties": _without(root["properties"], *_FIXED)})
    overlays[f"Platform{_OVERLAY}"] = overlay | {
        "description": "What differs in this environment. Maps are merged, null takes a key away."
    }
    laid_over_family(root["properties"], _THERE, _OVERLAY)
    names = root["properties"]["nodePools"]["propertyNames"]
    root["properties"]["include"] = _INCLUDE
    root["properties"]["environments"] = {
        "description": "What differs in each environment, by its name.",
        "type": ["object", "null"],
        "propertyNames": names,
        "additionalProperties": _part_of({"$ref": f"{_THERE}Platform"}),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "platform.yaml of mlopsgen",
        **root,
        "definitions": dict(sorted((parts | overlays).items())),
    }


def _models(model: type[Spec]) -> set[type[Spec]]:
    """Return *model* and the parts of the spec below it."""
    found = {model}
    for asked in fields(model).values():
        for inner in documentation.parts_in(asked.type):
            found |= _models(inner)
    return found


def _part(model: type[Spec], schema: Schema) -> Schema:
    """Return the schema of a part of the spec, as users write it."""
    clean: Schema = _clean(schema)
    asked = fields(model)
    said = documentation.descriptions(model)
    for key, value in clean.get("properties", {}).items():
        default = value.pop("default", None)
        notation = asked[key].form
        if isinstance(notation, Notation) and default is not None:
            default = notation.written(default)
        shown = default is not None and default not in ([], {}) and not asked[key].model
        kept = {"default": default} if shown else {}
        clean["properties"][key] = {"description": said[key], **_wrapped(value), **kept}
    return {"description": documentation.paragraph(model.__doc__ or ""), **clean}


def _clean(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Return *schema* in draft 7, without titles and with the names of maps checked."""
    if isinstance(schema, list):
        return [_clean(one) for one in schema]
    if not isinstance(schema, dict):
        return schema.replace(_HERE, _THERE) if isinstance(schema, str) else schema
    kept = _without(schema, "title", "description", "discriminator")
    patterns = kept.pop("patternProperties", {})
    for pattern, value in patterns.items():
        kept["additionalProperties"] = value
        kept["propertyNames"] = {**kept.get("propertyNames", {}), "pattern": pattern}
    if "propertyNames" in kept:
        kept["propertyNames"] = _without(kept["propertyNames"], "examples")
    if "properties" in kept:
        cleaned = {key: _clean(value) for key, value in kept.pop("properties").items()}
        return {**{key: _clean(value) for key, value in kept.items()}, "properties": cleaned}
    return _nullable({key: _clean(value) for key, value in kept.items()})


def _nullable(schema: Schema) -> Schema:
    """Return *schema* with null among its types rather than as an alternative to it."""
    match schema:
        case {"anyOf": [{"anyOf": list(inner)} as first, {"type": "null"} as nothing]}:
            return {**first, **schema, "anyOf": [*inner, nothing]}
        case {"anyOf": [{"type": list()} as first, {"type": "null"}]}:
            return {**first, **_without(schema, "anyOf")}
        case {"anyOf": [{"type": str(kind)} as first, {"type": "null"}]} if "const" not in first:
            choices = {"enum": [*first["enum"], None]} if "enum" in first else {}
            rest = _without(schema, "anyOf")
            return {**first, **choices, "type": [kind, "null"], **rest}
    return schema


def _wrapped(schema: Schema) -> Schema:
    """Return *schema* so that a description may stand beside it: draft 7 reads a lone $ref only."""
    if "$ref" not in schema:
        return schema
    return {"allOf": [{"$ref": schema["$ref"]}], **_without(schema, "$ref")}


def _without(schema: Mapping[str, Any], *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}


def _overlay(schema: Schema) -> Schema:
    """Return *schema* for an environment: any key may be left out, or null to take it away."""
    properties = schema.get("properties", {}).items()
    return {
        **_without(schema, "required"),
        "properties": {key: _part_of(value) for key, value in properties},
    }


def _part_of(schema: Schema) -> Schema:
    """Return *schema* for a value that is laid over another: maps are merged, lists replaced."""
    said: Schema = {key: schema[key] for key in ("description", "examples") if key in schema}
    rest = _without(schema, "description", "default", "examples", "minProperties")
    if "type" in rest and rest["type"] != "object" and "const" not in rest:
        return {**said, **_nullable({"anyOf": [rest, {"type": "null"}]})}
    if rest.get("type") == "object":
        inner = rest.get("additionalProperties")
        laid = _part_of(inner) if isinstance(inner, dict) else inner
        return {**said, **rest, "type": ["object", "null"], "additionalProperties": laid}
    return {**said, "anyOf": [*_alternatives(rest), {"type": "null"}]}


def _alternatives(schema: Schema) -> list[Schema]:
    """Return what *schema* allows besides null, each laid over another value."""
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return [one for part in schema[word] for one in _alternatives(part)]
    if "$ref" in schema:
        return [{"$ref": f"{schema['$ref']}{_OVERLAY}"}]
    return [] if schema == {"type": "null"} else [schema]
