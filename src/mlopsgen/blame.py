"""Which patch a finding comes of: proofs read what patches made, and only we know who did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mlopsgen.diagnostics import Finding, Place, Related, SpecPath
from mlopsgen.patches import Patched, narrowed
from mlopsgen.plan import Plan
from mlopsgen.prove import prove
from mlopsgen.prove.admission import FIX
from mlopsgen.prove.emitted import OUR_FAULT

_SHOWN = 3
"""Findings of one rule that a patch brings, before the rest is a number."""


def blamed(plan: Plan, patched: Patched, findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield *findings*, each that isn't there without patches at the patch that brings it.

    A platform with findings is proved again without patches, and then with the first half of
    them, and so on: that costs time only where something is wrong.
    """
    names = sorted(patched.patches) if findings else []
    left = frozenset(findings) - _found(plan, patched, ()) if names else frozenset()
    culprits = dict(_search(plan, patched, names, (0, len(names)), left)) if left else {}
    alike = Counter((name, each.code) for each, name in culprits.items())
    seen: Counter[tuple[str, str]] = Counter()
    for each in dict.fromkeys(findings):
        if each not in culprits:
            yield each
            continue
        kind = culprits[each], each.code
        seen[kind] += 1
        if seen[kind] <= _SHOWN:
            more = alike[kind] - _SHOWN if seen[kind] == _SHOWN else 0
            yield _at(patched, culprits[each], each, more)


def _found(plan: Plan, patched: Patched, names: Sequence[str]) -> frozenset[Finding]:
    """Return what proofs find when only the patches called *names* are there."""
    return frozenset(prove(plan, narrowed(patched, names).artifacts))


def _search(
    plan: Plan,
    patched: Patched,
    names: Sequence[str],
    span: tuple[int, int],
    findings: frozenset[Finding],
) -> Iterator[tuple[Finding, str]]:
    """Yield *findings* with the patch that brings each.

    None of them is there with the patches up to the start of *span*; all are with those up to its
    end.
    """
    low, high = span
    if high - low == 1:
        yield from ((each, names[low]) for each in findings)
        return
    middle = (low + high) // 2
    early = findings & _found(plan, patched, names[:middle])
    if early:
        yield from _search(plan, patched, names, (low, middle), early)
    if late := findings - early:
        yield from _search(plan, patched, names, (middle, high), late)


def _at(patched: Patched, name: str, finding: Finding, more: int) -> Finding:
    """Return *finding* at the patch *name*, with what it was found in beside it.

    It stands for *more* that aren't shown: a patch is wrong in each of its objects.
    """
    at: SpecPath = ("patches", name, "merge")
    node: object = patched.patches[name].merge
    while isinstance(node, Mapping) and len(node) == 1:
        [(key, node)] = node.items()
        at = (*at, key)
    met = Related(finding.at, "it is merged into what comes from here")
    place = isinstance(finding.at, Place)
    related = finding.related if place else (met, *finding.related)
    ours = finding.fix in {FIX, OUR_FAULT}
    fix = f"mend `patches.{name}`, or take it away" if ours else finding.fix
    message = f"{finding.message}; and {more} more like it" if more > 0 else finding.message
    return replace(finding, at=at, message=message, related=related, fix=fix, mend=None)
