"""The names that tags of Argo Workflows can use, as it keeps them: flat, with dots in them."""

from __future__ import annotations

import json


class Node(dict):
    """A map whose keys are attributes as well."""

    __getattr__ = dict.__getitem__


class Names(dict):
    """Values by their dotted names."""

    def __or__(self, other):
        return Names({**self, **other})

    @classmethod
    def of_run(cls, parameters, status, failures):
        """Return what every template of a run can name."""
        listed = json.dumps([*failures])
        return cls(
            {f"workflow.parameters.{name}": value for name, value in parameters.items()}
            | {
                "workflow.name": "run-1",
                "workflow.status": status,
                "workflow.failures": json.dumps(listed),
                "pod.name": "run-1-step-123",
            }
        )

    @classmethod
    def of_item(cls, item):
        """Return what a task can name when it is made for *item*; parts of a map are texts."""
        if isinstance(item, dict):
            return cls({f"item.{key}": _text(value) for key, value in item.items()})
        return cls({"item": _text(item)})

    def about(self, root):
        """Whether there is anything under *root*."""
        return any(name == root or name.startswith(f"{root}.") for name in self)

    def roots(self):
        """Return the names as maps in maps, as expressions see them."""
        found = Node()
        for name, value in self.items():
            *way, last = name.split(".")
            node = found
            for step in way:
                node = node.setdefault(step, Node())
            node[last] = value
        return found

    @staticmethod
    def plain(value):
        """Return *value* as JSON can have it."""
        return dict(value) if isinstance(value, Node) else value


def _text(item):
    return item if isinstance(item, str) else json.dumps(item)
