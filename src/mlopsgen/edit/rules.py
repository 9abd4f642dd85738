"""What promotions and migrations refuse."""

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
UNCARRIED = Rule(
    "MIGR001",
    "a value that is migrated is one that its version took",
    "What it would become can't be told: the old version refused it too, and a guess would change"
    " what is built.",
)
BOTH = Rule(
    "MIGR002",
    "a migrated platform says each thing once",
    "One of the two would be lost, and which of them was meant can't be told.",
)
VERSIONS = Rule(
    "MIGR003",
    "all environments of a platform are of one version",
    "Its files are migrated together: what they share can't be in the words of two versions.",
)
RULES = (UNDECLARED, NOTHING, UNCARRIED, BOTH, VERSIONS)
