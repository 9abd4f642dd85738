"""Changes of what people write: mends of findings, one layout, promotions, and a start."""

from mlopsgen.edit.rules import RULES

__all__ = ["RULES"]
