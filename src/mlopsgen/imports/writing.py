"""The fragment as text: keys in the order of platform.yaml's own, and short values on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from mlopsgen.diagnostics import SpecPath
from mlopsgen.serialize import to_yaml
from mlopsgen.spec import Platform
from mlopsgen.spec.pools import KarpenterPool

WIDTH = 100
"""Columns of a line that is still easy to read."""

_FLOWING = re.compile(r"[,\[\]{}#&*!|>%@`\n]|: |\A[?-]")
"""What would end a value without quotes inside of brackets."""

_ENTRY = 2
"""Steps to an entry, which has its own lines."""


def ordered(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return *data* with its keys in the order in which the spec declares them."""
    return {
        key: value for key, value in _in_order(data, Platform).items() if value not in ({}, [], "")
    }


def _in_order(value: Any, model: Any) -> Any:  # noqa: ANN401 - plain data and its annotation
    if isinstance(model, type) and issubclass(model, BaseModel) and isinstance(value, Mapping):
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        known = [key for key in fields if key in value]
        more = [key for key in value if key not in fields]
        return {
            **{key: _in_order(value[key], fields[key].annotation) for key in known},
            **{key: value[key] for key in more},
        }
    if isinstance(value, Mapping):
        member = next((one for one in map(_model, get_args(model)) if one), None)
        return {key: _in_order(one, member) for key, one in value.items()}
    return value


def _model(annotation: Any) -> Any:  # noqa: ANN401 - an annotation
    """Return the model inside of *annotation*; of pools the one that Karpenter makes."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) else None
    found = [one for one in map(_model, get_args(annotation)) if one]
    return KarpenterPool if KarpenterPool in found else found[0] if found else None


def text_of(data: Mapping[str, Any]) -> str:
    """Return *data*, a part of a platform, as text; empty where there is nothing in it."""
    return "".join(f"{line}\n" for line in _lines(data, "", 0))


def commented(path: SpecPath, value: object, why: str) -> str:
    """Return an entry that would be refused, as comments to be mended and taken in."""
    data: object = value
    for step in reversed(path):
        data = {step: data}
    lines = [f"# {why}"]
    if isinstance(data, Mapping):
        lines += [f"#   {line}" for line in _lines(data, "", 0)]
    return "".join(f"{line}\n" for line in lines)


def _lines(node: Mapping[str, Any], pad: str, depth: int) -> Iterator[str]:
    for key, value in node.items():
        head = f"{pad}{_scalar(key)}:"
        flow = _flow(value)
        simple = not isinstance(value, Mapping) or depth >= _ENTRY or not value
        if flow is not None and simple and len(head) + 1 + len(flow) <= WIDTH:
            yield f"{head} {flow}"
        elif isinstance(value, Mapping):
            yield head
            yield from _lines(value, f"{pad}  ", depth + 1)
        else:
            written = to_yaml([{str(key): value}]).splitlines()
            yield from (f"{pad}{line}" if line else "" for line in written)


def _flow(value: object, nested: int = 0) -> str | None:
    """Return *value* on one line; None where it has more in it than is read at a glance."""
    match value:
        case Mapping():
            found = [(_scalar(key), _flow(one, nested + 1)) for key, one in value.items()]
            if nested > 1 or any(one is None for _, one in found):
                return None
            return f"{{{', '.join(f'{key}: {one}' for key, one in found)}}}"
        case list():
            rows = [_flow(one, nested + 1) for one in value]
            if nested > 1 or any(one is None for one in rows):
                return None
            return f"[{', '.join(str(one) for one in rows)}]"
        case str() if "\n" in value:
            return None
        case _:
            return _scalar(value, bare=nested == 0)


def _scalar(value: object, *, bare: bool = False) -> str:
    written = to_yaml([{"k": value}]).removeprefix("k: ").rstrip("\n")
    if isinstance(value, str) and not written.startswith('"') and not bare:
        return json.dumps(value) if _FLOWING.search(value) else written
    return written
