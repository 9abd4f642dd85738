"""How each step of a pipeline can end, by what it waits for and on what condition.

Steps are taken one by one: that two of them never end alike in one run isn't seen, so what is
found to be impossible is, and some of what is impossible isn't found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

from mlopsgen.check.graph import cycles, depends, waits
from mlopsgen.check.truth import can_hold, must_hold
from mlopsgen.spec import Pipeline, Step
from mlopsgen.spec.conditions import ConditionError, condition
from mlopsgen.spec.terms import Joined, Not, Result, Term, leaves

_RAN = ("Succeeded", "Failed", "Errored")
_ALL = (*_RAN, "Skipped", "Omitted")
_MANY = 4
"""Steps in one `depends`; all their ends are tried, and with more of them none is."""

Ends = frozenset[str]
Ways = list[dict[str, str]]
"""The ends of several steps, in each way that they can end together."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step can end, and what is sure when it starts."""

    ends: Ends
    sure: frozenset[str]
    """Steps that have succeeded whenever it starts; what is sure of those is sure as well."""

    @property
    def runs(self) -> bool:
        """Whether it ever does."""
        return "Succeeded" in self.ends


def outcomes(pipeline: Pipeline) -> Mapping[str, Outcome]:
    """Return the outcome of each step of *pipeline*, of none where they can't be put in order."""
    found: dict[str, Outcome] = {}
    if any(True for _ in cycles(pipeline.steps)):
        return found
    for name in _in_order(pipeline):
        found[name] = _outcome(pipeline, pipeline.steps[name], found)
    return found


def _in_order(pipeline: Pipeline) -> Iterator[str]:
    """Yield the steps so that each comes after those that it waits for."""
    done: set[str] = set()
    for start in pipeline.steps:
        ahead = [start]
        while ahead:
            missing = [
                each
                for each in waits(pipeline.steps[ahead[-1]])
                if each in pipeline.steps and each not in done
            ]
            if missing:
                ahead += missing
                continue
            name = ahead.pop()
            if name not in done:
                done.add(name)
                yield name


def _outcome(pipeline: Pipeline, step: Step, before: Mapping[str, Outcome]) -> Outcome:
    term = started_by(step)
    known = {
        name: _told_apart(term, name, before[name].ends) for name in waits(step) if name in before
    }
    ways = _ways(term, known) if term else [{}]
    if ways is None:
        return Outcome(frozenset(_ALL), frozenset(known))
    possible = ways if step.depends is None else _consistent(ways, before)
    ends = set(_RAN) if possible and _may_hold(pipeline, step) else set()
    if possible and (_may_fail(pipeline, step) or step.with_param):
        ends.add("Skipped")
    if term and len(possible) < _count(known):
        ends.add("Omitted")
    sure = frozenset(step.after) if step.depends is None else _in_all(possible, before)
    return Outcome(frozenset(ends), sure & before.keys())


def _consistent(ways: Ways, before: Mapping[str, Outcome]) -> Ways:
    """Return those of *ways* in which a step that started has had what it needs to."""
    told = {name: surely(before, name) for way in ways[:1] for name in way if name in before}
    return [
        way
        for way in ways
        if all(
            way.get(other, "Succeeded") == "Succeeded"
            for name in _started(way) & told.keys()
            for other in way.keys() & told[name]
        )
    ]


def _in_all(ways: Ways, before: Mapping[str, Outcome]) -> frozenset[str]:
    """Return the steps that have succeeded in all of *ways*, by what those that started tell."""
    kinds = {(_started(way), _that_succeeded(way)) for way in ways}
    names = {name for started, _ in kinds for name in started if name in before}
    told = {name: surely(before, name) for name in names}
    found = [
        succeeded.union(*(told[name] for name in started & names)) for started, succeeded in kinds
    ]
    return frozenset.intersection(*found) if found else frozenset()


def _started(way: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name, end in way.items() if end != "Omitted")


def _that_succeeded(way: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name for name, end in way.items() if end == "Succeeded")


def _told_apart(term: Term | None, name: str, ends: Ends) -> Ends:
    """Return those of *ends* that make a difference to *term*, and one for all the others."""
    leaf_results = [leaf for leaf in leaves(term) if isinstance(leaf, Result)] if term else []
    asked = {"Succeeded", *(leaf.result for leaf in leaf_results if leaf.step == name)}
    # One that never started tells nothing of those before it, so it stands for the others.
    others = sorted(ends - asked, key=lambda end: end != "Omitted")
    return ends & asked | frozenset(others[:1])


def started_by(step: Step) -> Term | None:
    """Return what must have happened for *step* to start, where anything must."""
    term = depends(step)
    if term or not step.after:
        return term
    terms = tuple(Result(name, "Succeeded") for name in step.after)
    return terms[0] if len(terms) == 1 else Joined("&&", terms)


def _ways(term: Term | None, known: Mapping[str, Ends]) -> Ways | None:
    """Return the ends of steps with which *term* holds, or nothing where they are too many."""
    if term is None:
        return []
    if isinstance(term, Joined) and term.operator == "&&" and _plain(term):
        way = {each.step: each.result for each in term.terms if isinstance(each, Result)}
        return [way] if all(end in known.get(name, _ALL) for name, end in way.items()) else []
    if len(known) > _MANY or any(_of_items(leaf) for leaf in leaves(term)):
        return None
    tried = (dict(zip(known, ends, strict=True)) for ends in product(*known.values()))
    return [way for way in tried if _holds(term, way)]


def _plain(term: Joined) -> bool:
    """Say whether *term* asks one end of each of several steps, as `after` does."""
    steps = [each.step for each in term.terms if isinstance(each, Result)]
    simple = all(isinstance(each, Result) and each.result in _ALL for each in term.terms)
    return simple and len(set(steps)) == len(steps)


def _count(known: Mapping[str, Ends]) -> int:
    """Return in how many ways the steps *known* can end together."""
    total = 1
    for ends in known.values():
        total *= len(ends)
    return total


def _of_items(leaf: Term) -> bool:
    """Say whether *leaf* asks of items of a step, which end in more ways than a step."""
    return isinstance(leaf, Result) and leaf.result not in _ALL


def _holds(term: Term, way: Mapping[str, str]) -> bool:
    match term:
        case Result(step, result):
            return way.get(step, result) == result
        case Not(inner):
            return not _holds(inner, way)
        case Joined("&&", terms):
            return all(_holds(each, way) for each in terms)
        case Joined(_, terms):
            return any(_holds(each, way) for each in terms)
        case _:
            return True


def surely(found: Mapping[str, Outcome], name: str) -> frozenset[str]:
    """Return the steps that have succeeded whenever step *name* starts, near and far."""
    sure: set[str] = set()
    ahead = [name]
    while ahead:
        for each in found[ahead.pop()].sure - sure:
            sure.add(each)
            ahead.append(each)
    return frozenset(sure)


def said(step: Step) -> Term | None:
    """Return what `when` of *step* says, if it says anything that can be read."""
    return None if step.when is None else _read(step.when)


@cache
def _read(text: str) -> Term | None:
    try:
        return condition(text)
    except ConditionError:
        return None


def _may_hold(pipeline: Pipeline, step: Step) -> bool:
    term = said(step)
    return term is None or can_hold(term, pipeline, step)


def _may_fail(pipeline: Pipeline, step: Step) -> bool:
    term = said(step)
    return term is not None and not must_hold(term, pipeline, step)
