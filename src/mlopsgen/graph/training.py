"""Pipelines: what starts them, the order of their steps, and what these register."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.graph.elements import Edge, Node
from mlopsgen.graph.serving import ALIAS, came_from, pool
from mlopsgen.plan import Plan, Workflow
from mlopsgen.spec import Step
from mlopsgen.spec.steps import Work


def training(plan: Plan) -> Iterator[Node | Edge]:
    """Yield the pipelines of *plan* with their steps."""
    for workflow in plan.workflows:
        pipeline = f"pipeline/{workflow.name}"
        yield from _started(plan, workflow, pipeline)
        yield Node(
            id=pipeline,
            kind="pipeline",
            label=workflow.name,
            note="pipeline",
            group=workflow.namespace,
            origin=workflow.origin,
            names=(workflow.name,),
        )
        for name, step in workflow.spec.steps.items():
            before = tuple(dict.fromkeys((*step.waits, *step.takes_from)))
            yield from _step(workflow, name, step, "steps")
            for one in before or (None,):
                first = _id(workflow, one, "steps") if one else pipeline
                yield Edge(source=first, target=_id(workflow, name, "steps"))
            if step.registers:
                for made in came_from(f"{ALIAS}{step.registers}", ""):
                    if isinstance(made, Node) and made.kind == "source":
                        yield made
                        because = "registers what it trained"
                        yield Edge(
                            source=_id(workflow, name, "steps"), target=made.id, because=because
                        )
        yield from _exit(workflow, pipeline)


def _started(plan: Plan, workflow: Workflow, pipeline: str) -> Iterator[Node | Edge]:
    origin = (*workflow.origin, "schedule")
    if found := workflow.spec.schedule:
        crons = (found.cron,) if isinstance(found.cron, str) else found.cron
        state = ", suspended" if found.suspended else ""
        yield Node(
            id=f"schedule/{workflow.name}",
            kind="trigger",
            label="; ".join(crons),
            note=f"schedule, {found.timezone}{state}",
            origin=origin,
            names=(workflow.name,),
        )
        yield Edge(source=f"schedule/{workflow.name}", target=pipeline, because="starts a run")
    for heard in plan.listening:
        for source in heard.sources if heard.name == workflow.name else ():
            trigger = f"trigger/{workflow.name}/{source.name}"
            yield Node(
                id=trigger,
                kind="trigger",
                label=source.name,
                note=f"trigger, queue {source.queue}",
                origin=source.origin,
                names=(workflow.name, source.name),
            )
            yield Edge(source=trigger, target=pipeline, because="starts a run")


def _exit(workflow: Workflow, pipeline: str) -> Iterator[Node | Edge]:
    for name, step in workflow.spec.on_exit.items():
        yield from _step(workflow, name, step, "onExit")
        for one in step.after or (None,):
            first = _id(workflow, one, "onExit") if one else pipeline
            label = "" if one else "when it ends"
            yield Edge(source=first, target=_id(workflow, name, "onExit"), label=label)


def _step(workflow: Workflow, name: str, step: Work, key: str) -> Iterator[Node | Edge]:
    words = ["step" if key == "steps" else "step at the end"]
    if isinstance(step, Step):
        words += ["fans out"] if step.fans_out else []
        words += ["only sometimes"] if step.when else []
    words += [f"{step.gpus} GPU{'s' if step.gpus > 1 else ''}"] if step.gpus else []
    yield Node(
        id=_id(workflow, name, key),
        kind="step",
        label=name,
        note=", ".join(words),
        group=workflow.namespace,
        origin=(*workflow.origin, key, name),
        names=(workflow.name, name),
    )
    if found := workflow.pools.get(name):
        yield pool(found)
        target = f"pool/{found.name}"
        yield Edge(source=_id(workflow, name, key), target=target, because="its pods run there")


def _id(workflow: Workflow, step: str, key: str) -> str:
    return f"{'step' if key == 'steps' else 'exit'}/{workflow.name}/{step}"
