"""The order of steps: a pipeline is a graph that nothing in it comes round to again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import Pipeline, Step, Work
from mlopsgen.spec.conditions import ConditionError, dependencies
from mlopsgen.spec.said import named
from mlopsgen.spec.terms import Result, Term, leaves

Graph = Mapping[str, Work]


def graphs(checked: Checked) -> Iterator[tuple[SpecPath, Graph]]:
    """Yield the steps of each pipeline, and those at its end, which are a graph of their own."""
    for name, pipeline in checked.platform.pipelines.items():
        yield ("pipelines", name, "steps"), pipeline.steps
        if pipeline.on_exit:
            yield ("pipelines", name, "onExit"), pipeline.on_exit


def depends(step: Work) -> Term | None:
    """Return what `depends` of *step* says, if it says anything that can be read."""
    return _read(step.depends) if isinstance(step, Step) and step.depends else None


@cache
def _read(text: str) -> Term | None:
    try:
        return dependencies(text)
    except ConditionError:
        return None


def waits(step: Work) -> dict[str, tuple[str | int, ...]]:
    """Return the steps that *step* waits for, each with the place in *step* that says so."""
    found: dict[str, tuple[str | int, ...]] = {}
    for index, name in enumerate(step.after):
        found.setdefault(name, ("after", index))
    term = depends(step)
    for leaf in leaves(term) if term else ():
        if isinstance(leaf, Result):
            found.setdefault(leaf.step, ("depends",))
    return found


def earlier(pipeline: Pipeline, step: str | int) -> frozenset[str]:
    """Return the steps that have ended when *step* starts, near and far."""
    found: set[str] = set()
    ahead = [str(step)]
    while ahead:
        for name in waits(pipeline.steps[ahead.pop()]):
            if name in pipeline.steps and name not in found:
                found.add(name)
                ahead.append(name)
    return frozenset(found - {step})


@rule("DAG001")
def steps_never_wait_for_themselves(checked: Checked) -> Iterator[Finding]:
    """No step waits for itself.

    Each step of a cycle waits for the others, so none could start; Argo Workflows refuses the
    whole pipeline.
    """
    for at, graph in graphs(checked):
        for cycle in cycles(graph):
            yield _cycle(at, graph, cycle)


def cycles(graph: Graph) -> Iterator[list[str]]:
    """Yield each cycle once, as steps that each wait for the next, the first again at the end.

    The walk keeps its own stack: a chain of steps may be longer than Python's.
    """
    done: set[str] = set()
    ahead = {name: list(waits(step)) for name, step in graph.items()}
    for start in graph:
        path = {} if start in done else {start: iter(ahead[start])}
        while path:
            step = next(reversed(path))
            following = next(path[step], None)
            if following is None:
                done.add(step)
                path.popitem()
            elif following in path:
                steps = list(path)
                yield [*steps[steps.index(following) :], following]
            elif following in graph and following not in done:
                path[following] = iter(ahead[following])


def _cycle(section: SpecPath, graph: Graph, cycle: list[str]) -> Finding:
    """Return the finding at the last edge of *cycle*, the one that closes it."""
    *_, last, first = cycle
    place = waits(graph[last])[first]
    at = (*section, last, *place)
    round_trip = " -> ".join(cycle)
    if last == first:
        message = f"{named(at)} is `{last}` itself"
    else:
        message = f"{named(at)} closes a cycle; each of these waits for the next: {round_trip}"
    return Finding(
        at=at,
        message=message,
        fix=f"take `{first}` out of `{place[0]}` of `{last}`",
        related=tuple(
            Related(
                (*section, step, *waits(graph[step])[following]),
                f"`{step}` waits for `{following}`",
            )
            for step, following in pairwise(cycle[:-1])
        ),
    )


RULES = (steps_never_wait_for_themselves,)
