"""What a schema has against an object, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from mlopsgen.prove import schemas

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a map",
    "string": "text",
}
_LIMITS = {
    "exclusiveMaximum": "less than {limit}",
    "exclusiveMinimum": "more than {limit}",
    "maximum": "at most {limit}",
    "maxItems": "a list of at most {limit}",
    "maxLength": "at most {limit} characters long",
    "maxProperties": "a map of at most {limit}",
    "minimum": "at least {limit}",
    "minItems": "a list of at least {limit}",
    "minLength": "at least {limit} characters long",
    "minProperties": "a map of at least {limit}",
}
_SHOWN = 60
"""Characters of a value that a message shows."""


def worded(error: ValidationError) -> str:
    """Return what is wrong where, and what was expected there."""
    return f"`{pointer(error.instance_path)}` {clause(error)}"


def clause(error: ValidationError) -> str:
    """Return what is wrong with a value, as what follows after its name."""
    match error.kind:
        case Kind.AdditionalProperties(unexpected=names):
            found = ", ".join(f"`{name}`" for name in names)
            return f"has {found}, which it can't have"
        case Kind.Required(property=name):
            return f"lacks `{name}`"
        case Kind.FalseSchema():
            return "must not be there"
        case Kind.PropertyNames(error=key):
            return f"has the key {_shown(key.instance)}; a key must be {_expected(key)}"
        case Kind.Contains():
            return f"must be {_expected(error)}"
        case _:
            return f"is {_measured(error)}; it must be {_expected(error)}"


def pointer(path: Iterable[str | int]) -> str:
    """Return *path* as a JSON pointer (RFC 6901), but the whole object as `/`."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "/" + "/".join(steps)


def _expected(error: ValidationError) -> str:
    """Return what would be right; contracts say it themselves where a keyword can't."""
    kind = error.kind
    limit = _LIMITS.get(kind.name)
    if limit:
        return limit.format(limit=kind.value)
    match kind:
        case Kind.Type(types=types):
            return " or ".join(_TYPES[name] for name in types if name != "null")
        case Kind.Enum(options=options):
            return " or ".join(map(_shown, options))
        case Kind.Constant(expected_value=value):
            return _shown(value)
        case _:
            said = schemas.described(error)
            return said or _either(error) or f"of another form: {error.message}"


def _either(error: ValidationError) -> str:
    """Return the forms that a value may have, such as "text or a whole number"."""
    match error.kind:
        case Kind.OneOfNotValid(context=forms) | Kind.AnyOf(context=forms):
            return " or ".join(_expected(first) for first, *_ in forms)
        case _:
            return ""


def _measured(error: ValidationError) -> str:
    """Return the value, with its length where that is what is wrong with it."""
    shown = _shown(error.instance)
    if isinstance(error.kind, Kind.MaxLength) and isinstance(error.instance, str):
        return f"{shown}, {len(error.instance)} characters long"
    return shown


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= _SHOWN else text[: _SHOWN - 3] + '...'}`"
