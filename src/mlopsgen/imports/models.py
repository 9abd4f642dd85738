"""InferenceServices into models: the runtime, its source, and what its container asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import runtime
from mlopsgen.facts.runtimes import runtime_names
from mlopsgen.imports.fragment import Fragment, Spot
from mlopsgen.imports.manifests import Manifest
from mlopsgen.imports.placing import Pools, environment, placed, resources
from mlopsgen.imports.tree import Json, at, inside, number, rows, text, words
from mlopsgen.lock import reference
from mlopsgen.spec.engine import VllmOptions
from mlopsgen.spec.models import RESOURCE_METRICS

HUB = "hf://"
_STOPPED = ("metadata", "annotations", "serving.kserve.io/stop")
_PREDICTOR: SpecPath = ("spec", "predictor")
_METRIC = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*[{\[]")
_DECIDED = frozenset({"swap-space"})
_STORED = "STORAGE_URI"
_NAMING = frozenset({"model", "model_id", "model_revision", "revision"})
"""Flags that say where the weights are, which is the source."""

_OPTIONS = {
    name.replace("_", "-"): (field.alias or name)
    for name, field in VllmOptions.model_fields.items()
    if name not in {"lora", "revision"}
}
"""The options of platform.yaml, by the flags of vLLM: both have the engine's own words."""


def model(manifest: Manifest, namespace: str, into: Fragment, pools: Pools) -> None:
    """Put the model that *manifest* serves into the fragment *into*."""
    name = manifest.name
    here: SpecPath = ("models", name)
    into.open(here, Spot(manifest, ("metadata", "name")))
    where = manifest.namespace or namespace
    into.put((*here, "namespace"), where, Spot(manifest, ("metadata", "namespace")))
    predictor = inside(manifest.body, *_PREDICTOR)
    inner = container_of(predictor)
    container = inside(predictor, *inner)
    whole = (*_PREDICTOR, *inner)
    _served(manifest, here, whole, into)
    for keys, value, route in resources(container):
        into.put((*here, *keys), value, Spot(manifest, (*whole, *route)))
    placed(manifest, _PREDICTOR, here, into, pools)
    scaled(manifest, here, predictor, into)
    environment(manifest, (*whole, "env"), here, into)
    if text(manifest.body, *_STOPPED) == "true":
        into.put((*here, "stopped"), value=True, spot=Spot(manifest, _STOPPED))
    given = text(predictor, "priorityClassName").rpartition("-")[2]
    if given in {"high", "low"}:
        spot = Spot(manifest, (*_PREDICTOR, "priorityClassName"))
        into.put((*here, "priority"), given, spot)


def container_of(predictor: Json) -> SpecPath:
    """Return where in *predictor* the model server is said."""
    if any(True for _ in rows(predictor, "containers")):
        named = {text(row, "name"): index for index, row in rows(predictor, "containers")}
        return ("containers", named.get("kserve-container", next(iter(named.values()))))
    if "model" in predictor:
        return ("model",)
    return next(((name,) for name in runtime_names() if name in predictor), ("model",))


def _served(manifest: Manifest, here: SpecPath, whole: SpecPath, into: Fragment) -> None:
    """Put the runtime, the source and what belongs to the runtime."""
    container = inside(manifest.body, *whole)
    args = {flag: value for flag, value, _ in _flags(words(container, "args"))}
    image = text(container, "image")
    kind, spot = _runtime(container, image, args, whole)
    if kind:
        into.put((*here, "runtime"), kind, Spot(manifest, spot))
    uri = text(container, "storageUri")
    route: SpecPath = (*whole, "storageUri")
    for index, row in rows(container, "env"):
        if not uri and row.get("name") == _STORED:
            uri, route = text(row, "value"), (*whole, "env", index)
    hub = args.get("model" if kind == "vllm" else "model_id", "")
    if hub and not hub.startswith("/"):
        revision = args.get("revision" if kind == "vllm" else "model_revision", "")
        uri, route = f"{HUB}{hub}{f'@{revision}' if revision else ''}", (*whole, "args", 0)
    if uri:
        into.put((*here, "source"), _source(uri), Spot(manifest, route))
    if kind == "vllm":
        _vllm(manifest, here, whole, into)
    if kind == "custom":
        _own(manifest, here, whole, into)


def _source(uri: str) -> str:
    """Return *uri* as platform.yaml has it: the revision of a repository follows an `@`."""
    if uri.startswith(HUB):
        return HUB + uri.removeprefix(HUB).replace(":", "@", 1)
    return uri


def _runtime(
    container: Json, image: str, args: Mapping[str, str], whole: SpecPath
) -> tuple[str, SpecPath]:
    """Return the runtime, and where it is said."""
    wanted = text(container, "runtime"), text(container, "modelFormat", "name")
    if whole[2] != "containers":
        if whole[2] != "model":
            return str(whole[2]), (*whole, "storageUri")
        facts = {name: runtime(name) for name in runtime_names()}
        by_runtime = {one.serving_runtime: n for n, one in facts.items() if one.serving_runtime}
        if wanted[0] in by_runtime:
            return by_runtime[wanted[0]], (*whole, "runtime")
        formats = {one.model_format.name: n for n, one in facts.items() if one.model_format}
        return formats.get(wanted[1], wanted[1]), (*whole, "modelFormat", "name")
    found = reference(image)
    for name in runtime_names():
        own = runtime(name)
        known = reference(own.image.repository)
        if not own.serving_runtime and found and known and found.path == known.path:
            return name, (*whole, "image")
    return ("vllm" if "max-model-len" in args else "custom"), (*whole, "image")


def _vllm(manifest: Manifest, here: SpecPath, whole: SpecPath, into: Fragment) -> None:
    container = inside(manifest.body, *whole)
    for flag, value, where in _flags(words(container, "args")):
        off = flag.startswith("no-") and flag not in _OPTIONS
        if option := _OPTIONS.get(flag.removeprefix("no-") if off else flag):
            typed = not off if value == "" else _typed(value)
            # What mlopsgen decides by itself stays undecided, where it decides the same.
            put = into.maybe if flag in _DECIDED else into.put
            put((*here, "vllm", option), typed, Spot(manifest, (*whole, "args", where[0])))
            _carried(manifest, whole, where if put == into.put else where[1:], into)
        elif flag in _NAMING:
            _carried(manifest, whole, where, into)
    found = reference(text(container, "image"))
    if found and found.tag:
        spot = Spot(manifest, (*whole, "image"))
        into.maybe(("components", "vllm", "version"), found.tag.removeprefix("v"), spot)


def _carried(manifest: Manifest, whole: SpecPath, where: Sequence[int], into: Fragment) -> None:
    for index in where:
        into.carry(manifest, (*whole, "args", index))


def _own(manifest: Manifest, here: SpecPath, whole: SpecPath, into: Fragment) -> None:
    """Put a server that no runtime stands for."""
    container = inside(manifest.body, *whole)
    there = (*here, "container")
    for key in ("image", "command", "args"):
        value = text(container, key) if key == "image" else words(container, key)
        if value:
            into.put((*there, key), value, Spot(manifest, (*whole, key)))
    port = number(container, "ports", 0, "containerPort")
    if port:
        spot = Spot(manifest, (*whole, "ports", 0, "containerPort"))
        into.put((*there, "port"), port, spot)
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        route = (probe, "httpGet", "path")
        if path := text(container, *route):
            into.put((*there, "healthPath"), path, Spot(manifest, (*whole, *route)))


def _flags(args: list[str]) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield the flags of *args* without dashes, each with its value and where the two stand."""
    flag, value = "", ""
    where: tuple[int, ...] = ()
    for index, word in enumerate([*args, "--"]):
        if not word.startswith("--"):
            value, where = (value, where) if value else (word, (*where, index))
            continue
        if flag:
            yield flag, value, where
        flag, _, value = word.removeprefix("--").partition("=")
        where = (index,)


def _typed(value: str) -> object:
    """Return the number, true or false that *value* writes, else itself."""
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, int | float) else value


def scaled(manifest: Manifest, here: SpecPath, scale: Json, into: Fragment) -> None:
    """Put how many replicas there are, and what decides it."""
    there = (*here, "scale")
    for key, word in (("minReplicas", "min"), ("maxReplicas", "max")):
        count = number(scale, key)
        if count is not None:
            into.put((*there, word), count, Spot(manifest, (*_PREDICTOR, key)))
    metric = text(scale, "scaleMetric")
    if metric in RESOURCE_METRICS:
        into.put((*there, "metric"), metric, Spot(manifest, (*_PREDICTOR, "scaleMetric")))
        target = number(scale, "scaleTarget")
        if target is not None:
            into.put((*there, "target"), target, Spot(manifest, (*_PREDICTOR, "scaleTarget")))
    for index, row in rows(scale, "autoScaling", "metrics"):
        route: SpecPath = (*_PREDICTOR, "autoScaling", "metrics", index, "external")
        asked = text(row, "external", "metric", "query")
        triggered(
            manifest, there, (asked, at(row, "external", "target", "value")), into,
            ((*route, "metric", "query"), (*route, "target", "value")),
        )  # fmt: skip


def triggered(
    manifest: Manifest,
    there: SpecPath,
    asked: tuple[str, Any],
    into: Fragment,
    routes: tuple[SpecPath, SpecPath],
) -> None:
    """Put a metric of Prometheus by its query, and the value that a replica is kept at."""
    query, threshold = asked
    if found := _METRIC.search(query):
        into.put((*there, "metric"), found[1], Spot(manifest, routes[0]))
    target = _typed(str(threshold)) if threshold is not None else None
    if isinstance(target, int | float) and not isinstance(target, bool):
        into.put((*there, "target"), target, Spot(manifest, routes[1]))
