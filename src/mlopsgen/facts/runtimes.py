"""Serving runtimes: how a model server is named, addressed, probed, scraped and configured.

A file holds the runtimes of one version of one component:
`catalogue/runtimes/<component>-<version>.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from mlopsgen.facts.components import default_version
from mlopsgen.facts.engine import Engine
from mlopsgen.facts.metrics import Metric
from mlopsgen.facts.reading import CATALOGUE, Fact, Items, Port, Sourced, read
from mlopsgen.facts.unknown import UnknownFact

_ROOT = CATALOGUE / "runtimes"


class ModelFormat(Fact):
    """What `spec.predictor.model.modelFormat` says; `versions` are those the runtime takes."""

    name: str
    versions: Items[str]
    emit_version: bool = False
    """Whether a version must be given for KServe to pick this runtime and no other."""


class Image(Sourced):
    """The image that runs by default; `runtimeVersion` replaces its tag and nothing else."""

    repository: str
    tag: str
    gpu_suffix: str = ""
    """What KServe appends to the tag when the pod asks for GPUs and names no runtimeVersion."""

    cuda: bool = False
    """Whether the image itself computes on GPUs; with a suffix another one does."""


class Naming(Sourced):
    """How the name that stands in the request path is set; both empty: it is in the model."""

    argument: str = ""
    """An argument prefix such as `--model_name=`; KServe's own comes first, the last one wins."""

    env: str = ""
    """An environment variable; KServe sets it only where the service does not."""


class Paths(Sourced):
    """HTTP paths; `{name}` is the served model name."""

    ready: str
    live: str
    predict: str
    metrics: str = "/metrics"


class Files(Sourced):
    """What the server finds a model by, in the folder that its files are put in."""

    expects: str
    """The files, as they follow "it looks for"."""

    mlflow: bool
    """Whether it finds a model in a folder that MLflow wrote."""


class Writes(Sourced):
    """Where the server writes; with the root read-only, each is a volume."""

    paths: Items[str]
    shared_memory: bool = False
    """Whether its processes pass tensors through /dev/shm, where a container has 64 MiB."""


class Contract(Sourced):
    """What a pickled or exported model must have been made with to load here."""

    python: str = ""
    libraries: Mapping[str, str] = {}
    pickled: Items[str] = ()
    """Libraries whose objects the server unpickles: only their own minor version can read them,
    and only the same minor version of Python. The others write files that later ones read."""


class RuntimeMetrics(Sourced):
    """The metrics that the server emits; `label` carries the served model's name, if any does."""

    port: Port
    label: str = ""
    names: Mapping[str, Metric]
    other_names: Mapping[str, str] = {}
    """What other versions call a metric, with its name in this one."""


class Flag(Fact):
    """A command-line flag: what it takes, and out of which choices where they are limited."""

    takes: Literal["nothing", "text", "integer", "number", "json", "list"]
    choices: Items[str] = ()
    default: str = ""
    """As it would be written; empty where it depends on the model or there is none."""

    negatable: bool = False
    """Whether `--no-<name>` exists as well."""


class Flags(Sourced):
    """Every flag the server knows; it refuses to start with any other."""

    names: Mapping[str, Flag]


class Runtime(Sourced):
    """A model server, as KServe starts it or as a container of our own."""

    component: str
    """The component whose version decides these facts."""

    version: str
    serving_runtime: str = ""
    """The ClusterServingRuntime; empty for a container of our own."""

    model_format: ModelFormat | None = None
    protocol: Literal["v1", "v2", "openai"]
    """The protocolVersion to emit; `openai` is no KServe protocol and belongs to containers."""

    http_port: Port
    container: str = "kserve-container"
    image: Image
    naming: Naming
    paths: Paths
    files: Files
    writes: Writes
    metrics: RuntimeMetrics | None = None
    contract: Contract | None = None
    flags: Flags | None = None
    engine: Engine | None = None


class _File(Fact):
    runtimes: Mapping[str, Runtime]


def runtime(name: str, pinned: Mapping[str, str] | None = None) -> Runtime:
    """Return runtime *name* as it comes with the *pinned* versions of components, by their names.

    A component that isn't pinned, or to a version that the catalogue hasn't, is taken at its
    default version. Raise UnknownFact.
    """
    found = [runtimes[name] for file in _files() if name in (runtimes := _runtimes(file))]
    if not found:
        kind = "runtime"
        raise UnknownFact(kind, name, runtime_names())
    by_version = {each.version: each for each in found}
    [owner] = {each.component for each in found}
    wanted = by_version.get((pinned or {}).get(owner, ""))
    return wanted or by_version[default_version(owner)]


def own_runtime(
    image: str, port: int, health: str, metrics: tuple[int, str] | None, writable: tuple[str, ...]
) -> Runtime:
    """Return the facts of a server that only its user knows; *metrics* are its port and path."""
    source = {"source": "mlopsgen convention platform.yaml"}
    paths = {"ready": health, "live": health, "predict": "/"}
    found = {
        "component": "",
        "version": "",
        "protocol": "v1",
        "httpPort": port,
        "image": {"repository": image, "tag": "", "cuda": True, **source},
        "naming": source,
        "paths": paths | ({"metrics": metrics[1]} if metrics else {}) | source,
        "files": {"expects": "anything", "mlflow": True, **source},
        "writes": {"paths": [*writable, "/tmp"], **source},  # noqa: S108 - a mount of the pod's own
        "metrics": {"port": metrics[0], "names": {}, **source} if metrics else None,
    }
    return Runtime.model_validate(found | source)


def runtime_names() -> tuple[str, ...]:
    """Return the names of all runtimes, sorted."""
    return tuple(sorted({name for file in _files() for name in _runtimes(file)}))


@cache
def _files() -> tuple[Path, ...]:
    return tuple(sorted(_ROOT.glob("*.yaml")))


@cache
def _runtimes(file: Path) -> Mapping[str, Runtime]:
    return read(file, _File).runtimes
