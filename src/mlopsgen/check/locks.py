"""Mutexes and semaphores: they are there, and nothing waits for what it holds itself."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose, declared
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec import Pipeline, Step
from mlopsgen.spec.said import named, quoted


@rule("SYNC001")
def semaphores_are_declared(checked: Checked) -> Iterator[Finding]:
    """A semaphore that is named is declared in the namespace.

    Its limit is a key of a ConfigMap there. Without it Argo Workflows can't tell how many may go
    on, and whoever asks for the semaphore ends with an error.
    """
    for at, pipeline, holder in _holders(checked):
        name, space = holder.semaphore, pipeline.namespace
        namespace = checked.platform.namespaces.get(space)
        if name is None or namespace is None or name in namespace.semaphores:
            continue
        here = (*at, "semaphore")
        known = list(namespace.semaphores)
        section: SpecPath = ("namespaces", space, "semaphores")
        declare = f"declare it: `semaphores: {{{name}: 1}}` under `namespaces.{space}`"
        yield Finding(
            at=here,
            message=f"{named(here)} is {quoted(name)}; `{space}` has no semaphore of that name",
            fix=f"{choose(name, known)}, or {declare}" if known else declare,
            related=declared(section, name, known),
        )


@rule("SYNC002")
def steps_wait_for_nothing_their_pipeline_holds(checked: Checked) -> Iterator[Finding]:
    """A step doesn't ask for the mutex or semaphore that its pipeline holds.

    A run keeps what it holds until it has ended, and a step counts on its own. With a mutex the
    step would wait for its own run until the deadline; with a semaphore that happens as soon as
    there are enough runs.
    """
    for at, pipeline, step in checked.steps():
        for kind, own, held in (
            ("mutex", step.mutex, pipeline.mutex),
            ("semaphore", step.semaphore, pipeline.semaphore),
        ):
            if own is not None and own == held:
                yield Finding(
                    at=(*at, kind),
                    message=f"{named((*at, kind))} is {quoted(own)}, which `{at[1]}` holds already",
                    fix=f"take the {kind} of the step away, or name another",
                    related=(Related((*at[:2], kind), "the pipeline takes it here"),),
                )


def _holders(checked: Checked) -> Iterator[tuple[SpecPath, Pipeline, Pipeline | Step]]:
    """Yield pipelines and steps, which both can hold something, with their pipeline."""
    for name, pipeline in checked.platform.pipelines.items():
        yield ("pipelines", name), pipeline, pipeline
    yield from checked.steps()


RULES = (semaphores_are_declared, steps_wait_for_nothing_their_pipeline_holds)
