"""What conditions are made of, once they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PARAMETERS = "parameters"
"""Stands for the pipeline in `parameters.NAME`."""

ITEM = "item"
"""Stands for the item of a step that fans out."""

RESULTS = ("Succeeded", "Failed", "Errored", "Skipped", "Omitted", "AnySucceeded", "AllFailed")
"""How a step may have ended; the last two are of steps that fan out."""


@dataclass(frozen=True, slots=True)
class Ref:
    """STEP.OUTPUT, parameters.NAME, item or item.KEY."""

    source: str
    """A step, `parameters` or `item`."""

    name: str
    """Empty for an item as a whole."""

    @property
    def written(self) -> str:
        """The reference as users write it."""
        return f"{self.source}.{self.name}" if self.name else self.source


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the condition itself."""

    value: str | float | bool
    written: str


Operand = Ref | Constant


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and how they are compared; one of them at least is a reference."""

    left: Operand
    operator: str
    right: Operand

    @property
    def numeric(self) -> bool:
        """Whether both sides are numbers: one is written, or the order of them is asked for."""
        sides = (self.left, self.right)
        written = any(isinstance(one, Constant) and isinstance(one.value, float) for one in sides)
        return written or self.operator not in ("==", "!=")

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Its references."""
        return tuple(one for one in (self.left, self.right) if isinstance(one, Ref))


@dataclass(frozen=True, slots=True)
class Result:
    """How a step ended: STEP.Succeeded."""

    step: str
    result: str


@dataclass(frozen=True, slots=True)
class Not:
    """A term that mustn't hold."""

    term: Term


@dataclass(frozen=True, slots=True)
class Joined:
    """Terms of which all must hold, or one."""

    operator: Literal["&&", "||"]
    terms: tuple[Term, ...]


Term = Comparison | Result | Not | Joined


def leaves(term: Term) -> Iterator[Comparison | Result]:
    """Yield the comparisons and results that *term* is made of."""
    match term:
        case Not(inner):
            yield from leaves(inner)
        case Joined(_, terms):
            for one in terms:
                yield from leaves(one)
        case _:
            yield term
