"""The network: the connections that policies allow are those that the plan declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import Finding
from mlopsgen.plan import Plan
from mlopsgen.prove.network import connections, doors, ground
from mlopsgen.prove.network.matrix import Matrix

__all__ = ["RULES", "Matrix", "network"]

RULES = (*connections.RULES, *ground.RULES, *doors.RULES)


def network(plan: Plan, artifacts: Iterable[Artifact]) -> Iterator[Finding]:
    """Yield what the written policies refuse that has to connect, and what they open besides."""
    found = tuple(artifacts)
    matrix = Matrix(plan, found)
    yield from connections.denied(matrix)
    yield from connections.opened(matrix)
    yield from connections.selected(matrix)
    yield from connections.heard(matrix)
    yield from doors.closed(matrix, found)
    yield from ground.ground(matrix, found)
