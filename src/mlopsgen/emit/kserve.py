"""KServe: for each model its InferenceServices, account, disruption budgets and way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen import names, units
from mlopsgen.artifact import Artifact, Object, manifest
from mlopsgen.facts import hardware
from mlopsgen.names import RUNTIME_LABEL, predictor
from mlopsgen.plan import Plan, Served
from mlopsgen.plan.balancing import SERVICE_PORT, actions, ingress_annotations, split
from mlopsgen.plan.scaling import scaling
from mlopsgen.shapes import Shapes
from mlopsgen.spec import LoadBalancer, VllmOptions

_INSIDE = {"networking.kserve.io/visibility": "cluster-local"}
"""A label: with it KServe makes no Ingress of its own (0.16.0, kube_ingress_reconciler.go)."""

_HUB = "hf://"

_MODEL_FOLDER = "/mnt/models"
"""Where KServe's storage initializer puts what storageUri or STORAGE_URI names."""

_NEW_ENGINE = (8, 0)
"""Compute capability from which vLLM 0.8.0 takes its engine V1; V0 below, and for 32 bits."""

_SWAP = 1
"""GiB of the node's memory that V0 locks for each GPU when it starts, to move requests out to. Its
default, 4, is half of the memory that a model on one T4 has for itself; V1 has none."""

_CONTAINER_ENV = {
    # Caches and settings go to the one folder that is writable; the default is root's home.
    "HOME": "/cache",
    "HF_HOME": "/cache/huggingface",
    "TORCHINDUCTOR_CACHE_DIR": "/cache/torchinductor",
    "TRITON_CACHE_DIR": "/cache/triton",
    "VLLM_CACHE_ROOT": "/cache/vllm",
    "VLLM_CONFIG_ROOT": "/cache/vllm-config",
    # PyTorch asks for the user's name, which user 1000 doesn't have in the image.
    "USER": "vllm",
    "DO_NOT_TRACK": "1",
    "VLLM_NO_USAGE_STATS": "1",
}


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield the objects of each model; its canary shares account and way in with the model."""
    canaries = {served.model: served for served in plan.served if served.canary}
    for served in plan.served:
        labels = plan.labels(served.model)
        if not served.canary:
            document = shapes.one("kserve/service-account.yaml", served=served, labels=labels)
            yield _manifest(served, document)
            yield from _ingress(plan, shapes, served, canaries.get(served.model))
        # KServe puts the labels of an InferenceService on its pods too.
        own = {**_INSIDE, RUNTIME_LABEL: served.spec.runtime}
        yield _manifest(served, _inference_service(plan, shapes, served, {**labels, **own}))
        # None for a single replica: it would keep the pod's node from ever being drained.
        if served.spec.scale.min > 1:
            budget = "kserve/pod-disruption-budget.yaml"
            yield _manifest(served, shapes.one(budget, served=served, labels=labels))


def _manifest(served: Served, document: Object) -> Artifact:
    application = names.models_application(served.namespace)
    return manifest(application, document, emitter=__name__, origin=served.origin)


def _inference_service(
    plan: Plan, shapes: Shapes, served: Served, labels: Mapping[str, str]
) -> Object:
    runtime = served.runtime
    return shapes.one(
        "kserve/inference-service.yaml",
        served=served,
        labels=labels,
        scaling=scaling(served, plan.parts),
        replicated=served.spec.scale.min > 1,
        format_version=_format_version(served),
        storage_uri=_storage_uri(served.source),
        args=_args(served),
        env=_env(served),
        ports=[
            {"name": name, "containerPort": number, "protocol": "TCP"}
            for name, number in served.ports.items()
        ],
        resources=_resources(served),
        ready=_path(served, runtime.paths.ready),
        live=_path(served, runtime.paths.live),
    )


def _path(served: Served, path: str) -> str:
    return path.replace("{name}", served.model)


def _format_version(served: Served) -> str:
    """Return the version of the model's format where KServe needs one, else nothing."""
    model_format = served.runtime.model_format
    return model_format.versions[-1] if model_format and model_format.emit_version else ""


def _storage_uri(source: str) -> str:
    """Return *source* as KServe's storage initializer reads it: its revisions follow a colon."""
    return source.replace("@", ":") if source.startswith(_HUB) else source


def _resources(served: Served) -> dict[str, str]:
    """Return requests and limits in one: KServe fills in 1 CPU and 2Gi for what is left out."""
    asked, gpus = served.spec.resources, served.spec.gpus
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
    stored = {} if served.source.startswith(_HUB) else {"STORAGE_URI": served.source}
    return _CONTAINER_ENV | named | stored


def _args(served: Served) -> list[str]:
    """Return the arguments; stable and canary answer under one name, the model's."""
    argument = served.runtime.naming.argument
    named = [f"{argument}{served.model}"] if argument else []
    return named if served.runtime.serving_runtime else [*_vllm(served), *named]


def _vllm(served: Served) -> Iterator[str]:
    """Yield the flags of vLLM but for the model's name."""
    yield from _weights(served)
    yield f"--port={served.runtime.http_port}"
    # It would write what users ask into the log.
    yield "--disable-log-requests"
    if served.spec.gpus > 1:
        yield f"--tensor-parallel-size={served.spec.gpus}"
    if options := served.spec.vllm:
        yield f"--dtype={options.dtype}"
        yield f"--gpu-memory-utilization={options.gpu_memory_utilization}"
        yield f"--max-model-len={options.max_model_len}"
        if options.max_num_seqs:
            yield f"--max-num-seqs={options.max_num_seqs}"
        if _old_engine(served, options):
            yield f"--swap-space={_SWAP}"


def _old_engine(served: Served, options: VllmOptions) -> bool:
    """Say whether a GPU of the pool, or the width of the weights, keeps vLLM from its new one."""
    kinds = {each.gpu.name for each in served.pool.instances if each.gpu} if served.pool else set()
    old = (hardware.gpu(kind).compute.capability < _NEW_ENGINE for kind in kinds)
    return options.dtype == "float" or any(old)


def _weights(served: Served) -> Iterator[str]:
    """Yield where the weights are: on the model hub, or where KServe has put them."""
    if not served.source.startswith(_HUB):
        yield f"--model={_MODEL_FOLDER}"
        return
    repository, _, revision = served.source.removeprefix(_HUB).partition("@")
    pinned = (served.spec.vllm and served.spec.vllm.revision) or revision
    yield f"--model={repository}"
    if pinned:
        yield f"--revision={pinned}"


def _ingress(
    plan: Plan, shapes: Shapes, stable: Served, canary: Served | None
) -> Iterator[Artifact]:
    """Yield the Ingress of a model that has a load balancer."""
    balancer = stable.spec.exposure.balancer if stable.spec.exposure else None
    if balancer is None:
        return
    if stable.spec.stopped:
        # The controller answers 503 for one Service that is gone; for a split between two it
        # gives up on the whole load balancer (2.16.0 pkg/ingress/enhanced_backend_builder.go).
        canary = None
    document = shapes.one(
        "kserve/ingress.yaml",
        served=stable,
        labels=plan.labels(stable.model),
        host=balancer.host,
        annotations=_routing(plan, balancer, stable, canary),
        backends=_backends(stable, canary),
    )
    origin = (*stable.origin, "exposure")
    yield manifest(
        names.models_application(stable.namespace), document, emitter=__name__, origin=origin
    )


def _routing(
    plan: Plan, balancer: LoadBalancer, stable: Served, canary: Served | None
) -> dict[str, str]:
    """Return the annotations of the Ingress: with a canary, requests are split by weight."""
    found = ingress_annotations(plan, balancer, _path(stable, stable.runtime.paths.ready))
    return found | split(stable, canary) if canary else found


def _backends(stable: Served, canary: Served | None) -> list[dict[str, Any]]:
    """Return where requests go, in the order in which the load balancer tries it."""
    if canary is None:
        return [{"name": predictor(stable.name), "port": {"number": SERVICE_PORT}}]
    return [{"name": name, "port": {"name": "use-annotation"}} for name in actions(canary)]
