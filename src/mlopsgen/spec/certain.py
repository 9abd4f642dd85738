"""Mends of values that can have meant one thing only."""

from __future__ import annotations

import json
import re
from typing import get_args

from mlopsgen.diagnostics import Mend
from mlopsgen.spec.route import bare
from mlopsgen.spec.said import Mistake

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,9})?")
_EXACT = 2**53
"""Up to here a float is the whole number it stands for."""

_SINGLE = re.compile(r"[^\s,\[\]{}]+")
"""Text that can't have been meant for several."""

YES_NO = {
    "true": "true",
    "yes": "true",
    "on": "true",
    "false": "false",
    "no": "false",
    "off": "false",
}
"""What people write for yes and no, and how it is written here."""


def certain_text(mistake: Mistake) -> Mend | None:
    """Return the quotes for what reads as another kind, where text and nothing else may stand."""
    written = mistake.written(mistake.path) or ""
    pattern = mistake.asked.limit("pattern") or "."
    hidden = mistake.asked.form is not None and not mistake.asked.form.shown
    if mistake.asked.members != (str,) or hidden or not re.search(pattern, written):
        return None
    return Mend(json.dumps(written, ensure_ascii=False))


def certain_kind(mistake: Mistake) -> Mend | None:
    """Return the value as the kind that its key takes, where that changes nothing it says."""
    if mistake.route.on_key or mistake.route.union == mistake.path:
        return None
    if mistake.kind == "tuple_type":
        return _listed(mistake)
    text = _scalar(mistake.kind, mistake.value)
    return Mend(text) if text else None


def _scalar(kind: str, value: object) -> str:
    """Return *value* as a number or as a yes or no, or nothing."""
    if isinstance(value, float):
        return (
            f"{value:.0f}"
            if kind == "int_type" and value.is_integer() and abs(value) < _EXACT
            else ""
        )
    text = value if isinstance(value, str) else ""
    if kind == "bool_type":
        return YES_NO.get(text.lower(), "")
    number = {"int_type": _WHOLE, "float_type": _NUMBER}.get(kind)
    return text if number and number.fullmatch(text) else ""


def _listed(mistake: Mistake) -> Mend | None:
    """Return the value as the only item of a list, where it can't have been meant for several."""
    value = mistake.value
    if not isinstance(value, str) or not _SINGLE.fullmatch(value) or not _one_item(mistake, value):
        return None
    only = mistake.instead(value)
    return Mend(f"[{only.text}]") if only else None


def _one_item(mistake: Mistake, text: str) -> bool:
    """Whether *text* is as the only item of the list would be; commands are more than one word."""
    item = bare(get_args(mistake.asked.type)[0])
    if mistake.path[-1:] in {("command",), ("args",)}:
        return False
    fits = item.type is str and re.search(item.limit("pattern") or ".", text)
    return text in item.choices or bool(fits)
