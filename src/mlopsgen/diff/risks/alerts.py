"""Alerts that are gone, or that wait for worse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diff.documents import Documents
from mlopsgen.diff.risks.pair import Entry, Pair, Risk
from mlopsgen.diff.risks.values import mappings, text

_BOUND = re.compile(r"(?P<sign>>=|<=|>|<)\s*(?:bool\s+)?(?P<number>[0-9][0-9.eE]*)")
_DURATION = re.compile(r"([0-9]+)(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SEVERITIES = ("info", "warning", "critical")
_Rules = Mapping[tuple[str, str], Mapping[str, Any]]


def alerts(pair: Pair) -> Iterator[Risk]:
    """Yield what would wake nobody any more, or later."""
    elsewhere = {name for name, _ in _every(pair.after)}
    for entry in pair.of("PrometheusRule"):
        old, new = _rules(entry.old), _rules(entry.new)
        for key, rule in old.items():
            if key in new:
                yield from _looser(entry, key[0], rule, new[key])
            elif key[0] not in elsewhere:
                reason = f"the alert {key[0]} is removed: nobody hears of it any more"
                yield entry.risk("alert-removed", "high", reason)
        gone = [key[0] for key in old if key not in new and key[0] in elsewhere]
        for name in dict.fromkeys(gone):
            reason = f"one of the rules of the alert {name} is removed"
            yield entry.risk("alert-removed", "medium", reason)


def _every(documents: Documents) -> Iterator[tuple[str, str]]:
    for key, document in documents.items():
        if key.kind == "PrometheusRule":
            yield from _rules(document.body)


def _rules(body: object) -> _Rules:
    """Return the alerts of a PrometheusRule by name and by what tells those of one name apart."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    seen: Counter[str] = Counter()
    for group in mappings(body, "spec", "groups"):
        for rule in mappings(group, "rules"):
            if name := text(rule, "alert"):
                found[name, text(rule, "labels", "server") or str(seen[name])] = rule
                seen[name] += 1
    return found


def _looser(
    entry: Entry, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Risk]:
    before, after = text(old, "expr"), text(new, "expr")
    if before != after:
        if _BOUND.sub(r"\g<sign>", before) != _BOUND.sub(r"\g<sign>", after):
            yield entry.risk("alert-changed", "low", f"the alert {name} asks for something else")
        for sign, was, now in _bounds(before, after):
            if (now > was) if sign.startswith(">") else (now < was):
                reason = f"the alert {name} waits for worse: `{sign} {was:g}` is `{sign} {now:g}`"
                yield entry.risk("alert-loosened", "medium", reason)
    was_for, now_for = (_seconds(rule.get("for", "0s")) for rule in (old, new))
    if now_for > was_for:
        reason = f"the alert {name} waits longer: {old.get('for', '0s')} is {new.get('for')}"
        yield entry.risk("alert-loosened", "medium", reason)
    levels = [text(rule, "labels", "severity") for rule in (old, new)]
    ranks = [_SEVERITIES.index(level) for level in levels if level in _SEVERITIES]
    if len(ranks) == len(levels) and ranks[1] < ranks[0]:
        reason = f"the alert {name} goes from {levels[0]} to {levels[1]}"
        yield entry.risk("alert-loosened", "medium", reason)


def _bounds(before: str, after: str) -> Iterator[tuple[str, float, float]]:
    """Yield the limits of two expressions that are the same but for them."""
    if _BOUND.sub(r"\g<sign>", before) != _BOUND.sub(r"\g<sign>", after):
        return
    for old, new in zip(_BOUND.finditer(before), _BOUND.finditer(after), strict=True):
        was, now = _number(old["number"]), _number(new["number"])
        if was is not None and now is not None:
            yield old["sign"], was, now


def _number(digits: str) -> float | None:
    try:
        return float(digits)
    except ValueError:
        return None


def _seconds(duration: object) -> float:
    found = _DURATION.findall(str(duration))
    return sum(int(number) * _SECONDS[unit] for number, unit in found)
