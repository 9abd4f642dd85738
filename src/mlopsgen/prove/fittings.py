"""Fittings: the parts of a pod fit together, and a model's server is started as it was planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlopsgen import names
from mlopsgen.artifact import Object
from mlopsgen.diagnostics import Finding, rule
from mlopsgen.plan import Served
from mlopsgen.prove.emitted import OUR_FAULT, Emitted, Named
from mlopsgen.prove.pods import Pod
from mlopsgen.spec import Container, Transformer

_SHARED = "/dev/shm"  # noqa: S108 - where a container keeps what its processes share
_GPU = "nvidia.com/gpu"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


@rule("RESOLVE006")
def parts_of_pods_fit(emitted: Emitted, running: Iterable[Pod]) -> Iterator[Finding]:
    """The parts of a pod fit together.

    The API server refuses two volumes in one place. It takes a volume that nothing mounts, of two
    variables with one name the last, and a probe of a path that nothing answers: the container is
    killed again and again, or writes into an image that is read-only.
    """
    servers = {
        (each.namespace, names.predictor_app(each.name)): each for each in emitted.plan.served
    }
    fronts = {
        (each.namespace, names.transformer_app(each.name)): each for each in emitted.plan.served
    }
    for pod in running:
        yield from _mounted(pod)
        for container in pod.containers():
            yield from _once(pod.owner, container)
        app = pod.namespace, pod.labels.get(names.APP_LABEL, "")
        if served := servers.get(app):
            yield from _served(pod, served)
            yield from _told(pod, served)
            yield from _started(pod, served)
            if served.spec.container:
                yield from _run(pod, served.spec.container)
        if (served := fronts.get(app)) and served.spec.transformer:
            yield from _run(pod, served.spec.transformer)


def _mounted(pod: Pod) -> Iterator[Finding]:
    """Yield the volumes that no container mounts."""
    mounts = [row for each in pod.containers() for row in each.get("volumeMounts", ())]
    used = {row["name"] for row in mounts}
    shared = {row["name"] for row in mounts if row["mountPath"] == _SHARED}
    for volume in pod.spec.get("volumes", ()):
        if volume["name"] not in used:
            told = f"mounts the volume `{volume['name']}` nowhere"
            yield _finding(pod.owner, f"{told}: what was to be written there has no place")
        if volume["name"] in shared and volume.get("emptyDir", {}).get("medium") != "Memory":
            told = f"has the volume `{volume['name']}` at `{_SHARED}` on a disk"
            yield _finding(pod.owner, f"{told}: processes that share tensors there wait for it")


def _once(owner: Named, container: Object) -> Iterator[Finding]:
    """Yield the places, variables and ports that a container has twice."""
    for key, field, what in (
        ("volumeMounts", "mountPath", "two volumes at"),
        ("env", "name", "two variables called"),
        ("ports", "name", "two ports called"),
    ):
        count = Counter(row[field] for row in container.get(key, ()) if field in row)
        for value in [value for value, times in count.items() if times > 1]:
            yield _finding(owner, f"has {what} `{value}` in one container")


def _served(pod: Pod, served: Served) -> Iterator[Finding]:
    """Yield where the server of a model differs from the one that was planned."""
    container = pod.spec.get("model") or pod.spec["containers"][0]
    paths = served.runtime.paths
    known = {path.replace("{name}", served.model) for path in (paths.ready, paths.live)}
    for key in _PROBES:
        asked = container.get(key, {}).get("httpGet", {}).get("path")
        if asked is not None and asked not in known:
            listed = " and ".join(f"`{each}`" for each in sorted(known))
            told = f"asks `{asked}` by its {key}; `{served.spec.runtime}` answers on {listed}"
            yield _finding(pod.owner, told)
    if served.image and "image" in container and container["image"] != served.image:
        told = f"runs the image `{container['image']}`; what is known is of `{served.image}`"
        yield _finding(pod.owner, told)
    account = pod.spec.get("serviceAccountName")
    if account != served.service_account:
        told = f"runs as `{account}`; what it may do is given to `{served.service_account}`"
        yield _finding(pod.owner, told)
    label = pod.labels.get(names.RUNTIME_LABEL)
    if label != served.spec.runtime:
        told = f"has `{names.RUNTIME_LABEL}: {label}`; monitors find `{served.spec.runtime}` by it"
        yield _finding(pod.owner, told)
    mounted = {row["mountPath"] for row in container.get("volumeMounts", ())}
    for path in sorted({*served.runtime.writes.paths} - mounted):
        told = f"mounts nothing at `{path}`, where its server writes: all else is read-only"
        yield _finding(pod.owner, told)
    gpus = {key: container.get("resources", {}).get(key, {}) for key in ("requests", "limits")}
    for key, row in gpus.items():
        asked = row.get(_GPU, "0")
        if asked != str(served.spec.gpus):
            told = f"has {asked} GPUs in its {key}; platform.yaml gives it {served.spec.gpus}"
            yield _finding(pod.owner, f"{told}, and both have to be there for the device plugin")
    if served.pool is not None:
        yield from _placed(pod, served.pool.name)


def _started(pod: Pod, served: Served) -> Iterator[Finding]:
    """Yield another server than the one that was planned, and flags that it doesn't know."""
    runtime, facts = pod.spec.get("model", {}).get("runtime"), served.runtime
    if runtime not in {None, facts.serving_runtime}:
        told = f"is served by `{runtime}`; what is known is of `{facts.serving_runtime}`"
        yield _finding(pod.owner, told)
    known = facts.flags.names if facts.flags else {}
    for argument in pod.spec["containers"][0].get("args", ()) if known else ():
        name = argument.partition("=")[0]
        if name.startswith("--") and name[2:] not in known:
            told = f"is started with `{name}`, which {facts.component} {facts.version} doesn't know"
            yield _finding(pod.owner, f"{told}: it ends at once")


def _run(pod: Pod, own: Container | Transformer) -> Iterator[Finding]:
    """Yield where a container of users' own runs something else than they say."""
    container = pod.spec["containers"][0]
    command, args = list(container.get("command", ())), container.get("args", ())
    # What Kubernetes or KServe would take for a template of theirs is changed to be inert.
    words = [word for word in (*own.command, *own.args) if "{" not in word and "$" not in word]
    if len(words) < len(own.command) + len(own.args):
        return
    if command != [*own.command]:
        told = f"runs `{command}`; platform.yaml says `{[*own.command]}`"
        yield _finding(pod.owner, told)
    for word in own.args:
        if word not in args:
            yield _finding(pod.owner, f"isn't given `{word}`, which platform.yaml says")
    ports = {str(row["containerPort"]) for row in container.get("ports", ())}
    for word in args:
        flag, _, number = word.partition("=")
        if flag == "--http_port" and word not in own.args and number not in ports:
            yield _finding(pod.owner, f"is told to listen on {number}, a port it doesn't declare")


def _placed(pod: Pod, pool: str) -> Iterator[Finding]:
    chosen: Mapping[str, Any] = pod.spec.get("nodeSelector", {})
    if chosen.get(names.POOL_LABEL) != pool:
        told = f"asks for nodes of the pool `{chosen.get(names.POOL_LABEL)}`; it was fitted to"
        yield _finding(pod.owner, f"{told} those of `{pool}`")


def _told(pod: Pod, served: Served) -> Iterator[Finding]:
    """Yield what the server isn't told: its model's name, and what its memory was counted with."""
    container = pod.spec.get("model") or pod.spec["containers"][0]
    args, naming = container.get("args", ()), served.runtime.naming
    variables = {row["name"]: row.get("value") for row in container.get("env", ())}
    needed = [f"{naming.argument}{served.model}"] if naming.argument else []
    needed += [f"--{key}={value}" for key, value in _counted(served).items() if value is not None]
    if served.spec.runtime == "vllm" and not any(one.startswith("--model=") for one in args):
        yield _finding(pod.owner, "isn't told by `--model` what to load: it would load its default")
    for argument in needed:
        if argument not in args:
            told = f"isn't started with `{argument}`, which clients and proofs count on"
            yield _finding(pod.owner, told)
    mine = naming.env and naming.env not in served.spec.env
    if mine and variables.get(naming.env) != served.model:
        told = f"isn't told `{naming.env}={served.model}`: it answers under another name"
        yield _finding(pod.owner, told)


def _counted(served: Served) -> dict[str, object]:
    """Return the flags of vLLM that decide what fits into the memory of a GPU."""
    options = served.spec.vllm
    if served.spec.runtime != "vllm" or options is None:
        return {}
    return {
        "port": served.runtime.http_port,
        "dtype": options.dtype,
        "gpu-memory-utilization": options.gpu_memory_utilization,
        "max-model-len": options.max_model_len,
        "max-num-seqs": options.max_num_seqs,
        "quantization": options.quantization,
    }


def _finding(owner: Named, told: str) -> Finding:
    return Finding(at=owner.origin, message=f"{owner.subject} {told}", fix=OUR_FAULT)
