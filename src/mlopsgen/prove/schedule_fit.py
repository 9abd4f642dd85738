"""Whether pods of a form find room in a pool, and if not, why: what the scheduler would say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mlopsgen import units
from mlopsgen.prove.schedule_nodes import GPU, MIB, Node, Nodes
from mlopsgen.prove.schedule_pods import Form, Pod
from mlopsgen.prove.schedule_terms import Amounts, Requirement, tolerated, unmet

_TENTH = 100
"""Thousandths of a CPU, what is proposed is rounded down to."""

_FAR = 2
"""How much farther a pool is that is another kind of pool, compared with one that is too small."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps a pod off all nodes of a pool, and what would change that."""

    far: int
    text: str
    fix: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """All that keeps a pod off a pool."""

    pool: Nodes
    reasons: tuple[Reason, ...]

    @property
    def far(self) -> int:
        """How far the pod is from running there."""
        return sum(reason.far for reason in self.reasons)

    @property
    def text(self) -> str:
        """The reasons, after the pool's name."""
        return f"`{self.pool.name}`, but {' and '.join(each.text for each in self.reasons)}"


@dataclass(frozen=True, slots=True)
class Ground:
    """The pools, with what DaemonSets leave of their nodes."""

    pools: tuple[Nodes, ...]
    rooms: Mapping[Node, Amounts]
    """What is left on a node for other pods."""

    tried: dict[Form, tuple[Obstacle, ...]] = field(default_factory=dict)
    """What was found out already: most pods are placed like others."""

    def obstacles(self, form: Form) -> tuple[Obstacle, ...]:
        """Return the pools that pods of *form* can't run in, nearest first."""
        if form not in self.tried:
            found = (Obstacle(pool, tuple(self._reasons(form, pool))) for pool in self.pools)
            against = sorted((each for each in found if each.reasons), key=lambda each: each.far)
            self.tried[form] = tuple(against)
        return self.tried[form]

    def takes(self, form: Form) -> tuple[Nodes, ...]:
        """Return the pools that pods of *form* can run in."""
        against = {each.pool for each in self.obstacles(form)}
        return tuple(pool for pool in self.pools if pool not in against)

    def _reasons(self, form: Form, pool: Nodes) -> list[Reason]:
        if pool.missing:
            return [Reason(2 * _FAR, pool.missing, f"declare what `{pool.name}` is made of")]
        if not pool.kinds:
            text = "no instance meets what it asks for"
            return [Reason(2 * _FAR, text, f"let `{pool.name}` ask for instances that there are")]
        reasons = []
        kinds = [kind for kind in pool.kinds if _wanted(form, kind) is None]
        if not kinds:
            reasons.append(_unlabelled(_wanted(form, pool.kinds[0]), pool))
        reasons += [
            Reason(
                1,
                f"its taint `{taint}` isn't tolerated",
                f"let it tolerate `{taint}`, or take the taint off `{pool.name}`",
            )
            for taint in pool.taints
            if taint.closes and not tolerated(taint, form.tolerations)
        ]
        reasons += self._room(form, pool, kinds or pool.kinds)
        return reasons

    def _room(self, form: Form, pool: Nodes, kinds: Sequence[Node]) -> list[Reason]:
        """Return why no node of *kinds* is large enough, or may be made."""
        for name, _ in form.asks:
            if not any(self.rooms[kind].get(name) for kind in kinds):
                return [_without(name, form, pool)]
        large = [kind for kind in kinds if _holds(self.rooms[kind], form)]
        if not large:
            best = max(kinds, key=lambda kind: _share(self.rooms[kind], form))
            return [_small(form, pool, best, self.rooms[best])]
        for name, limit in pool.limits.items():
            least = min(kind.capacity.get(name, 0) for kind in large)
            if least > limit:
                return [
                    Reason(
                        1,
                        f"its limit of {amount(name, limit)} is less than the"
                        f" {amount(name, least)} of the smallest instance for it",
                        f"raise `limits` of `{pool.name}`, or let it have smaller instances",
                    )
                ]
        return []


def ground(pools: tuple[Nodes, ...], daemons: Iterable[Pod]) -> Ground:
    """Return *pools* with the *daemons* that run on their nodes taken off."""
    every = tuple(daemons)
    rooms: dict[Node, Amounts] = {}
    for pool in pools:
        for kind in pool.kinds:
            left = dict(kind.room)
            for daemon in every:
                if lands(daemon.form, pool, kind):
                    for name, count in daemon.form.asks:
                        left[name] = left.get(name, 0) - count
            rooms[kind] = left
    return Ground(pools, rooms)


def lands(form: Form, pool: Nodes, kind: Node) -> bool:
    """Say whether a DaemonSet's pod of *form* is on a node of *kind*, however full it is."""
    closed = any(taint.closes and not tolerated(taint, form.tolerations) for taint in pool.taints)
    return not closed and _wanted(form, kind) is None


def suits(form: Form, kind: Node) -> bool:
    """Say whether a node of *kind* has the labels that pods of *form* ask for."""
    return _wanted(form, kind) is None


def _wanted(form: Form, kind: Node) -> Requirement | None:
    """Return what of the labels that *form* asks for *kind* hasn't."""
    found = None
    for alternative in form.terms:
        found = unmet(alternative, kind.labels)
        if found is None:
            return None
    return found if form.terms else Requirement("", "NotIn")


def _unlabelled(wanted: Requirement | None, pool: Nodes) -> Reason:
    text = f"it asks for nodes {wanted}" if wanted and wanted.key else "it asks for no node"
    fix = f"let it ask for labels of `{pool.name}`, or add the label under its `labels`"
    return Reason(_FAR, text, fix)


def _without(name: str, form: Form, pool: Nodes) -> Reason:
    text = f"none of its nodes has any `{name}`, and it asks for {amount(name, form.amount(name))}"
    what = "an image with NVIDIA's driver and instances with GPUs" if name == GPU else f"`{name}`"
    return Reason(_FAR, text, f"give `{pool.name}` {what}, or don't ask for it")


def _small(form: Form, pool: Nodes, best: Node, room: Amounts) -> Reason:
    short = [name for name, count in form.asks if room.get(name, 0) < count]
    of = " and ".join(
        f"{_plain(name, max(room.get(name, 0), 0))} of {amount(name, form.amount(name))}"
        for name in short
    )
    text = f"{best.instance.type}, the best for it, has {of} left beside DaemonSets"
    less = {"cpu": _TENTH, "memory": 256 * MIB}
    fits = [
        f"{name}: {_plain(name, room[name] // less[name] * less[name])}"
        for name in short
        if name in less and room[name] > less[name]
    ]
    first = f"ask for {', '.join(f'`{each}`' for each in fits)} at the most, or " if fits else ""
    return Reason(1, text, f"{first}add a larger instance to `{pool.name}`")


def _holds(room: Amounts, form: Form) -> bool:
    return all(room.get(name, 0) >= count for name, count in form.asks)


def _share(room: Amounts, form: Form) -> float:
    """Return how much of what *form* asks for there is; 1 is all of everything."""
    share = 1.0
    for name, count in form.asks:
        if count:
            share *= min(1.0, max(room.get(name, 0), 0) / count)
    return share


def amount(name: str, count: int) -> str:
    """Return *count* of a resource with its unit, for people."""
    words = {"cpu": "CPU", "memory": "of memory", "pods": "pod", GPU: "GPU"}
    text, word = _plain(name, count), words.get(name, f"`{name}`")
    plural = "s" if name in {"cpu", "pods", GPU} and text != "1" else ""
    return f"{text} {word}{plural}"


def _plain(name: str, count: int) -> str:
    if name == "cpu":
        return units.cpu(count)
    if name == "memory" or name.endswith("storage"):
        return units.memory(count // MIB * MIB if count > MIB else count)
    return str(count)
