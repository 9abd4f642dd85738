"""The order of steps: a pipeline is a graph that nothing in it comes round to again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import Pipeline
from mlopsgen.spec.said import named


def earlier(pipeline: Pipeline, step: str | int) -> frozenset[str]:
    """Return the steps that have succeeded when *step* starts, near and far."""
    found: set[str] = set()
    ahead = [str(step)]
    while ahead:
        for name in pipeline.steps[ahead.pop()].waits:
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
    for name, pipeline in checked.platform.pipelines.items():
        for cycle in _cycles(pipeline):
            yield _cycle(("pipelines", name, "steps"), pipeline, cycle)


def _cycles(pipeline: Pipeline) -> Iterator[list[str]]:
    """Yield each cycle once, as steps that each wait for the next, the first again at the end.

    The walk keeps its own stack: a chain of steps may be longer than Python's.
    """
    done: set[str] = set()
    for start in pipeline.steps:
        path = {} if start in done else {start: iter(pipeline.steps[start].after)}
        while path:
            step = next(reversed(path))
            following = next(path[step], None)
            if following is None:
                done.add(step)
                path.popitem()
            elif following in path:
                steps = list(path)
                yield [*steps[steps.index(following) :], following]
            elif following in pipeline.steps and following not in done:
                path[following] = iter(pipeline.steps[following].after)


def _cycle(section: SpecPath, pipeline: Pipeline, cycle: list[str]) -> Finding:
    """Return the finding at the last edge of *cycle*, the one that closes it."""
    *_, last, first = cycle
    at = (*section, last, "after", pipeline.steps[last].after.index(first))
    round_trip = " -> ".join(cycle)
    if last == first:
        message = f"{named(at)} is `{last}` itself"
    else:
        message = f"{named(at)} closes a cycle; each of these waits for the next: {round_trip}"
    return Finding(
        at=at,
        message=message,
        fix=f"take `{first}` out of `after` of `{last}`",
        related=tuple(
            Related(
                (*section, step, "after", pipeline.steps[step].after.index(following)),
                f"`{step}` waits for `{following}`",
            )
            for step, following in pairwise(cycle[:-1])
        ),
    )


RULES = (steps_never_wait_for_themselves,)
