"""The scalars that stand in a shape itself: only those that all YAML readers read alike."""

from __future__ import annotations

import re

import yaml

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_NUMBER_TO_YAML_1_2 = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
)
_BOOLEANS = {"true": True, "false": False}


def scalar(node: yaml.ScalarNode) -> str | float | None:
    """Return the value of *node*; raise ValueError, with the reason, if readers differ on it."""
    text: str = node.value
    match node.tag.removeprefix(_TAG):
        case "str" if node.style or not _NUMBER_TO_YAML_1_2.fullmatch(text):
            return text
        case "null":
            return None
        case "bool" if text in _BOOLEANS:
            return _BOOLEANS[text]
        case "int" if _INTEGER.fullmatch(text):
            return int(text)
        case "float" if _DECIMAL.fullmatch(text):
            return float(text)
        case _:
            msg = f"YAML readers differ on `{text}`; quote it, or write it plainly"
            raise ValueError(msg)


def key(node: yaml.Node) -> str:
    """Return the text of a mapping key; raise ValueError if it is anything else."""
    if isinstance(node, yaml.ScalarNode) and isinstance(value := scalar(node), str):
        return value
    msg = "a key that is no text"
    raise ValueError(msg)
