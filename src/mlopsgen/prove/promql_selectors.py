"""What a selector gives: series that are there, with labels that they have."""

from __future__ import annotations

import re
from collections.abc import Mapping

import promql_parser as promql

from mlopsgen.facts import component, component_names, runtime_names, versions
from mlopsgen.facts.runtimes import runtime
from mlopsgen.prove.metric_rules import EMITTED, KNOWN, LABELLED, MATCHED, SCRAPED, Fault
from mlopsgen.prove.metric_sources import Series, World
from mlopsgen.prove.promql_values import Value, listed
from mlopsgen.spec.keys import closest

_ALTERNATIVES = re.compile(r"[\w:.-]+(?:\|[\w:.-]+)*", re.ASCII)
"""Regular expressions that are nothing but a choice of words."""

_SUFFIXES = ("_bucket", "_count", "_sum", "_total")
_NAME = "__name__"


def selected(node: promql.VectorSelector, world: World) -> tuple[Value, list[Fault]]:
    """Return what the selector *node* gives in *world*, and what is wrong with it."""
    matchers = [(each.name, each.op, each.value) for each in node.matchers.matchers]
    name, any_of = node.name, bool(node.matchers.or_matchers)
    if name is None:
        name = next((v for n, op, v in matchers if n == _NAME and op == promql.MatchOp.Equal), None)
    if name is None or any_of:
        # Of any number of metrics nothing can be said.
        return Value(labels=None, interval=world.interval), []
    equal = {n: v for n, op, v in matchers if op == promql.MatchOp.Equal and v and n != _NAME}
    found = world.series.get(name, ())
    if not found:
        return _unknown(name, equal, world)
    faults = list(_absent_labels(name, matchers, found))
    kept, missed = _matching(name, matchers, found)
    faults += missed
    if kept and all(each.unread for each in kept):
        first = kept[0]
        told = f"reads `{name}` of {first.owner}, which Prometheus doesn't scrape: {first.unread}"
        faults.append(Fault(SCRAPED, told, "let it be scraped, or take the expression away"))
    return _value(name, equal, kept or found), faults


def _value(name: str, equal: Mapping[str, str], found: tuple[Series, ...]) -> Value:
    every = [each.labels for each in found if each.labels is not None]
    labels = frozenset[str]().union(*every) if len(every) == len(found) else None
    kinds = {each.kind for each in found}
    tops = [each.most for each in found]
    return Value(
        labels=labels,
        kind=kinds.pop() if len(kinds) == 1 else "other",
        names=(name,),
        most=max(top for top in tops if top is not None) if None not in tops else None,
        interval=max(each.interval for each in found),
        equal=frozenset(equal),
    )


def _absent_labels(
    name: str, matchers: list[tuple[str, promql.MatchOp, str]], found: tuple[Series, ...]
) -> list[Fault]:
    every = [each.labels for each in found if each.labels is not None]
    if len(every) < len(found):
        return []
    known = frozenset[str]().union(*every)
    faults = []
    for label, op, text in matchers:
        if label in known or label == _NAME or _takes_none(op, text):
            continue
        near = closest(label, sorted(known))
        told = f"asks for the label `{label}` of `{name}`, which has {listed(sorted(known))}"
        fix = f"write `{near}`" if near else f"leave `{label}` out"
        faults.append(Fault(LABELLED, told, fix))
    return faults


def _takes_none(op: promql.MatchOp, text: str) -> bool:
    """Say whether a matcher takes series that don't have its label."""
    match op:
        case promql.MatchOp.Equal:
            return text == ""
        case promql.MatchOp.NotEqual:
            return text != ""
        case promql.MatchOp.NotRe:
            return text not in {"", ".*"}
        case _:
            return text in {"", ".*"}


def _matching(
    name: str, matchers: list[tuple[str, promql.MatchOp, str]], found: tuple[Series, ...]
) -> tuple[tuple[Series, ...], list[Fault]]:
    """Return those of *found* that the matchers don't rule out, or what rules out all of them."""
    kept = found
    for label, op, text in matchers:
        wanted = _wanted(op, text)
        if wanted is None:
            continue
        fitting = tuple(
            each for each in kept if label not in each.fixed or wanted & each.fixed[label]
        )
        named = tuple(each for each in fitting if not each.others)
        if fitting != named and label in _KNOWN:
            known = sorted({value for each in kept for value in each.fixed.get(label, ())})
            near = "" if named else closest(text, known)
            if near:
                told = (
                    f"asks for `{name}` where `{label}` is `{text}`, which no target is known to be"
                )
                return (), [Fault(MATCHED, told, f"write `{near}`")]
            fitting = named or fitting
        if not fitting:
            known = sorted({value for each in kept for value in each.fixed[label]})
            owners = ", ".join(dict.fromkeys(each.owner for each in kept))
            near = closest(text, known)
            told = f"asks for `{name}` where `{label}` is `{text}`; of {owners} it is"
            has = listed(known[:_SHOWN]) + (", ..." if len(known) > _SHOWN else "")
            fix = f"write `{near}`" if near else f"take one of those, or leave `{label}` out"
            return (), [Fault(MATCHED, f"{told} {has}", fix)]
        kept = fitting
    return kept, []


_KNOWN = frozenset({"inference_service", "job"})
"""Labels that tell targets apart: whoever asks for one by name has a certain one in mind."""

_SHOWN = 5
"""How many values a message lists."""


def _wanted(op: promql.MatchOp, text: str) -> frozenset[str] | None:
    """Return the values that a matcher takes, where they are few."""
    if op == promql.MatchOp.Equal and text:
        return frozenset({text})
    if op == promql.MatchOp.Re and _ALTERNATIVES.fullmatch(text) and "." not in text:
        return frozenset(text.split("|"))
    return None


def _unknown(name: str, equal: Mapping[str, str], world: World) -> tuple[Value, list[Fault]]:
    """Return what is known of a metric that nothing emits: what was meant, or who would."""
    value = Value(labels=None, names=(name,), interval=world.interval, equal=frozenset(equal))
    if now := _renamed(name, world.other_names):
        told = f"reads `{name}`, which is called `{now}` in the installed version"
        return value, [Fault(EMITTED, told, f"write `{now}`")]
    if f"{name}_count" in world.series:
        parts = (f"{name}_bucket", f"{name}_sum", f"{name}_count")
        told = f"reads `{name}`, which is kept as {listed(parts)}"
        return value, [Fault(EMITTED, told, f"write `{parts[0]}` for a quantile, or another part")]
    if told := _elsewhere(name):
        told = f"reads `{name}`, which {told}"
        return value, [Fault(EMITTED, told, "read what is emitted here, or take it away")]
    if any(_could(each, equal) for each in world.opaque):
        return value, []
    if near := _spelt(name, world):
        told = f"reads `{name}`, which nothing emits"
        return value, [
            Fault(EMITTED, told, f"write `{near}`, or declare it under `alerts.metrics`")
        ]
    told = f"reads `{name}`, which nothing is known to emit"
    return value, [Fault(KNOWN, told, "declare it under `alerts.metrics`, with its type")]


def _could(fixed: Mapping[str, frozenset[str]], equal: Mapping[str, str]) -> bool:
    """Say whether series with the labels *equal* could be of a target with *fixed* ones."""
    return all(value in fixed[label] for label, value in equal.items() if label in fixed)


def _renamed(name: str, others: Mapping[str, str]) -> str:
    for suffix in ("", *_SUFFIXES):
        base = name.removesuffix(suffix) if suffix else name
        if name.endswith(suffix) and base in others:
            return f"{others[base]}{suffix}"
    return ""


def _spelt(name: str, world: World) -> str:
    """Return the metric that *name* is a slip of: only one that begins alike."""
    start = re.match(r"[A-Za-z]+", name)
    alike = [each for each in world.series if start and each.startswith(start[0][:3])]
    return closest(name, alike)


def _elsewhere(name: str) -> str:
    """Say who in the catalogue would emit *name*, or nothing."""
    bases = {name} | {name.removesuffix(each) for each in _SUFFIXES}
    for each in component_names():
        for version in versions(each):
            for endpoint in component(each, version).metrics:
                if bases & endpoint.names.keys():
                    return f"only `{each}` emits, and that isn't installed"
    emitting = [each for each in runtime_names() if bases & _emitted(each)]
    return f"only models on {listed(emitting)} emit, and there is none" if emitting else ""


def _emitted(name: str) -> frozenset[str]:
    metrics = runtime(name).metrics
    return frozenset(metrics.names) if metrics else frozenset()
