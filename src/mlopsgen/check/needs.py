"""What each part of a platform needs to be there beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import component, versions
from mlopsgen.spec import RESOURCE_METRICS, Model, Platform
from mlopsgen.spec.observability import BuiltinAlert
from mlopsgen.spec.said import named


@dataclass(frozen=True, slots=True)
class Need:
    """*who*, written at *at*, needs *of*; *what* says for which purpose, as a verb clause."""

    of: str
    at: SpecPath
    who: str
    what: str


_MEASURED = "watches what the exporter of GPU figures measures"
_ALERTS: Mapping[BuiltinAlert, tuple[str, str]] = {
    "CertificateNotRenewed": ("cert-manager", "watches certificates"),
    "FeatureServerDown": ("feast", "watches the feature server"),
    "FeaturesStale": ("feast", "watches features"),
    "GPUBroken": ("dcgm-exporter", _MEASURED),
    "GPUMemoryBroken": ("dcgm-exporter", _MEASURED),
    "LLMCacheFull": ("kserve", "watches language models"),
    "LLMRequestsWaiting": ("kserve", "watches language models"),
    "LowGPUUtilization": ("dcgm-exporter", _MEASURED),
    "HighPipelineFailureRate": ("argo-workflows", "watches pipelines"),
    "HighInferenceErrorRate": ("kserve", "watches models"),
    "HighInferenceLatency": ("kserve", "watches models"),
    "InferenceServiceRestarts": ("kserve", "watches models"),
    "KyvernoDown": ("kyverno", "watches Kyverno"),
    "MLflowDown": ("mlflow", "watches MLflow"),
    "NodePoolNearLimit": ("karpenter", "watches the limits of its pools"),
    "PipelineEventsLost": ("argo-events", "watches what starts pipelines"),
}
"""The component that each built-in alert is about."""


def components_needed(platform: Platform) -> Iterator[Need]:
    """Yield the components that something in *platform* needs."""
    for name, model in platform.models.items():
        yield from _of_model(("models", name), model)
    yield from _of_pipelines(platform)
    yield from _of_pools(platform)
    yield from _of_gpus(platform)
    yield from _of_exposure(platform)
    yield from _of_components(platform)
    yield from _of_alerts(platform)
    if platform.policies.signatures:
        at = ("policies", "signatures")
        yield Need("kyverno", at, named(at), "asks for signatures, which Kyverno verifies")
    if platform.dashboards.builtin == "all":
        at = ("dashboards", "builtin")
        yield Need("grafana", at, named(at), "asks for dashboards, which Grafana shows")
        yield Need("prometheus", at, named(at), "asks for dashboards, which show what it measures")


def _of_model(at: SpecPath, model: Model) -> Iterator[Need]:
    who = named(at)
    yield Need("kserve", at, who, "is a model, which KServe serves")
    if model.runtime == "vllm":
        yield Need("vllm", (*at, "runtime"), who, "runs on vLLM")
    for keys, source in model.sources().items():
        if source.startswith("models:/"):
            place = (*at, *keys)
            yield Need("mlflow", place, named(place), "lies in the registry of MLflow")
    if model.scale.metric not in RESOURCE_METRICS:
        place = (*at, "scale", "metric")
        yield Need("keda", place, who, "scales on a metric that only KEDA acts on")
        yield Need("prometheus", place, who, "scales on a metric that Prometheus keeps")
    if model.transformer and model.transformer.features:
        place = (*at, "transformer", "features")
        yield Need("feast", place, named(place[:-1]), "asks for features, which Feast serves")
    if model.canary and model.canary.thresholds:
        place = (*at, "canary", "thresholds")
        yield Need("prometheus", place, named(place), "becomes alerts, which Prometheus evaluates")
    if model.exposure and model.exposure.alb:
        yield Need("aws-load-balancer-controller", (*at, "exposure"), who, "has a load balancer")
    if model.secrets:
        yield Need("external-secrets", (*at, "secrets"), who, "has secrets")


def _of_pipelines(platform: Platform) -> Iterator[Need]:
    for name, pipeline in platform.pipelines.items():
        at: SpecPath = ("pipelines", name)
        yield Need("argo-workflows", at, named(at), "is a pipeline, which Argo Workflows runs")
        if pipeline.triggers:
            place = (*at, "triggers")
            yield Need(
                "argo-events", place, named(at), "has triggers, which Argo Events listens for"
            )
        if pipeline.features:
            place = (*at, "features")
            yield Need("feast", place, named(at), "works with features, which Feast keeps")
        if pipeline.experiment:
            place = (*at, "experiment")
            yield Need("mlflow", place, named(at), "keeps its runs in an experiment of MLflow")
        for key, step in pipeline.steps.items():
            here = (*at, "steps", key)
            if step.registers:
                yield Need("mlflow", (*here, "registers"), named(here), "registers a model")
            if step.secrets:
                yield Need("external-secrets", (*here, "secrets"), named(here), "has secrets")


def _of_pools(platform: Platform) -> Iterator[Need]:
    for name, pool in platform.node_pools.items():
        if pool.kind == "karpenter":
            at = ("nodePools", name)
            yield Need("karpenter", (*at, "kind"), named(at), "is a pool that Karpenter fills")


def _of_gpus(platform: Platform) -> Iterator[Need]:
    for at, gpus in _gpus(platform):
        yield Need(
            "nvidia-device-plugin",
            (*at, "gpus"),
            named(at),
            f"asks for {gpus} GPU{'s' if gpus > 1 else ''}, which nodes offer through a plugin",
        )


def _gpus(platform: Platform) -> Iterator[tuple[SpecPath, int]]:
    """Yield what asks for GPUs, and how many."""
    for name, model in platform.models.items():
        if model.gpus:
            yield ("models", name), model.gpus
    for name, pipeline in platform.pipelines.items():
        for key, step in pipeline.steps.items():
            if step.gpus:
                yield ("pipelines", name, "steps", key), step.gpus


def _of_exposure(platform: Platform) -> Iterator[Need]:
    balancers = {"argocd": platform.exposure.argocd, "mlflow": platform.exposure.mlflow}
    for name, balancer in balancers.items():
        if balancer:
            at = ("exposure", name)
            yield Need(name, at, named(at), "is a way in to it")
            yield Need("aws-load-balancer-controller", at, named(at), "is a load balancer")
    for name, endpoint in platform.endpoints.items():
        if endpoint.exposure.alb:
            here = ("endpoints", name, "exposure")
            yield Need("aws-load-balancer-controller", here, named(here), "is a load balancer")


def _of_components(platform: Platform) -> Iterator[Need]:
    pinned = platform.components.pinned()
    for name in platform.components.declared():
        at = ("components", name)
        version = pinned.get(name)
        facts = component(name, version if version in versions(name) else None)
        for required in facts.requires.components if facts.requires else ():
            yield Need(required, at, named(at), "doesn't work without another component")
        if name == "mlflow":
            yield Need("external-secrets", at, named(at), "gets the password of its database")


def _of_alerts(platform: Platform) -> Iterator[Need]:
    alerts = platform.alerts
    if alerts.custom:
        at = ("alerts", "custom")
        yield Need("prometheus", at, named(at), "has alerts, which Prometheus evaluates")
    if alerts.builtin in ("none", ()):
        return
    at = ("alerts", "builtin")
    yield Need("prometheus", at, named(at), "has alerts, which Prometheus evaluates")
    if isinstance(alerts.builtin, str):
        if any(_gpus(platform)) and _enabled(platform, "LowGPUUtilization"):
            of, what = _ALERTS["LowGPUUtilization"]
            yield Need(of, at, "`LowGPUUtilization`", what)
        return
    for index, alert in enumerate(alerts.builtin):
        if _enabled(platform, alert):
            of, what = _ALERTS[alert]
            yield Need(of, (*at, index), f"`{alert}`", what)


def _enabled(platform: Platform, alert: BuiltinAlert) -> bool:
    """Whether nothing under `tune` switches *alert* off."""
    return all(tuning.enabled for name, tuning in platform.alerts.tune.items() if name == alert)


def sections_needed(platform: Platform) -> Iterator[Need]:
    """Yield the sections that something in *platform* needs and that aren't there."""
    installed = platform.components.declared()
    if platform.gitops is None and "argocd" in installed:
        at: SpecPath = ("components", "argocd")
        yield Need("gitops", at, named(at), "reads the repository of the platform")
    if platform.storage is not None:
        return
    if "mlflow" in installed:
        at = ("components", "mlflow")
        yield Need("storage", at, named(at), "keeps models in a bucket and runs in a database")
    if "feast" in installed:
        at = ("components", "feast")
        yield Need("storage", at, named(at), "keeps its registry and its files in a bucket")
    for name in platform.pipelines:
        at = ("pipelines", name)
        yield Need("storage", at, named(at), "keeps the outputs of its steps in a bucket")
    for name, model in platform.models.items():
        if model.source.startswith("models:/"):
            at = ("models", name, "source")
            yield Need("storage", at, named(at), "lies in the bucket of MLflow")
