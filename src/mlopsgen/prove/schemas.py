"""The schemas that objects are held against: Kubernetes' own, and our contracts for the others.

Kubernetes' come with kubernetes-validate, one folder a version. The contracts are written here,
under schemas/contracts/: closed, and no wider than what the emitters use, since a field that a
controller ignores is as wrong as one that it refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry, ValidationError

from mlopsgen.resources import SCHEMAS

Schema = dict[str, Any]

CONTRACTS = SCHEMAS / "contracts"

_BASE = "mlopsgen:///contracts/"
_PATCHED = ".patched.json"
_DEFINITIONS = "_definitions.json"
_DEFINITIONS_ID = f"https://kubernetes.io/api/{_DEFINITIONS}"
"""What the schemas of kinds refer to; as their own name it is found without a network."""


@cache
def every_object() -> Draft202012Validator:
    """Return the validator of what all objects have in common: names, labels, annotations."""
    return _contract("object.json")


@cache
def contract(api_version: str, kind: str, variant: str = "") -> Draft202012Validator | None:
    """Return the validator of our contract for a kind, or of a *variant*; None if there is none."""
    group, _, version = api_version.rpartition("/")
    ending = f".{variant}.json" if variant else ".json"
    name = f"{group or 'core'}/{kind.lower()}_{version}{ending}"
    return _contract(name) if (CONTRACTS / name).is_file() else None


@cache
def widened(api_version: str, kind: str, variant: str = "") -> Draft202012Validator | None:
    """Return the validator of our contract with what patches may add; None if there is none.

    It is the contract itself where patches add no field.
    """
    group, _, version = api_version.rpartition("/")
    name = f"{group or 'core'}/{kind.lower()}_{version}"
    if not (CONTRACTS / f"{name}{_PATCHED}").is_file():
        return contract(api_version, kind, variant)
    return _contract(f"{name}.{variant}{_PATCHED}" if variant else f"{name}{_PATCHED}")


@cache
def of_file(path: str) -> Draft202012Validator | None:
    """Return the validator of Terraform's variables or of a chart's values; None without one."""
    name = {"terraform/platform.tfvars.json": "terraform/platform.json"}.get(path)
    name = name or f"{path.removesuffix('.yaml')}.json"
    return _contract(name) if (CONTRACTS / name).is_file() else None


@cache
def core(api_version: str, kind: str, kubernetes: str) -> Draft202012Validator | None:
    """Return the validator of a kind of Kubernetes itself; None if it isn't one of them."""
    group, _, version = api_version.rpartition("/")
    prefix = f"{group.partition('.')[0]}-" if group else ""
    path = _folder(kubernetes) / f"{kind.lower()}-{prefix}{version}.json"
    if not path.is_file():
        return None
    schema = read(path)
    if schema["properties"]["apiVersion"].get("enum") != [api_version]:
        return None
    definitions = _closure(schema, _definitions(kubernetes))
    return Draft202012Validator({**schema, "$id": _DEFINITIONS_ID, "$defs": definitions})


def described(error: ValidationError) -> str | None:
    """Return what the contract says that a value must be, at the keyword that refused it.

    Next to a keyword that can't speak for itself, such as a pattern, stands a `description` that
    goes on after "it must be"; why it must is a `$comment`.
    """
    document = (error.absolute_keyword_location or "").partition("#")[0]
    if not document.startswith(_BASE):
        return None
    node: Any = whole(document.removeprefix(_BASE))
    for step in error.schema_path[:-1]:
        node = node[step]
    said: str | None = node.get("description")
    return said


def because(error: ValidationError) -> str:
    """Return what the contract says of the consequence, nearest to what refused; empty if not."""
    return _noted(error, "$comment")


def users(error: ValidationError) -> str:
    """Return how far users may decide otherwise than a contract of Helm values does.

    `may`: as they like. `never`: it can't work. `restricted`: a namespace of that level refuses it.
    `beware`, or nothing: they are warned. It stands at what is decided or at what that is in.
    """
    return _noted(error, "users")


def _noted(error: ValidationError, key: str) -> str:
    """Return what stands under *key* in the contract, nearest to what refused; empty if nothing."""
    document, _, pointer = (error.absolute_keyword_location or "").partition("#")
    said = ""
    if document.startswith(_BASE):
        node: Any = whole(document.removeprefix(_BASE))
        for step in pointer.split("/")[1:]:
            found = node.get(key) if isinstance(node, dict) else None
            # A property may be called so as well, and is a schema.
            said = found if isinstance(found, str) else said
            name = _plain(step)
            node = node[int(name)] if isinstance(node, list) else node[name]
    return said


def _plain(step: str) -> str:
    """Return a step of a JSON pointer that is part of an address, where `%5E` stands for `^`."""
    decoded = _ENCODED.sub(lambda match: chr(int(match[1], 16)), step)
    return decoded.replace("~1", "/").replace("~0", "~")


_ENCODED = re.compile(r"%([0-9A-F]{2})")


@cache
def versions() -> tuple[str, ...]:
    """Return the Kubernetes versions that there are schemas of, oldest first."""
    found = (path.name[1:].partition(".0-")[0] for path in _schemas().glob("v*.0-local-strict"))
    return tuple(sorted(found, key=lambda version: int(version.partition(".")[2])))


def _schemas() -> Path:
    """Return kubernetes-validate's folder without importing it, which takes 60 ms."""
    spec = find_spec("kubernetes_validate")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        message = "kubernetes-validate is not installed beside mlopsgen"
        raise ModuleNotFoundError(message)
    return Path(folders[0]) / "kubernetes-json-schema"


def _folder(kubernetes: str) -> Path:
    return _schemas() / f"v{kubernetes}.0-local-strict"


@cache
def _definitions(kubernetes: str) -> Mapping[str, Schema]:
    """Return all definitions of a version: 1.4 MB, read once (7 ms)."""
    definitions: dict[str, Schema] = read(_folder(kubernetes) / _DEFINITIONS)["$defs"]
    return definitions


def _closure(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the definitions that *schema* needs, so that compiling it takes 0.2 ms, not 6."""
    needed: dict[str, Schema] = {}
    todo = list(_references(schema))
    while todo:
        name = todo.pop()
        if name not in needed:
            needed[name] = definitions[name]
            todo += _references(needed[name])
    return needed


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str):
            yield target.rpartition("/")[2]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _contract(name: str) -> Draft202012Validator:
    return Draft202012Validator(whole(name), registry=_shared(), base_uri=f"{_BASE}{name}")


@cache
def _shared() -> Registry:
    """Return what contracts refer to."""
    names = ("common.json", "patches.json")
    return Registry([(f"{_BASE}{name}", read(CONTRACTS / name)) for name in names])


def whole(name: str) -> Schema:
    """Return the contract *name*; one for patched objects is that for others, with more."""
    if not name.endswith(_PATCHED):
        return read(CONTRACTS / name)
    below = CONTRACTS / f"{name.removesuffix(_PATCHED)}.json"
    added = below.with_name(below.name.partition(".")[0] + _PATCHED)
    return _over(read(below), read(added))


def read(path: Path) -> Schema:
    """Return the schema in *path*, laid over the one beside it that it says it `extends`."""
    schema: Schema = json.loads(path.read_bytes())
    base = schema.pop("extends", None)
    return _over(read(path.with_name(base)), schema) if base else schema


def _over(below: Schema, above: Schema) -> Schema:
    """Return *below* with *above* laid over it: maps merge by key, all else replaces."""
    merged = dict(below)
    for key, value in above.items():
        match merged.get(key), value:
            case dict() as under, dict():
                merged[key] = _over(under, value)
            case _:
                merged[key] = value
    return merged
