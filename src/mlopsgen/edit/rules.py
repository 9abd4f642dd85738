"""What a promotion refuses."""

from __future__ import annotations

from mlopsgen.diagnostics import Rule

UNDECLARED = Rule(
    "PROM001",
    "what is promoted is in both environments",
    "A promotion makes one environment run what another runs. A model or a pipeline"
    " that only one of them has would bring everything that was decided there along: its host, its"
    " pool, its scale.",
)
NOTHING = Rule(
    "PROM002",
    "a promotion changes something",
    "What was asked for runs in both environments already. A pull request that changes nothing"
    " looks as if something had been released.",
)
RULES = (UNDECLARED, NOTHING)
