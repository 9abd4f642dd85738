"""Both sides, environment by environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mlopsgen.diagnostics import Finding
from mlopsgen.diff.bill import Bill, bill
from mlopsgen.diff.risks import Entry, Pair, Risk, differing, risks
from mlopsgen.diff.sides import Side, Tree, Unread
from mlopsgen.diff.summary import Said, summary
from mlopsgen.lock.changes import wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment of both sides; nothing is said of one that is unchanged."""

    name: str
    state: Literal["unchanged", "changed", "added", "removed"]
    said: tuple[Said, ...] = ()
    risks: tuple[Risk, ...] = ()
    entries: tuple[Entry, ...] = ()
    bill: Bill | None = None
    """None where a side is the output of a build, of which costs can't be told."""

    @property
    def objects(self) -> tuple[Entry, ...]:
        """The objects that differ."""
        return tuple(entry for entry in self.entries if entry.key.kind)

    @property
    def files(self) -> tuple[Entry, ...]:
        """The files that differ and hold no objects: variables, values and text."""
        return tuple(entry for entry in self.entries if not entry.key.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How two sides differ; `note` is what a reader has to know of the first."""

    before: str
    after: str
    environments: tuple[Environment, ...]
    note: str = ""

    @property
    def different(self) -> bool:
        """Whether anything differs."""
        return any(each.state != "unchanged" for each in self.environments)


def compared(before: Side, after: Side, environments: Sequence[str] = ()) -> Comparison | Unread:
    """Return how *after* differs from *before*, in *environments* or in all of both.

    An environment of which both sides say the same is not compiled. What is wrong with a side
    is returned in place of the comparison, all of it at once; of *after* first.
    """
    declared = tuple(dict.fromkeys((*after.environments, *before.environments)))
    asked = [name for name in declared if not environments or name in environments]
    found: list[Environment] = []
    wrong: dict[str, list[Unread]] = {after.name: [], before.name: []}
    for name in asked:
        if _says_the_same(before, after, name):
            found.append(Environment(name=name, state="unchanged"))
            continue
        one = _environment(before, after, name)
        if isinstance(one, Environment):
            found.append(one)
        else:
            for unread in one:
                wrong[unread.side].append(unread)
    for several in wrong.values():
        if several:
            items = tuple(dict.fromkeys(item for one in several for item in one.findings))
            return replace(several[0], findings=items)
    return Comparison(
        before=before.name, after=after.name, environments=tuple(found), note=before.note
    )


def _says_the_same(before: Side, after: Side, name: str) -> bool:
    old, new = before.values(name), after.values(name)
    locks = [
        (side.lock.models.get(name, {}), side.lock.images.get(name, {})) for side in (before, after)
    ]
    return old is not None and old == new and locks[0] == locks[1]


def _environment(before: Side, after: Side, name: str) -> Environment | list[Unread]:
    files = before.loaded is None and name in before.environments
    trees: list[Tree] = []
    wrong: list[Unread] = []
    for side in (before, after):
        tree = side.tree(name, files=files) if name in side.environments else Tree({})
        if isinstance(tree, Tree):
            trees.append(tree)
        else:
            wrong.append(side.wrong(_errors(tree), name))
    if wrong:
        return wrong
    old, new = trees
    entries = differing(old.documents, new.documents)
    said = summary(before, after, name, (old.plan, new.plan))
    if not entries and not said:
        return Environment(name=name, state="unchanged")
    present = (name in before.environments, name in after.environments)
    state: Literal["changed", "added", "removed"] = "changed"
    if not all(present):
        state = "added" if present[1] else "removed"
    pair = Pair(old.documents, new.documents, entries, _versions(before, after, name))
    return Environment(
        name=name,
        state=state,
        said=said,
        risks=risks(pair),
        entries=entries,
        bill=bill(old.plan, new.plan) if not files else None,
    )


def _versions(before: Side, after: Side, name: str) -> dict[str, tuple[str, str]]:
    """Return name and version of the models that either side locks, by where their files are."""
    return {
        each.uri.rstrip("/"): (found.name, each.version)
        for side in (before, after)
        for source, each in side.lock.models.get(name, {}).items()
        if (found := wanted(source))
    }


def _errors(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.severity == "error")
