"""Platforms with one value changed to each extreme that the schema of platform.yaml allows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "schemas" / "platform.schema.json").read_text(encoding="utf-8"))
TEXTS = {
    "registry": ["registry.acme.internal", "registry.acme.internal:5000/mirror"],
    "vpcCidr": ["10.0.0.0/16", "10.1.0.0/20", "172.16.0.0/18", "192.168.0.0/22", "100.64.0.0/16"],
    "region": ["us-east-1", "us-gov-west-1", "cn-north-1", "ap-southeast-4", "eu-central-2"],
    "accountId": ["000000000001", "999999999999"],
    "chart": ["0.16.0", "0.20.0", "1.8.1"],
    "version": ["1.31", "1.32", "1.33", "1.34", "1.35"],
}
"""What is tried at keys whose texts the schema can't list."""

Node = Mapping[str, Any]
Path_ = tuple[str | int, ...]
Change = tuple[Path_, Any]
GONE = "<taken away>"


def branches(node: Node) -> Iterator[Node]:
    """Yield the alternatives of *node* with references followed."""
    if "$ref" in node:
        yield from branches(SCHEMA["definitions"][node["$ref"].rsplit("/", 1)[1]])
        return
    whole = [each for key in ("anyOf", "oneOf", "allOf") for each in node.get(key, ())]
    whole += [node[key] for key in ("then", "else") if key in node and "properties" not in node]
    if not whole or "properties" in node:
        yield node
        return
    rest = {key: value for key, value in node.items() if key in ("examples", "default")}
    for each in whole:
        for branch in branches(each):
            yield {**rest, **branch}


def _numbers(node: Node) -> list[Any]:
    whole = node["type"] == "integer"
    step = 1 if whole else 0.001
    low = node.get("minimum", node.get("exclusiveMinimum", 0 if whole else 0.5))
    low += step if "exclusiveMinimum" in node else 0
    high = node.get("maximum", node.get("exclusiveMaximum"))
    found = [low, low + 1 if whole else low + 0.5]
    if high is not None:
        found += [high - (step if "exclusiveMaximum" in node else 0), (low + high) // 2]
    return [*found, *node.get("examples", ())]


def _texts(node: Node, key: str) -> list[str]:
    found = [*TEXTS.get(key, ()), *node.get("examples", ())]
    bounds = ["a", "a" * min(node.get("maxLength", 40), 63), "z9", "0", "x-1"]
    if "pattern" in node:
        bounds = [each for each in bounds if re.search(node["pattern"], each)]
    return [*found, *bounds]


def values(node: Node, key: str = "", depth: int = 2) -> list[Any]:
    """Return extreme values that *node* of the schema allows at *key*."""
    found: list[Any] = []
    for branch in branches(node):
        found += _of_branch(branch, key, depth)
    return list({json.dumps(each): each for each in found}.values())


def _of_branch(node: Node, key: str, depth: int) -> list[Any]:
    if "const" in node or "enum" in node:
        return [node["const"]] if "const" in node else list(node["enum"])
    found = list(node.get("examples", ()))
    match node.get("type"):
        case "boolean":
            found = [True, False]
        case "integer" | "number":
            found = _numbers(node)
        case "string":
            found = _texts(node, key)
        case "array":
            inner = values(node.get("items", {}), key, depth - 1) if depth else []
            found += [*([] if node.get("minItems") else [[]]), *([each] for each in inner)]
        case "object":
            found += _objects(node, key, depth)
    return found


def _objects(node: Node, key: str, depth: int) -> list[Any]:
    keys, required = node.get("properties", {}), node.get("required", ())
    if not keys:
        more = node.get("additionalProperties")
        inner = values(more, key, depth - 1) if depth and isinstance(more, Mapping) else []
        return [{}, *({"a": each} for each in inner)]
    if depth < 0:
        return []
    least = {}
    for each in required:
        some = values(keys[each], each, depth - 1)
        if not some:
            return []
        least[each] = some[0]
    found = [least]
    for each, inner in keys.items():
        if depth or each in required:
            found += [{**least, each: value} for value in values(inner, each, depth - 1)]
    return found


def changes(document: Any, node: Node = SCHEMA, at: Path_ = ()) -> Iterator[Change]:
    """Yield each key of *document* taken away, or with another value, or added."""
    for branch in branches(node):
        if isinstance(document, Mapping):
            yield from _changed_keys(document, branch, at)
        elif isinstance(document, list) and "items" in branch:
            for index, each in enumerate(document):
                yield from changes(each, branch["items"], (*at, index))


def _changed_keys(document: Mapping[str, Any], node: Node, at: Path_) -> Iterator[Change]:
    keys, more = node.get("properties", {}), node.get("additionalProperties")
    kind = keys.get("kind", keys.get("runtime", {})).get("const")
    if kind is not None and kind not in (document.get("kind"), document.get("runtime")):
        return
    for key, inner in keys.items():
        if at or key not in ("environments", "include", "apiVersion"):
            for value in values(inner, key):
                if document.get(key) == value or (isinstance(document.get(key), dict) and value):
                    continue  # what a map has already is changed key by key
                yield (*at, key), value
    if not keys and isinstance(more, Mapping) and "a" not in document:
        yield from (((*at, "a"), value) for value in values(more))
    for key, value in document.items():
        yield (*at, key), GONE
        inner = keys.get(key, more)
        if isinstance(inner, Mapping) and key != "environments":
            yield from changes(value, inner, (*at, key))


def changed(document: Any, at: Path_, value: Any) -> Any:
    """Return a copy of *document* with *value* at *at*."""
    whole = deepcopy(document)
    inner = whole
    for step in at[:-1]:
        inner = inner[step]
    if value == GONE:
        del inner[at[-1]]
    else:
        inner[at[-1]] = value
    return whole
