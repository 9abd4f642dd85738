"""What a change of a platform becomes: two sides in memory, and how their objects differ."""

from mlopsgen.diff.compare import Comparison, Environment, compared
from mlopsgen.diff.sides import Side, Unread, compiled, generated, nothing

__all__ = [
    "Comparison",
    "Environment",
    "Side",
    "Unread",
    "compared",
    "compiled",
    "generated",
    "nothing",
]
