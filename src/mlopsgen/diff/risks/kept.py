"""What would be lost, refused or made again: data, names and fields that can't change."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diff.fields import written
from mlopsgen.diff.risks.pair import Entry, Pair, Risk
from mlopsgen.diff.risks.values import at, mapping, text
from mlopsgen.facts.changes import changes as facts
from mlopsgen.facts.changes import immutable

_LOST = {
    "CustomResourceDefinition": "every object of its kind is deleted with it",
    "PersistentVolumeClaim": "the data on its volume may be deleted with it",
    "PersistentVolume": "the data on it may be deleted with it",
    "Namespace": "everything in it is deleted with it",
}
_STORES = (
    ("artifacts", "bucket", "the bucket", "anything is in it"),
    ("database", "identifier", "the database", "it is protected from deletion"),
)

_WHERE = ("region", "account_id")
"""The variables that say where in AWS everything is."""


def kept(pair: Pair) -> Iterator[Risk]:
    """Yield what a change would lose, and what it can't change."""
    for entry in pair.of(*_LOST):
        if entry.kind == "removed":
            yield entry.risk("deleted", "high", _LOST[entry.key.kind] + _held(entry))
    for entry in pair.entries:
        yield from _fixed(entry)
    old, new = pair.variables
    for section, name, words, unless in _STORES:
        was, now = at(old, section, name), at(new, section, name)
        if was is not None and was != now:
            instead = f"`{now}` is made without its data" if now else "none takes its place"
            reason = f"Terraform deletes {words} `{was}`, or fails while {unless}; {instead}"
            yield pair.terraform(str(was), "deleted", "high", reason)
    had, has = (at(each, "database", "deletion_protection") for each in (old, new))
    if had and not has and at(new, "database"):
        subject = str(at(new, "database", "identifier"))
        reason = "the database may be deleted from now on: its deletion protection is taken off"
        yield pair.terraform(subject, "deleted", "medium", reason)


def _held(entry: Entry) -> str:
    """Return what Argo CD was told of it, which decides whether it goes by itself."""
    options = text(entry.old, "metadata", "annotations", "argocd.argoproj.io/sync-options")
    held = "Prune=false" in options
    return "; Argo CD leaves it there (Prune=false), and nobody looks after it" if held else ""


def _fixed(entry: Entry) -> Iterator[Risk]:
    """Yield the fields of *entry* that the API server lets nobody change."""
    known = immutable(entry.key.group, entry.key.kind)
    if known is None:
        return
    for change in entry.fields:
        if known.holds(change.dotted):
            values = f"{written(change.before, 40)} -> {written(change.after, 40)}"
            reason = (
                f"`{change.dotted}` can't be changed ({values}): the API server refuses it until"
                f" the {entry.key.kind} is deleted"
            )
            yield entry.risk("immutable", "high", reason)


def nodes(pair: Pair) -> Iterator[Risk]:
    """Yield the nodes that are replaced."""
    old, new = pair.variables
    for name in _WHERE:
        here, there = text(old, name), text(new, name)
        if here and there and here != there:
            reason = f"everything in AWS is made anew in {there}; nothing in {here} comes along"
            yield pair.terraform(text(old, "cluster_name"), "replaced", "high", reason)
    for name in facts().cluster.replaced:
        if old and new and old.get(name) != new.get(name):
            reason = f"Terraform replaces the whole cluster: `{name}` differs"
            yield pair.terraform(str(old.get("cluster_name")), "replaced", "high", reason)
    olds, news = (mapping(each, "eks_managed_node_groups") for each in (old, new))
    for name in olds:
        group, now = mapping(olds, name), mapping(news, name)
        subject = f"node group {name}"
        if name not in news:
            reason = "its nodes are drained and deleted"
            yield pair.terraform(subject, "nodes-replaced", "high", reason)
            continue
        differ = {key for key in (*group, *now) if at(group, key) != at(now, key)}
        forcing = [key for key in facts().nodes.replaced if key in differ]
        rolling = [key for key in facts().nodes.rolled if key in differ]
        if forcing:
            values = ", ".join(
                f"`{key}` {written(at(group, key), 40)} -> {written(at(now, key), 40)}"
                for key in forcing
            )
            reason = f"Terraform makes a new group and drains this one: {values}"
            yield pair.terraform(subject, "nodes-replaced", "high", reason)
        elif rolling:
            names = ", ".join(f"`{key}`" for key in rolling)
            reason = f"EKS replaces its nodes one after the other: {names} differs"
            yield pair.terraform(subject, "nodes-replaced", "medium", reason)
    yield from _drift(pair)


def _drift(pair: Pair) -> Iterator[Risk]:
    for entry in pair.of("NodePool", "EC2NodeClass"):
        if entry.kind == "removed":
            yield entry.risk("nodes-replaced", "high", "its nodes are drained and deleted")
        within = ("spec", "template") if entry.key.kind == "NodePool" else ("spec",)
        fields = [one.dotted for one in entry.fields if one.path[: len(within)] == within]
        if fields:
            reason = f"Karpenter replaces nodes that no longer fit: `{fields[0]}` differs"
            yield entry.risk("nodes-replaced", "medium", reason)
