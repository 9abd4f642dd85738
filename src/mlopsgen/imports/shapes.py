"""The form of a workflow as far as it is read: what has another is told and not read."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_PLAIN: Schema = {"type": ["string", "number", "boolean"]}
_COUNT: Schema = {"type": ["string", "integer"], "pattern": "^[0-9]{1,6}$"}


def _mapping(needed: tuple[str, ...] = (), **known: Schema) -> Schema:
    return {"type": "object", "required": list(needed), "properties": known}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


_PARAMETER = _mapping(("name",), name=_TEXT, value=_PLAIN, default=_PLAIN, description=_TEXT)
_FILE = _mapping(("name",), name=_TEXT, path=_TEXT, **{"from": _TEXT})
_GIVEN = _mapping(parameters=_list(_PARAMETER), artifacts=_list(_FILE))
_RESULT = _mapping(("name",), name=_TEXT, valueFrom=_mapping(path=_TEXT, default=_PLAIN))
_LEFT = _mapping(
    parameters=_list(_RESULT),
    artifacts=_list(_mapping(("name", "path"), name=_TEXT, path=_TEXT, archive=_mapping())),
)
_AMOUNTS: Schema = {"type": "object", "additionalProperties": _PLAIN}
_RESOURCES = _mapping(requests=_AMOUNTS, limits=_AMOUNTS)
for _kind in ("requests", "limits"):
    _RESOURCES["properties"][_kind] = {**_AMOUNTS, "properties": {"nvidia.com/gpu": _COUNT}}
_PROGRAM = _mapping(image=_TEXT, command=_TEXTS, args=_TEXTS, source=_TEXT, resources=_RESOURCES)
_TASK = _mapping(
    ("name",),
    name=_TEXT,
    template=_TEXT,
    arguments=_GIVEN,
    dependencies=_TEXTS,
    depends=_TEXT,
    when=_TEXT,
    withItems=_list({"type": ["string", "number", "boolean", "object"]}),
    withParam=_TEXT,
    withSequence=_mapping(count=_COUNT, start=_COUNT, end=_COUNT, format=_TEXT),
)
_TEMPLATE = _mapping(
    ("name",),
    name=_TEXT,
    container=_PROGRAM,
    script=_mapping(("source",), **_PROGRAM["properties"]),
    inputs=_GIVEN,
    outputs=_LEFT,
    retryStrategy=_mapping(
        limit=_COUNT,
        retryPolicy=_TEXT,
        backoff=_mapping(duration=_TEXT, factor=_COUNT, cap=_TEXT, maxDuration=_TEXT),
    ),
    activeDeadlineSeconds=_COUNT,
    timeout=_TEXT,
    parallelism={"type": "integer"},
    dag=_mapping(("tasks",), tasks=_list(_TASK)),
    steps=_list({"anyOf": [_TASK, _list(_TASK)]}),
)
WORKFLOW: Schema = _mapping(
    spec=_mapping(
        entrypoint=_TEXT,
        onExit=_TEXT,
        activeDeadlineSeconds=_COUNT,
        parallelism={"type": "integer"},
        arguments=_mapping(parameters=_list(_PARAMETER)),
        templates=_list(_TEMPLATE),
    ),
)
"""A schema of a workflow from which everything was taken that isn't read."""
