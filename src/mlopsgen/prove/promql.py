"""Reads an expression as Prometheus does, and finds what it would not give."""

from __future__ import annotations

from dataclasses import replace

import promql_parser as promql

from mlopsgen.prove.metric_rules import PARSED, Fault
from mlopsgen.prove.metric_sources import World
from mlopsgen.prove.promql_calls import called
from mlopsgen.prove.promql_groups import grouped
from mlopsgen.prove.promql_operators import operated
from mlopsgen.prove.promql_selectors import selected
from mlopsgen.prove.promql_values import NOTHING, Value

_DEEP = 100
"""How far expressions may be nested. Prometheus takes more; nobody reads more."""


class Reader:
    """One expression; `faults` gathers what is wrong with it."""

    def __init__(self, world: World) -> None:
        """Read against *world*."""
        self._world = world
        self.faults: list[Fault] = []

    def read(self, text: str) -> Value | None:
        """Return what *text* gives; None where it isn't PromQL."""
        try:
            return self._value(promql.parse(text), 0)
        except ValueError as error:
            told = f"is no PromQL: {' '.join(str(error).split())}"
            self.faults.append(Fault(PARSED, told, "mend the expression"))
        except RecursionError:
            told = f"is nested more than {_DEEP} levels deep"
            self.faults.append(Fault(PARSED, told, "say it with fewer parentheses and functions"))
        return None

    def _value(self, node: object, depth: int) -> Value:
        if depth > _DEEP:
            raise RecursionError
        match node:
            case promql.VectorSelector():
                value, faults = selected(node, self._world)
            case promql.MatrixSelector():
                value, faults = selected(node.vector_selector, self._world)
                value = replace(value, window=node.range.total_seconds())
            case promql.Call():
                values = [self._value(each, depth + 1) for each in node.args]
                tried = node.func.experimental and not self._world.experimental
                value, faults = called(node.func.name, values, tried=tried)
            case promql.AggregateExpr():
                inner = self._value(node.expr, depth + 1)
                param = NOTHING if node.param is None else self._value(node.param, depth + 1)
                value, faults = grouped(str(node.op), inner, node.modifier, param.text)
            case promql.BinaryExpr():
                left, right = self._value(node.lhs, depth + 1), self._value(node.rhs, depth + 1)
                value, faults = operated(str(node.op), left, right, node.modifier)
            case _:
                return self._simple(node, depth)
        self.faults += faults
        return value

    def _simple(self, node: object, depth: int) -> Value:
        """Return what a node gives in which nothing can be wrong."""
        match node:
            case promql.NumberLiteral():
                return Value(scalar=True, number=node.val)
            case promql.StringLiteral():
                return Value(scalar=True, text=node.val)
            case promql.ParenExpr():
                return self._value(node.expr, depth + 1)
            case promql.SubqueryExpr():
                return replace(self._value(node.expr, depth + 1), ranged=True)
            case promql.UnaryExpr():
                inner = self._value(node.expr, depth + 1)
                number = None if inner.number is None else -inner.number
                return replace(inner, most=None, number=number, kind="other")
            case _:
                return NOTHING


def faults(text: str, world: World) -> tuple[Value | None, tuple[Fault, ...]]:
    """Return what *text* gives in *world*, and what is wrong with it, each once."""
    reader = Reader(world)
    value = reader.read(text)
    return value, tuple(dict.fromkeys(reader.faults))
