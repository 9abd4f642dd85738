"""The column of each node: behind everything that leads to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Pair = tuple[str, str]


def ranks(names: Sequence[str], pairs: Iterable[Pair]) -> dict[str, int]:
    """Return the column of each of *names*; of a circle, the line that closes it counts turned."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for source, target in pairs:
        if source != target:
            after[source].append(target)
    order, turned = _walked(names, after)
    straight: dict[str, list[str]] = {name: [] for name in names}
    for source, targets in after.items():
        for target in targets:
            first, last = (target, source) if (source, target) in turned else (source, target)
            straight[first].append(last)
    rank = dict.fromkeys(names, 0)
    for name in order:
        for target in straight[name]:
            rank[target] = max(rank[target], rank[name] + 1)
    reached = {target for targets in straight.values() for target in targets}
    for name in names:
        # What nothing leads to stands right before what it leads to, and not far off.
        if name not in reached and straight[name]:
            rank[name] = min(rank[target] for target in straight[name]) - 1
    return rank


def _walked(names: Sequence[str], after: dict[str, list[str]]) -> tuple[list[str], set[Pair]]:
    """Return *names* so that lines lead forwards, and the lines that would lead back."""
    done: list[str] = []
    seen: set[str] = set()
    turned: set[Pair] = set()
    for start in names:
        if start in seen:
            continue
        seen.add(start)
        way, on_way = [(start, iter(after[start]))], {start}
        while way:
            name, rest = way[-1]
            target = next((one for one in rest if one not in seen or one in on_way), None)
            if target is None:
                way.pop()
                on_way.discard(name)
                done.append(name)
            elif target in on_way:
                turned.add((name, target))
            else:
                seen.add(target)
                on_way.add(target)
                way.append((target, iter(after[target])))
    return done[::-1], turned
