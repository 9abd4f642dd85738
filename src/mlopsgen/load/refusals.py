"""The findings of the reader, each from its place and the text that it is about."""

from __future__ import annotations

import re

from mlopsgen.diagnostics import Finding, Place, Related
from mlopsgen.load import rules
from mlopsgen.load.scalars import shortened

_TAG = re.compile(r"![^\s,\[\]{}]*")
_LONGEST_TAG = 200


def key(at: Place, text: str) -> Finding:
    """A key that is a number, a boolean, null or nothing at all."""
    name = shortened(text)
    if not text:
        return rules.KEY.at(at, "the key before `:` is missing", fix="write the key")
    return rules.KEY.at(at, f"the key `{name}` is not text", fix=f'write "{name}"')


def collection_as_key(at: Place, text: str, index: int) -> Finding:
    """A list or mapping before a colon, most often a template: `{{ name }}`."""
    if text[max(index - 1, 0) : index + 1] == "{{":
        message = "`{{` opens a mapping where a key belongs"
        return rules.KEY.at(at, message, fix="put the whole value into double quotes")
    message = "a list or mapping stands where a key belongs"
    return rules.KEY.at(at, message, fix="write a text as the key")


def duplicate(at: Place, text: str, first: Place) -> Finding:
    """A key that its mapping has already."""
    return rules.DUPLICATE.at(
        at,
        f"`{shortened(text)}` stands twice in one mapping",
        fix="delete or rename one of the two",
        related=(Related(first, "first here"),),
    )


def merge(at: Place) -> Finding:
    """A plain `<<` as a key."""
    message = "`<<` merges another mapping into this one"
    return rules.MERGE.at(at, message, fix="write the merged keys here")


def alias(at: Place, anchor: str) -> Finding:
    """A `*name` in the place of a value."""
    message = f"`*{shortened(anchor)}` stands for a value from another place"
    return rules.ALIAS.at(at, message, fix="write the value here")


def anchor(at: Place, name: str) -> Finding:
    """A `&name` before a value."""
    shown = shortened(name)
    return rules.ANCHOR.at(at, f"`&{shown}` is an anchor", fix=f"delete `&{shown}`")


def tag(at: Place, text: str, index: int) -> Finding:
    """A `!name` before a value, perhaps behind an anchor; *index* is where both begin."""
    found = _TAG.search(text, index, index + _LONGEST_TAG)
    shown = shortened(found.group()) if found else "!"
    fix = f'delete `{shown}`, or put text that starts with "!" into quotes'
    return rules.TAG.at(at, f"`{shown}` is a tag", fix=fix)


def directive(at: Place) -> Finding:
    """A `%YAML` or `%TAG` line."""
    message = "a line that starts with `%` is a directive"
    return rules.TAG.at(at, message, fix="delete the line")


def second_document(at: Place) -> Finding:
    """A `---` after something."""
    message = "a second document starts here"
    fix = "delete the line, or move what follows to a file of its own under `include`"
    return rules.DOCUMENTS.at(at, message, fix=fix)


def deep(at: Place, most: int) -> Finding:
    """A collection inside *most* others."""
    message = f"values nest deeper than {most} levels here"
    return rules.DEPTH.at(at, message, fix="take levels out")


def many(at: Place, most: int) -> Finding:
    """The first value beyond *most*."""
    message = f"the platform has more than {most:,} keys and values"
    fix = "delete what is not in use, or split the platform in two"
    return rules.TOO_MANY.at(at, message, fix=fix)


def empty(name: str) -> Finding:
    """A file of nothing but comments and blank lines."""
    message = f"`{name}` is empty"
    return rules.EMPTY.at(Place(name, 1, 1), message, fix="write at least one section")


def not_a_mapping(at: Place, kind: str) -> Finding:
    """A file that holds *kind*: a list, or a text."""
    message = f"the file holds {kind} where a mapping is expected"
    return rules.NOT_A_MAPPING.at(at, message, fix="start each line at the top with `key:`")
