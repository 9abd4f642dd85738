"""docs/platform.md: every key of platform.yaml as tables, made from its JSON Schema.

Run as a program it rewrites the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mlopsgen.spec.schema import platform_schema
from tests.build import ROOT

PAGE = ROOT / "docs" / "platform.md"
HEAD = """\
# platform.yaml

Every key that there is. Keys in bold have to be there; a dash stands for no default. `<name>` is a
name of yours, and `[]` an item of a list. `mlopsgen schema` prints the same for editors.

"""
OVERLAYS = """\
## `environments.<name>`

What differs in one environment: any key of this page but `include` and `environments`. Maps merge
by key, all else replaces, and `null` deletes an entry.
"""
WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}

Schema = dict[str, Any]


class Page:
    """The tables, each form told once: where it comes back, a link leads to it."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._told: dict[str, str] = {}

    def lines(self) -> Iterator[str]:
        """Yield the page below its head."""
        yield from self._table("", self._schema)
        for key, value in self._schema["properties"].items():
            if key != "environments":
                yield from self._below(key, value)
        yield OVERLAYS

    def _below(self, path: str, schema: Schema) -> Iterator[str]:
        """Yield the tables of the objects in *schema*, which stands at *path*."""
        for name in self._names(schema):
            form, heading = self._schema["definitions"][name], self._heading(name, path)
            if self._told.setdefault(name, heading) == heading:
                yield f"## `{heading}`\n\n{form['description']}\n\n"
                yield from self._table(path, form)
                for key, value in form.get("properties", {}).items():
                    yield from self._below(f"{path}.{key}", value)
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict):
            yield from self._below(f"{path}.<name>", inner)
        if isinstance(schema.get("items"), dict):
            yield from self._below(f"{path}[]", schema["items"])

    def _table(self, path: str, form: Schema) -> Iterator[str]:
        required = form.get("required", [])
        yield "| key | what it is | form | default |\n|---|---|---|---|\n"
        for key, value in form.get("properties", {}).items():
            shown = f"**`{key}`**" if key in required else f"`{key}`"
            default = value.get("default")
            said = value.get("description", "").replace("|", "\\|")
            given = "-" if default in (None, "", [], {}) else f"`{_yaml(default)}`"
            form_ = self._form(f"{path}.{key}".removeprefix("."), value)
            yield f"| {shown} | {said} | {form_} | {given} |\n"
        yield "\n"

    def _form(self, path: str, schema: Schema) -> str:
        names = self._names(schema)
        if names:
            return " or ".join(self._link(name, path) for name in names)
        if "const" in schema:
            return f"`{_yaml(schema['const'])}`"
        if "enum" in schema:
            return ", ".join(f"`{_yaml(each)}`" for each in schema["enum"])
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict):
            return f"map of {self._form(f'{path}.<name>', inner)}"
        if isinstance(schema.get("items"), dict):
            return f"list of {self._form(f'{path}[]', schema['items'])}"
        forms = [schema] if "type" in schema else schema.get("anyOf", [])
        kinds = [each.get("type") for each in forms]
        flat = [kind for each in kinds for kind in (each if isinstance(each, list) else [each])]
        found = [WORDS[kind] for kind in flat if kind in WORDS]
        example = schema.get("examples", [])
        shown = f", such as `{_yaml(example[0])}`" if example and "default" not in schema else ""
        return f"{' or '.join(dict.fromkeys(found)) or 'map'}{_range(schema)}{shown}".replace(
            "|", "\\|"
        )

    def _link(self, name: str, path: str) -> str:
        there = self._told.get(name) or self._heading(name, path)
        return f"[`{there}`](#{anchor(there)})"

    def _heading(self, name: str, path: str) -> str:
        """Return *path*, with the kind where the object is one of several that may stand there."""
        kind = self._schema["definitions"][name]["properties"].get("kind", {}).get("const")
        return f"{path}, {kind}" if kind else path

    def _names(self, schema: Schema) -> list[str]:
        """Return the objects that *schema* itself may be, by the names of their definitions."""
        members = [
            schema,
            *(each for kind in ("allOf", "anyOf", "oneOf") for each in schema.get(kind, [])),
            schema.get("else", {}),  # a model of no family; with one it has the same keys
        ]
        return [each["$ref"].rpartition("/")[2] for each in members if "$ref" in each]


def described(form: str, key: str) -> str:
    """Return what the page says *key* of *form* is."""
    said: str = platform_schema()["definitions"][form]["properties"][key].get("description", "")
    return said.replace("|", "\\|")


def anchor(heading: str) -> str:
    """Return what GitHub makes of *heading* for links."""
    return "".join(
        each for each in heading.lower().replace(" ", "-") if each.isalnum() or each in "-_"
    )


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return (
        f", {low} or more" if low is not None else f", at most {high}" if high is not None else ""
    )


def _yaml(value: object) -> str:
    """Return *value* as it is written in platform.yaml."""
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, str) and not re.fullmatch(r"[0-9.]+", value):
        return value
    return json.dumps(value)


def page() -> str:
    """Return the page as it should be."""
    found = Page(platform_schema())
    list(found.lines())  # the first reading learns where each form is told, for links ahead
    return f"{HEAD}{''.join(found.lines())}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
