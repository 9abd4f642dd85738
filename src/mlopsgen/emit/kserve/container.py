"""The container of a model server: its arguments, environment, ports, resources and volumes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen import units
from mlopsgen.emit.kserve import vllm
from mlopsgen.names import predictor
from mlopsgen.plan import Part, Served
from mlopsgen.plan.identities import names_a_file
from mlopsgen.plan.model import HUB
from mlopsgen.plan.parts import address
from mlopsgen.spec import Resources

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount of the pod's own
"""The processes of one replica pass tensors through it."""

TEMPORARY = "/tmp"  # noqa: S108 - a mount of the pod's own

_NAMED = {SHARED_MEMORY: "shared-memory", TEMPORARY: "tmp"}

_VARIABLES = {"vllm": vllm.ENVIRONMENT}
"""What is set for a container of our own, by runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What KServe's `model` and a container of our own have in common."""

    image: str = ""
    """Empty where KServe knows it."""

    command: tuple[str, ...] = ()
    storage_uri: str = ""
    """Where KServe gets the files from; empty where the server does that itself."""

    args: list[str]
    env: list[dict[str, Any]]
    ports: list[dict[str, Any]]
    resources: dict[str, str]
    mounts: list[dict[str, str]]
    volumes: list[dict[str, Any]]


def container(served: Served) -> Container:
    """Return the container of *served*."""
    paths = _written(served)
    own = served.spec.container
    return Container(
        image=served.image or "",
        command=own.command if own else (),
        storage_uri=_storage_uri(served),
        args=list(_args(served)),
        env=_env(served),
        ports=[_port(name, number) for name, number in served.ports.items()],
        resources=_resources(served.spec.resources, served.spec.gpus),
        mounts=[_mount(path, name) for path, name in paths.items()],
        volumes=[_volume(path, name) for path, name in paths.items()],
    )


def front(served: Served, parts: Mapping[str, Part]) -> Container | None:
    """Return what stands in front of *served*, if anything does.

    KServe adds the arguments that aren't there, and knows neither the model's name nor the port
    (0.16.0, pkg/apis/serving/v1beta1/transformer_custom.go). Its port isn't called `http`: there
    Prometheus finds the predictor.
    """
    own = served.spec.transformer
    if own is None:
        return None
    asked = {"FEATURE_SERVER_URL": address(parts["feast"], "server")} if own.features else {}
    return Container(
        image=served.front_image or "",
        command=own.command,
        args=[*own.args, *_introduced(served, own.port)],
        env=[{"name": name, "value": value} for name, value in sorted((asked | own.env).items())],
        ports=[_port("requests", own.port)],
        resources=_resources(own.resources),
        mounts=[_mount(TEMPORARY, "tmp")],
        volumes=[_volume(TEMPORARY, "tmp")],
    )


def _introduced(served: Served, port: int) -> Iterator[str]:
    """Yield what a transformer is told of its model; no option of KServe's stands for OpenAI."""
    yield f"--model_name={served.model}"
    yield f"--predictor_host={predictor(served.name)}.{served.namespace}"
    if served.runtime.protocol != "openai":
        yield f"--predictor_protocol={served.runtime.protocol}"
    yield f"--http_port={port}"


def _port(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "containerPort": number, "protocol": "TCP"}


def _mount(path: str, name: str) -> dict[str, str]:
    return {"name": name, "mountPath": path}


def _written(served: Served) -> dict[str, str]:
    """Return the volume of each folder that the server writes to; all else is read-only.

    Folders that users name are counted: two of them may come to one name, or to one too long.
    """
    writes, own = served.runtime.writes, served.spec.container
    paths = sorted({*writes.paths, *([SHARED_MEMORY] if writes.shared_memory else [])})
    counted = [path for path in paths if own and path in own.writable and path not in _NAMED]
    named = {path: f"writable-{number}" for number, path in enumerate(counted, start=1)}
    return {path: named.get(path) or volume(path) for path in paths}


def volume(path: str) -> str:
    """Return the name of the volume that is mounted at *path*."""
    return _NAMED.get(path) or "-".join(re.findall(r"[a-z0-9]+", path.lower()))


def _volume(path: str, name: str) -> dict[str, Any]:
    """Return an empty volume; shared memory counts as memory of the container."""
    shared = path == SHARED_MEMORY
    found = {"medium": "Memory", "sizeLimit": units.memory(2 * 2**30)} if shared else {}
    return {"name": name, "emptyDir": found}


def _storage_uri(served: Served) -> str:
    """Return the source as KServe's storage initializer reads it: revisions follow a colon.

    The initializer has no token of the model hub, so a server that can gets its files itself. Of a
    bucket it takes every key that begins like the source, those of `models/iris/10` for
    `models/iris/1` (kserve 0.16.0 python/storage/kserve_storage.py, _download_s3), and may not read
    them: what is no file ends in a slash.
    """
    if served.source.startswith(HUB):
        own = served.spec.runtime in {"huggingface", "vllm"}
        return "" if own else served.source.replace("@", ":")
    if served.source.startswith("s3://") and not names_a_file(served.source):
        return f"{served.source.rstrip('/')}/"
    return served.source


def _resources(asked: Resources, gpus: int = 0) -> dict[str, str]:
    """Return requests and limits in one: KServe fills in 1 CPU and 2Gi for what is left out."""
    found = {"cpu": units.cpu(asked.cpu), "memory": units.memory(asked.memory)}
    return {**found, "nvidia.com/gpu": str(gpus)} if gpus else found


def _env(served: Served) -> list[dict[str, Any]]:
    """Return the environment, sorted; what users set stands in for what we would."""
    values: dict[str, dict[str, Any]] = {
        name: {"value": _literally(served, value)}
        for name, value in (_own_env(served) | served.spec.env).items()
    }
    if served.secret:
        for key in served.secret.keys:
            reference = {"name": served.secret.name, "key": key.key}
            values[key.key] = {"valueFrom": {"secretKeyRef": reference}}
    return [{"name": name, **values[name]} for name in sorted(values)]


def _literally(served: Served, value: str) -> str:
    """Return *value* so that it arrives as it is written.

    KServe reads a container that it merges with a runtime's as a Go template, and gives up on a
    brace it doesn't understand (0.16.0, inferenceservice/utils/utils.go, ReplacePlaceholders).
    """
    return value.replace("{{", "{{`{{`}}") if served.runtime.serving_runtime else value


def _own_env(served: Served) -> dict[str, str]:
    """Return what the server needs: its model's name, or what our own container is set up by."""
    naming = served.runtime.naming
    named = {naming.env: served.model} if naming.env else {}
    if served.runtime.serving_runtime:
        return named
    uri = _storage_uri(served)
    stored = {"STORAGE_URI": uri} if uri else {}
    return _VARIABLES.get(served.spec.runtime, {}) | named | stored


def _args(served: Served) -> Iterator[str]:
    """Yield the arguments; stable and canary answer under one name, the model's."""
    if served.spec.container:
        yield from served.spec.container.args
    if served.spec.runtime == "vllm":
        yield from vllm.flags(served)
    if served.spec.runtime == "huggingface" and served.source.startswith(HUB):
        repository, _, revision = served.source.removeprefix(HUB).partition("@")
        yield f"--model_id={repository}"
        if revision:
            yield f"--model_revision={revision}"
    if argument := served.runtime.naming.argument:
        yield f"{argument}{served.model}"
