"""What starts runs, what steps fan out over, and what a server of ours reads, as its sources do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from mlopsgen.names import PIPELINE_LABEL
from mlopsgen.plan import Source, Workflow
from mlopsgen.prove.emitted import Emitted, Named
from mlopsgen.spec import Step

Row = tuple[Named, str, Any, Any, str]
"""An object, what of it, what it says, what it has to say, and why."""

_NUMBERS = ("start", "count", "end", "format")
_PLAIN = "%d"
"""As Argo Workflows prints a number that it isn't told how to."""

_CONFIGURED = "mlopsgen/configuration"


def told(emitted: Emitted) -> Iterator[Row]:
    """Yield everything that runs and servers are given, and platform.yaml or a file says too."""
    planned = {(each.namespace, each.name): each for each in emitted.plan.workflows}
    for found in emitted.objects.of("CronWorkflow"):
        if workflow := planned.get((found.namespace, found.name)):
            yield from _scheduled(found, workflow)
            yield from _marked(found)
    for found in emitted.objects.of("WorkflowTemplate"):
        if workflow := planned.get((found.namespace, found.name)):
            yield from _fanned_out(found, workflow)
            yield from _marked(found)
            last, why = bool(found.spec.get("onExit")), "the steps at the end don't run"
            yield found, "whether steps run at the end", last, bool(workflow.spec.on_exit), why
            longest = found.spec.get("activeDeadlineSeconds")
            ends = -(-workflow.spec.deadline // 1000)
            yield found, "how long a run may take", longest, ends, "it is ended before its time"
    heard = {(each.namespace, each.name): each for each in emitted.plan.listening}
    for found in emitted.objects.of("Sensor"):
        if listening := heard.get((found.namespace, found.name)):
            for source in listening.sources:
                yield from _started(found, source)
    for found in emitted.objects.of("Deployment"):
        yield from _served(emitted, found)


def _scheduled(found: Named, workflow: Workflow) -> Iterator[Row]:
    if schedule := workflow.spec.schedule:
        is_ = [*found.spec.get("schedules", ())], found.spec.get("timezone")
        wanted = [*schedule.crons], schedule.timezone
        yield found, "when it starts", is_, wanted, "runs start at another hour, or never"


def _marked(found: Named) -> Iterator[Row]:
    """Yield the label that runs get, by which runbooks list them."""
    label = found.spec.get("workflowMetadata", {}).get("labels", {}).get(PIPELINE_LABEL)
    why = "who looks for the pipeline's runs finds none"
    yield found, f"`{PIPELINE_LABEL}` of its runs", label, found.name, why


def _fanned_out(found: Named, workflow: Workflow) -> Iterator[Row]:
    """Yield what each step runs once for, and what it may leave out."""
    templates = found.spec.get("templates", ())
    tasks = chain.from_iterable(each.get("dag", {}).get("tasks", ()) for each in templates)
    rows = {each.get("template"): each for each in tasks}
    outputs = {each.get("name"): each.get("outputs", {}) for each in templates}
    for name, step in workflow.spec.steps.items():
        task, left = rows.get(name, {}), outputs.get(name, {})
        yield found, f"what `{name}` runs for", _over(task), _items(step), "others are left out"
        may = {each["name"] for each in left.get("artifacts", ()) if each.get("optional")}
        wanted = {own for own, one in step.artifacts.items() if one.optional}
        why = "a step fails for a file that it needn't leave, or nobody hears of one that it lost"
        yield found, f"files that `{name}` may not leave", may, wanted, why
        texts = {
            each["name"]: (from_.get("path"), from_.get("default"))
            for each in left.get("parameters", ())
            for from_ in [each.get("valueFrom", {})]
        }
        given = {own: (one.path, one.default) for own, one in step.texts.items()}
        why = "a step that leaves nothing fails, or the next one is given another text"
        yield found, f"files and defaults of the texts of `{name}`", texts, given, why


def _over(task: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    numbers = task.get("withSequence") or {}
    ends = {key: str(one) for key, one in numbers.items() if key in _NUMBERS}
    return [*(task.get("withItems") or ())], ends


def _items(step: Step) -> tuple[list[Any], dict[str, str]]:
    """Return the items as the text that each becomes, and the ends of numbers."""
    items = [
        {key: str(one) for key, one in each.items()} if isinstance(each, Mapping) else str(each)
        for each in step.with_items
    ]
    numbers = step.with_sequence
    if numbers is None:
        return items, {}
    last = {"count": numbers.count} if numbers.count else {"end": numbers.end}
    shown = {} if numbers.format == _PLAIN else {"format": numbers.format}
    found = {"start": numbers.start, **last, **shown}
    return items, {key: str(one) for key, one in found.items()}


def _started(found: Named, source: Source) -> Iterator[Row]:
    """Yield what a trigger waits for, and what its run is given of the event."""
    events = {each["name"]: each.get("eventName") for each in found.spec.get("dependencies", ())}
    triggers = {each["template"]["name"]: each["template"] for each in found.spec["triggers"]}
    template = triggers.get(source.name, {})
    waits = events.get(template.get("conditions"))
    why = "the event starts nothing, or another one does"
    yield found, f"what `{source.name}` waits for", waits, source.name, why
    create = template.get("k8s", {})
    run = create.get("source", {}).get("resource", {}).get("spec", {})
    rows = run.get("arguments", {}).get("parameters", ())
    names = {f"spec.arguments.parameters.{at}.value": row["name"] for at, row in enumerate(rows)}
    taken = {
        names.get(each.get("dest")): (
            events.get(each["src"].get("dependencyName")), each["src"].get("dataKey")
        )
        for each in create.get("parameters", ())
    }  # fmt: skip
    wanted = {name: (source.name, path) for name, path in source.spec.from_event.items()}
    mark = create.get("source", {}).get("resource", {}).get("metadata", {}).get("labels", {})
    label, why = mark.get(PIPELINE_LABEL), "who looks for the pipeline's runs finds none"
    yield found, f"`{PIPELINE_LABEL}` of what `{source.name}` starts", label, found.name, why
    why = "the run is given something else, or its own default"
    yield found, f"what runs of `{source.name}` take of the event", taken, wanted, why
    fixed = {row["name"]: row.get("value") for row in rows if row["name"] not in taken}
    given = dict(source.spec.arguments)
    yield found, f"what runs of `{source.name}` are given", fixed, given, why


def _served(emitted: Emitted, found: Named) -> Iterator[Row]:
    """Yield what a Deployment selects, and whether it starts anew with what it reads."""
    made = found.spec["template"]
    labels = made["metadata"].get("labels", {})
    selected = found.spec["selector"].get("matchLabels", {})
    wanted = {key: labels.get(key) for key in selected}
    yield found, "the labels it selects", selected, wanted, "the API server takes only its own pods"
    part = emitted.plan.parts.get("feast")
    if part is None or found.name not in {each.name for each in part.facts.workloads.values()}:
        return
    asked = {
        key: probe["httpGet"].get("path")
        for key in ("startupProbe", "readinessProbe", "livenessProbe")
        if "httpGet" in (probe := made["spec"]["containers"][0].get(key, {}))
    }
    [health] = {each.health for each in part.facts.services.values()}
    why = "the kubelet ends what answers elsewhere"
    yield found, "where its probes ask", asked, dict.fromkeys(asked, health), why
    read = [
        text
        for volume in made["spec"].get("volumes", ())
        for each in emitted.objects.of("ConfigMap")
        if (each.namespace, each.name) == (found.namespace, volume.get("configMap", {}).get("name"))
        for text in each.body["data"].values()
    ]
    digest = hashlib.sha256("".join(read).encode()).hexdigest()
    is_ = made["metadata"].get("annotations", {}).get(_CONFIGURED)
    why = "its pods would go on with the configuration they started with"
    yield found, f"`{_CONFIGURED}` of its pods", is_, digest, why
