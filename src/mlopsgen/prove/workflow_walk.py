"""Ways through a workflow: its templates and tasks by name, and all its texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Route = tuple[str | int, ...]


def templates_of(spec: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the templates of the workflow *spec* by name; of two with one name the first."""
    found: dict[str, Mapping[str, Any]] = {}
    for each in spec.get("templates", ()):
        found.setdefault(each["name"], each)
    return found


def tasks_of(template: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the tasks of *template* by name, none where it is no DAG."""
    return {each["name"]: each for each in template.get("dag", {}).get("tasks", ())}


def reached(name: str, templates: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the templates that run when template *name* does, itself included."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        template = ahead.pop()
        if template in templates and template not in found:
            found.add(template)
            tasks = tasks_of(templates[template]).values()
            ahead += [each["template"] for each in tasks if "template" in each]
            for each in tasks:
                hooks = each.get("hooks", {}).values()
                ahead += [hook["template"] for hook in hooks if "template" in hook]
    return frozenset(found)


def texts(node: object, route: Route = ()) -> Iterator[tuple[Route, str]]:
    """Yield every text below *node*, keys of maps aside, with the way to it."""
    match node:
        case str():
            yield route, node
        case Mapping():
            for key, each in node.items():
                yield from texts(each, (*route, key))
        case list() | tuple():
            for index, each in enumerate(node):
                yield from texts(each, (*route, index))
        case _:
            return
