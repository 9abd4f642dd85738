"""What may be written under a key, and values as they are written there."""

from __future__ import annotations

from mlopsgen.diagnostics import numeral
from mlopsgen.spec.form import Notation
from mlopsgen.spec.route import Asked
from mlopsgen.spec.said import kind_of, yaml_text


def form(asked: Asked) -> str:
    """Return what may be written, as a phrase."""
    said, kind = asked.form, kind_of(asked)
    example = f", such as `{yaml_text(said.examples[0])}`" if said and said.examples else ""
    if isinstance(said, Notation):
        return f"{said.words}{example}" if "such as" not in said.words else said.words
    if said and str in asked.members:
        return said.words if said.words.count("such as") else f"{said.words}{example}"
    counted = f" ({said.words}{example})" if said else ""
    return f"{kind}{_range(asked)}{counted}"


def _range(asked: Asked) -> str:
    low, high = asked.limit("ge"), asked.limit("le")
    above, below = asked.limit("gt"), asked.limit("lt")
    words = (
        f"{low} or more" if low is not None else f"above {above}" if above is not None else "",
        f"{high} at the most" if high is not None else f"below {below}" if below else "",
    )
    return "".join(f", {word}" for word in words if word)


def written(value: object) -> str:
    """Return *value* as it is written in platform.yaml; nothing for nothing."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return numeral(value) if isinstance(value, float) else str(value)
        case str():
            return yaml_text(value)
        case tuple() | list() if value:
            return f"[{', '.join(written(each) for each in value)}]"
        case _:
            return ""
