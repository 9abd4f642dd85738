"""Rights that grow: roles in AWS, roles in the cluster, and what Argo CD's projects may do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from mlopsgen.diff.fields import canonical
from mlopsgen.diff.risks.pair import Entry, Pair, Risk
from mlopsgen.diff.risks.values import mapping, mappings, members, text, texts

_FEW = 3
_ROLES = ("Role", "ClusterRole")
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_PROJECT = (
    "sourceRepos", "destinations", "clusterResourceWhitelist", "namespaceResourceWhitelist",
)  # fmt: skip


def access(pair: Pair) -> Iterator[Risk]:
    """Yield who may do what they could not do before."""
    yield from _aws(pair)
    for entry in pair.of(*_ROLES):
        new = sorted(_rules(entry.new) - _rules(entry.old))
        if new:
            reason = f"it may {_several([f'{verb} {what}' for what, verb in new])} too"
            yield entry.risk("access-widened", "medium", reason)
    for entry in pair.of(*_BINDINGS):
        new_subjects = sorted(_subjects(entry.new) - _subjects(entry.old))
        if new_subjects:
            role = text(entry.new, "roleRef", "name")
            reason = f"{_several(new_subjects)} may do what `{role}` may"
            yield entry.risk("access-widened", "medium", reason)
    for entry in pair.of("AppProject"):
        yield from _project(entry)


def _aws(pair: Pair) -> Iterator[Risk]:
    olds, news = (mapping(each, "irsa_roles") for each in pair.variables)
    for name, role in news.items():
        was = olds.get(name)
        grants = sorted(_grants(role) - _grants(was))
        if not grants:
            continue
        granted = _several([_grant(each) for each in grants])
        subject = f"IAM role {name}"
        if was is None:
            yield pair.terraform(subject, "iam-widened", "low", f"it is new and may {granted}")
        else:
            yield pair.terraform(subject, "iam-widened", "medium", f"it may {granted} too")
    entries, now = (mapping(each, "access_entries") for each in pair.variables)
    for arn in now:
        if arn not in entries and pair.variables[0]:
            reason = "it may do everything in the cluster"
            yield pair.terraform(str(arn), "iam-widened", "high", reason)
    let, lets = (mapping(each, "argocd_access") for each in pair.variables)
    for arn in texts(lets, "trusted_role_arns"):
        if arn not in texts(let, "trusted_role_arns") and pair.variables[0]:
            reason = "it may do everything in the cluster, as Argo CD of a hub"
            yield pair.terraform(arn, "iam-widened", "high", reason)


_Grant = tuple[str, str, str]
"""An action, a resource and the conditions on both."""


def _grants(role: Any) -> set[_Grant]:  # noqa: ANN401 - plain data
    """Return every single thing that *role* may do."""
    found: set[_Grant] = set()
    for statement in mappings(role, "statements"):
        conditions = canonical(members(statement, "conditions"))
        pairs = product(texts(statement, "actions"), texts(statement, "resources"))
        found.update((action, resource, conditions) for action, resource in pairs)
    for action in texts(role, "key_actions"):
        found.add((action, "the key of the artifacts", "[]"))
    if policy := text(role, "policy"):
        found.add((f"what AWS's policy `{policy}` lets", "", "[]"))
    return found


def _grant(grant: _Grant) -> str:
    action, resource, conditions = grant
    where = f" on {resource}" if resource else ""
    return f"{action}{where}{'' if conditions == '[]' else ' (with conditions)'}"


def _rules(body: object) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for rule in mappings(body, "rules"):
        names = texts(rule, "resourceNames") or [""]
        what = product(texts(rule, "apiGroups") or [""], texts(rule, "resources"), names)
        for group, resource, name in what:
            title = f"{resource}{f'.{group}' if group else ''}{f' {name}' if name else ''}"
            found.update((title, verb) for verb in texts(rule, "verbs"))
    return found


def _subjects(body: object) -> set[str]:
    return {
        " ".join(filter(None, (text(each, key) for key in ("kind", "namespace", "name"))))
        for each in mappings(body, "subjects")
    }


def _project(entry: Entry) -> Iterator[Risk]:
    if entry.before is None or entry.after is None:
        return
    for name in _PROJECT:
        old, new = (
            {canonical(each) for each in members(body, "spec", name)}
            for body in (entry.old, entry.new)
        )
        if more := sorted(new - old):
            reason = f"`{name}` grows by {_several([each.replace(chr(34), '') for each in more])}"
            yield entry.risk("access-widened", "low", reason)


def _several(words: list[str]) -> str:
    more = f" and {len(words) - _FEW} more" if len(words) > _FEW else ""
    return f"{', '.join(words[:_FEW])}{more}"
