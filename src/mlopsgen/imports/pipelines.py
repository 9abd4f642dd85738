"""Workflows into pipelines. What `record` can say of one is said by it, and the rest is here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator

from mlopsgen import units
from mlopsgen.diagnostics import Finding, SpecPath
from mlopsgen.imports.fragment import Fragment, Spot
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.placing import Pools, counted, from_cluster, placed
from mlopsgen.imports.rules import UNSAYABLE
from mlopsgen.imports.shapes import WORKFLOW
from mlopsgen.imports.tree import Json, at, inside, number, rows, text
from mlopsgen.record import UnrecordableError, recording
from mlopsgen.record import container as recorded
from mlopsgen.record.steps import TEMPLATE
from mlopsgen.record.workflow import SPEC

KINDS = frozenset({"Workflow", "WorkflowTemplate"})
SCHEDULED = "CronWorkflow"
_EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
"""The variable that MLflow's clients take the experiment from."""

_FORM = Draft202012Validator(WORKFLOW)
_TO_FILES = frozenset({"name", "path", "archive", "optional"})
_ASKED = ("cpu", "memory", "ephemeral-storage", "nvidia.com/gpu")


def spec_of(manifest: Manifest) -> SpecPath:
    """Return where the spec of a workflow is in *manifest*."""
    return ("spec", "workflowSpec") if manifest.kind == SCHEDULED else ("spec",)


def referred(manifest: Manifest) -> str:
    """Return the template that *manifest*, a schedule, starts; empty where it has its own."""
    return text(manifest.body, "spec", "workflowSpec", "workflowTemplateRef", "name")


def pipeline(manifest: Manifest, namespace: str, into: Fragment, pools: Pools) -> Iterator[Finding]:
    """Put the pipeline that *manifest* is, or yield what keeps it from being one."""
    spec = inside(manifest.body, *spec_of(manifest))
    cleaned = {"kind": "WorkflowTemplate", "spec": _cleaned(spec)}
    if wrong := next(iter(_FORM.iter_errors(cleaned)), None):
        path: SpecPath = tuple(wrong.instance_path[1:])
        said = f"{manifest.title} isn't a workflow that Argo takes: {wrong.message[:200]}"
        spot = (*spec_of(manifest), *path)
        into.note(manifest, ("kind",), "it isn't a workflow that Argo takes")
        yield UNSAYABLE.at(manifest.place(spot), said, fix="write it as Argo's own fields are")
        return
    try:
        body = recording(cleaned)
    except UnrecordableError as error:
        said = f"{manifest.title} is no pipeline: {error.message}"
        into.note(manifest, ("kind",), f"it is no pipeline: {error.message}")
        yield UNSAYABLE.at(manifest.place(spec_of(manifest)), said, fix=error.fix)
        return
    here: SpecPath = ("pipelines", manifest.name)
    where = manifest.namespace or namespace
    into.put((*here, "namespace"), where, Spot(manifest, ("metadata", "namespace")))
    _lasting(manifest, here, into)
    templates = positions(spec)
    for path in _told(spec):
        into.carry(manifest, (*spec_of(manifest), *path))
    for section in ("parameters", "deadline", "parallelism", "steps", "onExit"):
        entries = body.get(section)
        if isinstance(entries, dict) and section in {"steps", "onExit"}:
            for name, step in entries.items():
                route = (*spec_of(manifest), "templates", templates[name])
                if amounts := step.get("resources"):
                    step["resources"] = {key: counted(one) for key, one in amounts.items()}
                into.put((*here, section, name), step, Spot(manifest, (*route, "name")))
                _step(manifest, route, (*here, section, name), into, pools)
        elif entries:
            into.put((*here, section), entries, Spot(manifest, (*spec_of(manifest), "arguments")))


def _cleaned(spec: Json) -> dict[str, Any]:
    """Return *spec* without what `record` has no words for: it is compared afterwards."""
    kept = {key: spec[key] for key in SPEC if spec.get(key) is not None}
    if isinstance(kept.get("templates"), list):
        kept["templates"] = [_template(one) for one in kept["templates"]]
    if not any(_container(row) for _, row in rows(kept, "templates") if _exits(row, kept)):
        kept.pop("onExit", None)
    return kept


def _exits(template: Json, spec: Json) -> bool:
    return template.get("name") == spec.get("onExit")


def _container(template: Json) -> Json:
    return inside(template, "container") or inside(template, "script")


def _template(template: object) -> object:
    if not isinstance(template, Mapping):
        return template
    kept = {key: template[key] for key in TEMPLATE if template.get(key) is not None}
    kept |= {key: template[key] for key in ("dag", "steps") if template.get(key) is not None}
    for key in ("container", "script"):
        if isinstance(kept.get(key), Mapping):
            kept[key] = _program(kept[key])
    if isinstance(kept.get("retryStrategy"), Mapping):
        retry = kept["retryStrategy"]
        kept["retryStrategy"] = {key: one for key, one in retry.items() if key != "affinity"}
    outputs = inside(kept, "outputs")
    if isinstance(outputs.get("artifacts"), list):
        files = [
            {key: row[key] for key in row if key in _TO_FILES} if isinstance(row, Mapping) else row
            for row in outputs["artifacts"]
        ]
        kept["outputs"] = {**outputs, "artifacts": files}
    return kept


def _program(container: Json) -> dict[str, Any]:
    known = recorded.CONTAINER | {"source"}
    kept = {key: one for key, one in container.items() if key in known - {"env"}}
    if isinstance(kept.get("resources"), Mapping):
        kept["resources"] = {
            kind: {key: one for key, one in amounts.items() if key in _ASKED}
            for kind, amounts in kept["resources"].items()
            if kind in {"requests", "limits"} and isinstance(amounts, Mapping)
        }
    return kept


def _told(spec: Json) -> Iterator[SpecPath]:
    """Yield the paths of what `record` reads; it refuses what it would have to leave out."""
    for key in SPEC - {"templates", "onExit"}:
        yield (key,)
    for index, template in rows(spec, "templates"):
        here: SpecPath = ("templates", index)
        apart = {"container", "outputs", "retryStrategy", "script"}
        for key in (TEMPLATE - apart) | {"dag", "steps"}:
            yield (*here, key)
        for key in ("backoff", "limit", "retryPolicy"):
            yield (*here, "retryStrategy", key)
        for kind in ("container", "script"):
            for key in recorded.CONTAINER | {"source"} if kind in template else ():
                if key not in {"env", "resources"}:
                    yield (*here, kind, key)


def positions(spec: Json) -> dict[str, int]:
    """Return where in its templates each step of a workflow is, by the step's name."""
    named = {text(row, "name"): index for index, row in rows(spec, "templates")}
    found = dict(named)
    for _, template in rows(spec, "templates"):
        groups = at(template, "dag", "tasks") or at(template, "steps") or []
        for group in groups if isinstance(groups, list) else ():
            for task in group if isinstance(group, list) else [group]:
                name, made_of = text(task, "name"), text(task, "template")
                if name and made_of in named:
                    found[name] = named[made_of]
    return found


def _lasting(manifest: Manifest, here: SpecPath, into: Fragment) -> None:
    """Put how long what is left of a run stays."""
    spec = spec_of(manifest)
    for key, word in (("secondsAfterSuccess", "succeeded"), ("secondsAfterFailure", "failed")):
        route: SpecPath = (*spec, "ttlStrategy", key)
        if seconds := number(manifest.body, *map(str, route)):
            into.put((*here, "keep", word), span(seconds), Spot(manifest, route))
    if strategy := text(manifest.body, *map(str, spec), "podGC", "strategy"):
        into.put((*here, "podGC"), strategy, Spot(manifest, (*spec, "podGC", "strategy")))


def span(seconds: int) -> str:
    """Return *seconds* as platform.yaml writes a duration."""
    return units.duration(seconds * 1000)


def _step(
    manifest: Manifest, route: SpecPath, here: SpecPath, into: Fragment, pools: Pools
) -> None:
    """Put what `record` leaves to platform.yaml: the pool, the variables, locks."""
    template = inside(manifest.body, *route)
    spec = spec_of(manifest)
    own = any(key in template for key in ("nodeSelector", "tolerations"))
    placed(manifest, route if own else spec, here, into, pools)
    for index, row in rows(template, "synchronization", "mutexes"):
        if index == 0 and (name := text(row, "name")):
            where = (*route, "synchronization", "mutexes", 0, "name")
            into.put((*here, "mutex"), name, Spot(manifest, where))
    if "nodeAntiAffinity" in inside(template, "retryStrategy", "affinity"):
        where = (*route, "retryStrategy", "affinity")
        into.put((*here, "retries", "otherNode"), value=True, spot=Spot(manifest, where))
    given = text(template, "priorityClassName").rpartition("-")[2]
    if given in {"high", "low"}:
        into.put((*here, "priority"), given, Spot(manifest, (*route, "priorityClassName")))
    kind = "script" if "script" in template else "container"
    for index, row in rows(template, kind, "env"):
        where = (*route, kind, "env", index)
        name = text(row, "name")
        if "valueFrom" in row:
            into.note(manifest, where, from_cluster(row))
            continue
        try:
            found = recorded.environment([{**row, "name": name}], "the step")
        except UnrecordableError as error:
            into.note(manifest, where, error.fix)
            continue
        if name == _EXPERIMENT:
            spot = Spot(manifest, (*where, "value"))
            into.put((*here[:2], "experiment"), found[name], spot)
        elif name:
            into.maybe((*here, "env", name), found[name], Spot(manifest, (*where, "value")))
