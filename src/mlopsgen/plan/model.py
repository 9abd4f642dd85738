"""The plan: what was decided for one environment. Emitters read it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import Component as ComponentFacts
from mlopsgen.facts import Runtime
from mlopsgen.names import Scope
from mlopsgen.plan.events import Listening
from mlopsgen.plan.fleet import Keeper, Spoke
from mlopsgen.plan.flows import Flow
from mlopsgen.plan.grants import Identity, SecretBundle, SecretReader
from mlopsgen.plan.network import Network
from mlopsgen.plan.pools import Pool
from mlopsgen.spec import Addon, Component, Image, LoadBalancer, Model, Pipeline, Platform, Quota

HUB = "hf://"
"""What a source on the Hugging Face Hub starts with."""

PodSecurity = Literal["restricted", "baseline", "privileged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model's stable version, or its canary."""

    name: str
    """Of the InferenceService, or what it would be of a canary that the model's own runs."""

    model: str
    """The name users gave, which is the served name of stable and canary alike."""

    application: str
    """The folder, and Argo CD Application, of all that belongs to the model."""

    canary: bool
    weight: int
    """Percent of the model's requests."""

    within: bool
    """Whether one InferenceService, the model's, runs stable and canary both."""

    by_app: bool
    """Whether its pods are told from others by APP_LABEL."""

    spec: Model
    runtime: Runtime
    source: str
    """URI that the files are read from; aliases are resolved."""

    image: str | None
    """The serving image where mlopsgen names it; None where the KServe runtime does."""

    front_image: str | None
    """The image of the transformer; None without one."""

    service_account: str
    identity: Identity | None
    """None for models that need nothing from AWS."""

    pool: Pool | None
    secret: SecretBundle | None
    origin: SpecPath

    @property
    def namespace(self) -> str:
        """Namespace of everything that belongs to it."""
        return self.spec.namespace

    @property
    def pods(self) -> dict[str, str]:
        """The labels that all its pods have, and no other's."""
        if self.by_app:
            return {names.APP_LABEL: names.predictor_app(self.name)}
        return {names.INFERENCE_SERVICE_LABEL: self.name}

    @property
    def service(self) -> str:
        """The Service that takes requests."""
        name = self.name
        return names.transformer(name) if self.spec.transformer else names.predictor(name)

    @property
    def entry(self) -> int:
        """The port of the pods behind it."""
        front = self.spec.transformer
        return front.port if front else self.runtime.http_port

    @property
    def ports(self) -> dict[str, int]:
        """The container's ports by name: `http`, then `metrics` where those have their own."""
        http, metrics = self.runtime.http_port, self.runtime.metrics
        own = {"metrics": metrics.port} if metrics and metrics.port != http else {}
        return {"http": http, **own}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A pipeline, ready to be written as a WorkflowTemplate."""

    name: str
    spec: Pipeline
    service_account: str
    identity: Identity
    prefix: str
    """Where in the artifact bucket its artifacts lie, without a slash at the end."""

    memo_cache: str | None
    """ConfigMap of memoized outputs; None when no step is memoized."""

    pools: Mapping[str, Pool]
    """The pool of each step that names one, by step."""

    images: Mapping[str, str]
    """The image of each step, by step; with its digest where images are pinned."""

    secrets: Mapping[str, SecretBundle]
    """The Secret of each step that needs one, by step."""

    origin: SpecPath

    @property
    def namespace(self) -> str:
        """Namespace its pods run in."""
        return self.spec.namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component that is installed."""

    name: str
    spec: Component | Addon | Image
    facts: ComponentFacts
    owner: Literal["terraform", "argocd"]
    namespace: str
    """Where its release is; empty for what isn't a release: add-ons and images."""

    identities: tuple[Identity, ...]
    """The roles of its service accounts."""

    origin: SpecPath


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNamespace:
    """A namespace with everything that limits it."""

    name: str
    pod_security: PodSecurity
    because: str
    """Why its Pod Security level isn't `restricted`; empty when it is."""

    quota: Quota | None
    owners: tuple[str, ...]
    workloads: bool
    """Whether users' models and pipelines run in it; otherwise a component does."""

    origin: SpecPath


@dataclass(frozen=True, slots=True)
class Application:
    """A folder under apps/ that Argo CD reconciles as one Application, in its sync wave."""

    name: str
    wave: int
    origin: SpecPath
    namespace: str = ""
    """Where all that is in it goes; empty for what goes to several, or to none."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A component's user interface behind a load balancer."""

    component: str
    workload: str
    """Key of the workload that answers."""

    port: int
    """Of its container."""

    service: str
    service_port: int
    health: str
    """Path that answers 200 when the interface works."""

    balancer: LoadBalancer
    origin: SpecPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that was decided for one environment, in the order it is written."""

    platform: Platform
    scope: Scope
    network: Network
    bucket: str | None
    """The artifact bucket; None when the platform keeps nothing."""

    parts: Mapping[str, Part]
    pools: Mapping[str, Pool]
    namespaces: Mapping[str, PlannedNamespace]
    served: tuple[Served, ...]
    workflows: tuple[Workflow, ...]
    listening: tuple[Listening, ...]
    secrets: tuple[SecretBundle, ...]
    readers: tuple[SecretReader, ...]
    entrances: tuple[Entrance, ...]
    identities: tuple[Identity, ...]
    """Every identity of the platform, those of models, pipelines, readers and parts."""

    registries: tuple[str, ...]
    """Where images of users' namespaces may come from."""

    flows: tuple[Flow, ...]
    applications: tuple[Application, ...]
    keeper: Keeper | None
    """The Argo CD that reconciles it; None where nobody does."""

    spokes: tuple[Spoke, ...]
    """The other clusters that its own Argo CD reconciles."""

    @property
    def environment(self) -> str:
        """Name of the environment."""
        return self.scope.environment

    def labels(self, name: str) -> dict[str, str]:
        """Return the labels of an object of ours that belongs to *name*; a new dict each time."""
        return {
            "app.kubernetes.io/managed-by": "mlopsgen",
            names.NAME_LABEL: name,
            names.PART_LABEL: self.platform.name,
        }
