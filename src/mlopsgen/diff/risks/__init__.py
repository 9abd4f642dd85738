"""What a change may do in the cluster: every kind of it, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlopsgen.diff.risks.access import access
from mlopsgen.diff.risks.alerts import alerts
from mlopsgen.diff.risks.kept import kept, nodes
from mlopsgen.diff.risks.limits import limits
from mlopsgen.diff.risks.moved import handed, moved
from mlopsgen.diff.risks.network import network
from mlopsgen.diff.risks.pair import Entry, Level, Pair, Risk, differing
from mlopsgen.diff.risks.running import running
from mlopsgen.diff.risks.served import served

__all__ = ["KINDS", "LEVELS", "Entry", "Level", "Pair", "Risk", "differing", "risks"]

LEVELS: tuple[Level, ...] = ("high", "medium", "low")

KINDS = {
    "deleted": "data or everything of a name is deleted",
    "replaced": "the cluster is replaced",
    "immutable": "a field can't be changed",
    "availability": "a model may stop answering",
    "handed-over": "another Argo CD reconciles the cluster",
    "moved": "objects move to another Application",
    "model-changed": "a model serves something else",
    "nodes-replaced": "nodes are replaced",
    "security-weakened": "Pod Security is weaker",
    "guard-removed": "a policy or quota is gone",
    "guard-changed": "a policy is another",
    "network-opened": "the network is opened",
    "iam-widened": "a role in AWS may do more",
    "access-widened": "a role in the cluster may do more",
    "limit-lowered": "a limit is lower",
    "alert-removed": "an alert is gone",
    "alert-loosened": "an alert waits for worse",
    "alert-changed": "an alert is another",
    "pods-restart": "pods restart",
}
"""What can be said of a change, worst first within a level."""

_FAMILIES: tuple[Callable[[Pair], Iterator[Risk]], ...] = (
    kept, handed, moved, nodes, running, served, network, access, limits, alerts,
)  # fmt: skip


def risks(pair: Pair) -> tuple[Risk, ...]:
    """Return what the change in *pair* may do, the worst first."""
    found = (risk for family in _FAMILIES for risk in family(pair))
    order = list(KINDS)
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda one: (LEVELS.index(one.level), order.index(one.kind), one.subject),
        )
    )
