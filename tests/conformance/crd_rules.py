"""The rules in CEL that the CRDs of components carry, and what they have against objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from tests.conformance.schemas import CRDS

_RULES = "x-kubernetes-validations"
_TRANSITION = re.compile(r"\boldSelf\b")
"""Rules on changes say nothing about an object that is new."""


def has_rules(document: dict[str, Any]) -> bool:
    path = _path(document)
    return path.is_file() and _RULES in path.read_text(encoding="utf-8")


def broken(document: dict[str, Any]) -> tuple[int, list[str]]:
    """Return how many rules were evaluated for *document*, and those that it breaks."""
    found = asked(document)
    return len(found), [
        f"{place}: {rule}" for place, rule, value in found if not _holds(rule, value)
    ]


def asked(document: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return the rules on new objects for *document*, each with its place and what is there."""
    schema = json.loads(_path(document).read_text(encoding="utf-8"))
    return [each for each in _asked(schema, document, "") if not _TRANSITION.search(each[1])]


def refuses(rule: str, value: Any) -> bool:
    """Say whether the API server refuses *value*: what can't be evaluated is refused as well."""
    found = _compiled(rule).eval(_environment().Activation({"self": _escaped(value)}))
    return found.type() != cel.Type.BOOL or not found.plain_value()


def _path(document: dict[str, Any]) -> Any:
    group, _, version = document["apiVersion"].rpartition("/")
    return CRDS / group / f"{document['kind'].lower()}_{version}.json"


def _asked(schema: dict[str, Any], value: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """Yield each rule for *value* and what is in it, with the place."""
    for each in schema.get(_RULES, ()):
        yield place, each["rule"], value
    if isinstance(value, dict):
        rest = schema.get("additionalProperties")
        for key, child in value.items():
            below = schema.get("properties", {}).get(key, rest)
            if isinstance(below, dict):
                yield from _asked(below, child, f"{place}/{key}")
    elif isinstance(value, list):
        for number, child in enumerate(value):
            yield from _asked(schema.get("items", {}), child, f"{place}/{number}")


def _holds(rule: str, value: Any) -> bool:
    found = _compiled(rule).eval(_environment().Activation({"self": _escaped(value)}))
    assert found.type() == cel.Type.BOOL, (rule, found.plain_value())
    return bool(found.plain_value())


def _escaped(value: Any) -> Any:
    """Return *value* as rules see it: a key that is a word of CEL stands between underscores."""
    match value:
        case dict():
            return {_key(key): _escaped(child) for key, child in value.items()}
        case list():
            return [_escaped(child) for child in value]
        case _:
            return value


def _key(key: str) -> str:
    return "__namespace__" if key == "namespace" else key


@cache
def _compiled(rule: str) -> Any:
    return _environment().compile(rule)


@cache
def _environment() -> Any:
    text = cel.Type.STRING
    find = cel.Overload("string_find_string", text, [text, text], True, _find)
    return cel.NewEnv(
        variables={"self": cel.Type.DYN},
        extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()],
        functions=[cel.FunctionDecl("find", [find])],
    )


def _find(text: str, pattern: str) -> str:
    """Return the first match, or nothing: one of Kubernetes' own additions."""
    found = re.search(pattern, text)
    return found.group() if found else ""
