"""Merging a patch into an object, and what it wrote where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mlopsgen.diagnostics import SpecPath

MERGE_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "containers": "name",
        "hostAliases": "ip",
        "templates": "name",
        "topologySpreadConstraints": "topologyKey",
    }
)
"""What tells the items of a list apart, by the field that the list is. Kubernetes' API says so of
the lists of a pod (`x-kubernetes-patch-merge-key`), Argo of `templates` (3.7.4, workflow_types.go);
every other list is replaced as a whole, `tolerations` among them."""

_Way = tuple[SpecPath, SpecPath]
"""The same place in the object and in the patch."""


@dataclass(slots=True)
class Written:
    """What a patch wrote: by path in the object, where in the patch the value stands."""

    values: dict[SpecPath, SpecPath] = field(default_factory=dict)
    """Where values stand that the object has now."""

    gone: dict[SpecPath, SpecPath] = field(default_factory=dict)
    """Where keys stood that it has no more."""

    made: dict[SpecPath, SpecPath] = field(default_factory=dict)
    """Maps and lists that weren't there, for what is written in them."""

    def __bool__(self) -> bool:
        """Say whether it changed anything."""
        return bool(self.values or self.gone)

    def paths(self) -> Iterator[tuple[SpecPath, SpecPath]]:
        """Yield everything that it wrote."""
        yield from self.values.items()
        yield from self.gone.items()


def merged(node: object, patch: Mapping[str, Any], written: Written) -> dict[str, Any]:
    """Return *node* with *patch* merged into it; neither is changed.

    Maps merge by key, null takes a key away (RFC 7396), and a list whose items have a merge key is
    merged item by item, new ones behind those that are there. All else replaces.
    """
    return _map(node, patch, written, ((), ()))


def _map(node: object, patch: Mapping[str, Any], written: Written, way: _Way) -> dict[str, Any]:
    result = dict(node) if isinstance(node, Mapping) else {}
    for key, value in sorted(patch.items()):
        below = here, there = (*way[0], key), (*way[1], key)
        before, fresh = result.get(key), key not in result
        if value is None:
            if key in result:
                del result[key]
                written.gone[here] = there
        elif isinstance(value, Mapping):
            after = _map(before, value, written, below)
            if fresh and value and not after:
                continue  # Nulls for what isn't there.
            result[key] = after
            if not isinstance(before, Mapping):
                (written.made if fresh and after else written.values)[here] = there
        elif isinstance(value, list) and (by := _merge_key(key, before, value)):
            result[key] = _list(before, value, by, written, below)
            if before is None:
                written.made[here] = there
        elif key not in result or not _same(before, value):
            result[key] = ordered(value)
            written.values[here] = there
    return result


def ordered(value: object) -> object:
    """Return *value* with the keys of its maps in order: that of the user's file says nothing."""
    match value:
        case Mapping():
            return {key: ordered(value[key]) for key in sorted(value)}
        case list():
            return [ordered(each) for each in value]
        case _:
            return value


def _list(
    node: list[Any] | None, patch: list[Any], by: str, written: Written, way: _Way
) -> list[Any]:
    result = list(node or ())
    for number, item in enumerate(patch):
        found = [index for index, each in enumerate(result) if each[by] == item[by]]
        index = found[0] if found else len(result)
        below = here, there = (*way[0], index), (*way[1], number)
        if not found:
            result.append({})
            written.made[here] = there
        result[index] = _map(result[index], item, written, below)
    return result


def _merge_key(field_name: str, node: object, patch: list[Any]) -> str:
    """Return the key by which two lists are merged; empty where one is replaced by the other."""
    by = MERGE_KEYS.get(field_name, "")
    lists = [node, patch] if isinstance(node, list) else [patch]
    items = [item for each in lists for item in each]
    keyed = all(isinstance(item, Mapping) and isinstance(item.get(by), str) for item in items)
    return by if by and patch and keyed and (node is None or isinstance(node, list)) else ""


def _same(first: object, second: object) -> bool:
    """Whether two values are one to Kubernetes: true is no 1."""
    return type(first) is type(second) and first == second
