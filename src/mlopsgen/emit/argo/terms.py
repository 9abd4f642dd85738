"""Conditions in the words of Argo Workflows."""

from __future__ import annotations

from mlopsgen.spec.terms import (
    ITEM,
    PARAMETERS,
    Comparison,
    Constant,
    Joined,
    Not,
    Operand,
    Ref,
    Result,
    Term,
)


def source(reference: Ref) -> str:
    """Return the expression that is the value of *reference*, always a text."""
    if reference.source == PARAMETERS:
        return f"workflow.parameters['{reference.name}']"
    if reference.source == ITEM:
        # A name with a dash in it would be a subtraction.
        return f"{ITEM}['{reference.name}']" if "-" in reference.name else reference.written
    return f"tasks['{reference.source}'].outputs.parameters['{reference.name}']"


def when(term: Term) -> str:
    """Return *term* for `when`.

    Each comparison is an expression of its own that becomes `true` or `false` before the whole is
    evaluated: those of items are evaluated later than those of steps (argo-workflows 3.7.4
    workflow/controller/dag.go, resolveDependencyReferences and expandTask), and the value of a
    step can't become a part of the condition. A value that should be a number and isn't ends the
    step with an error.
    """
    match term:
        case Not(inner):
            return f"!({when(inner)})"
        case Joined(operator, terms):
            return f" {operator} ".join(_grouped(one, when(one)) for one in terms)
        case Comparison():
            return f"{{{{={_side(term, term.left)} {term.operator} {_side(term, term.right)}}}}}"
        case Result():
            return depends(term)


def depends(term: Term) -> str:
    """Return *term* for `depends`."""
    match term:
        case Not(inner):
            return f"!({depends(inner)})"
        case Joined(operator, terms):
            return f" {operator} ".join(_grouped(one, depends(one)) for one in terms)
        case Result(step, result):
            return f"{step}.{result}"
        case Comparison():
            return when(term)


def _grouped(term: Term, written: str) -> str:
    return f"({written})" if isinstance(term, Joined) else written


def _side(comparison: Comparison, side: Operand) -> str:
    match side:
        case Ref() if comparison.numeric:
            return f"asFloat({source(side)})"
        case Ref():
            return source(side)
        case Constant(bool(), written):
            return f"'{written}'"
        case Constant(_, written):
            return written
