"""Names that refer to something else in platform.yaml, or in platform.lock."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mlopsgen.check.checked import Checked, choose, declared
from mlopsgen.check.graph import earlier, graphs, waits
from mlopsgen.diagnostics import Check, Finding, Related, SpecPath, rule
from mlopsgen.lock import MISSING
from mlopsgen.spec import Pipeline, Step
from mlopsgen.spec.said import named, quoted

_SAMPLE_URI = "s3://BUCKET/mlflow/EXPERIMENT/RUN/artifacts/model"


@rule("REF001")
def pools_are_declared(checked: Checked) -> Iterator[Finding]:
    """A pool that is named is declared.

    The name becomes a node selector. No node carries it, so the pods would stay Pending and no
    autoscaler would ever make a node for them.
    """
    pools = list(checked.platform.node_pools)
    for at, workload in checked.workloads():
        name = workload.pool
        if name is not None and name not in checked.platform.node_pools:
            yield _undeclared((*at, "pool"), name, pools, "nodePools", "node pool")


@rule("REF002")
def namespaces_are_declared(checked: Checked) -> Iterator[Finding]:
    """A namespace that pods run in is declared.

    Only declared namespaces get Pod Security, a quota, network policies and owners. Objects for
    any other would be refused, because nobody creates it.
    """
    platform = checked.platform
    spaces = list(platform.namespaces)
    owners: list[tuple[SpecPath, str]] = [
        (("models", name), model.namespace) for name, model in platform.models.items()
    ]
    owners += [(("pipelines", name), each.namespace) for name, each in platform.pipelines.items()]
    for at, name in owners:
        if name not in platform.namespaces:
            yield _undeclared((*at, "namespace"), name, spaces, "namespaces", "namespace")


def _undeclared(at: SpecPath, name: str, known: list[str], section: str, kind: str) -> Finding:
    """Return the finding for *name*, which *section* doesn't have."""
    declare = f"declare `{name}` under `{section}`"
    return Finding(
        at=at,
        message=f"{named(at)} is {quoted(name)}; no {kind} has that name",
        fix=f"{choose(name, known)}, or {declare}" if known else declare,
        related=declared((section,), name, known),
    )


@rule("REF003")
def earlier_steps_exist(checked: Checked) -> Iterator[Finding]:
    """A step comes after steps of its own pipeline.

    Argo Workflows refuses a DAG with a dependency that it doesn't have, so no step of the
    pipeline would ever run.
    """
    for section, graph in graphs(checked):
        for key, step in graph.items():
            for name, place in waits(step).items():
                if name not in graph:
                    others = [each for each in graph if each != key]
                    fix = choose(name, others) if others else f"take {quoted(name)} away"
                    yield _no_step((*section, key, *place), name, others, fix)


@rule("REF004")
def inputs_come_from_earlier_steps(checked: Checked) -> Iterator[Finding]:
    """An input is an output of an earlier step.

    Argo Workflows copies the file when the step starts. From a step that may still be running,
    or that leaves no such file, there is nothing to copy.
    """
    for at, pipeline, step in checked.steps():
        if not step.inputs:
            continue
        before = earlier(pipeline, at[-1])
        for name, taken in step.sources.items():
            long = () if isinstance(step.inputs[name], str) else ("from",)
            if found := _input((*at, "inputs", name, *long), taken.source, pipeline, before):
                yield found


def _input(
    at: SpecPath, reference: str, pipeline: Pipeline, before: frozenset[str]
) -> Finding | None:
    owner, name = at[:4], at[5]
    source, _, output = reference.partition(".")
    if source not in pipeline.steps:
        others = [each for each in pipeline.steps if each != owner[-1]]
        there = [f"{each}.{one}" for each in others for one in pipeline.steps[each].outputs]
        fix = choose(reference, there) if there else f"take {quoted(name)} away"
        return _no_step(at, source, others, fix)
    place = (*owner[:-1], source)
    if output not in pipeline.steps[source].outputs:
        outputs = list(pipeline.steps[source].outputs)
        add = f"add `{output}` to the outputs of `{source}`"
        return Finding(
            at=at,
            message=f"{named(at)} is {quoted(reference)}; `{source}` has no output `{output}`",
            fix=f"{choose(reference, [f'{source}.{one}' for one in outputs])}, or {add}"
            if outputs
            else add,
            related=(Related((*place, "outputs"), "these are its outputs"),) if outputs else (),
        )
    if source in before:
        return None
    return Finding(
        at=at,
        message=f"{named(at)} is {quoted(reference)}; `{owner[-1]}` doesn't come after `{source}`",
        fix=f"add `{source}` to `after` of `{owner[-1]}`",
        related=(Related((*owner, "after"), "these come before it"),) if before else (),
    )


def _no_step(at: SpecPath, name: str, others: list[str], fix: str) -> Finding:
    return Finding(
        at=at,
        message=f"{named(at)} names the step {quoted(name)}, which `{at[1]}` doesn't have",
        fix=fix,
        related=declared(at[:3], name, others),
    )


@rule("REF005")
def memoize_keys_are_parameters(checked: Checked) -> Iterator[Finding]:
    """A memoized step is keyed by parameters of its pipeline.

    The key is made of their values when the step starts. Argo Workflows can't fill in a parameter
    that the pipeline doesn't have, and refuses the whole workflow.
    """
    for at, pipeline, step in checked.steps():
        yield from _memoize(at, pipeline, step)


def _memoize(at: SpecPath, pipeline: Pipeline, step: Step) -> Iterator[Finding]:
    parameters = list(pipeline.parameters)
    for index, name in enumerate(step.memoize.key if step.memoize else ()):
        if name in parameters:
            continue
        here = (*at, "memoize", "key", index)
        add = f"add `{name}` to `parameters` of `{at[1]}`"
        section: SpecPath = (*at[:2], "parameters")
        yield Finding(
            at=here,
            message=f"{named(here)} is {quoted(name)}; `{at[1]}` has no such parameter",
            fix=f"{choose(name, parameters)}, or {add}" if parameters else add,
            related=declared(section, name, parameters),
        )


def _aliases_are_locked(checked: Checked) -> Iterator[Finding]:
    """Yield the sources that platform.lock doesn't have in this environment, each once."""
    for at, source, _ in checked.sources():
        locked = checked.lock.model(checked.environment, source)
        if source.startswith("models:/") and locked is None:
            yield _unlocked(at, source, checked.environment)


def _unlocked(at: SpecPath, source: str, environment: str) -> Finding:
    entry = f'{json.dumps(source)}: {{"version": "1", "uri": "{_SAMPLE_URI}"}}'
    return Finding(
        at=at,
        message=f"platform.lock doesn't say which version {quoted(source)} is in `{environment}`",
        fix=f"run `mlopsgen lock`, or add `{entry}` under `environments.{environment}.models` in"
        " platform.lock, with the version and the place of its files",
    )


ALIASES = Check(MISSING, _aliases_are_locked)

RULES = (
    pools_are_declared,
    namespaces_are_declared,
    earlier_steps_exist,
    inputs_come_from_earlier_steps,
    memoize_keys_are_parameters,
    ALIASES,
)
