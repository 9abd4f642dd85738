"""JSON that any reader takes and any terminal survives."""

from __future__ import annotations

import json


def to_json(document: object) -> str:
    """Return *document* as ASCII JSON in the order given.

    Lone surrogates, which names of files can bring in and strict readers refuse, become `?`.
    """
    return json.dumps(_sound(document), indent=2) + "\n"


def _sound(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {key: _sound(each) for key, each in value.items()}
        case list() | tuple():
            return [_sound(each) for each in value]
        case _:
            return value
