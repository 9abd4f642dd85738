"""The whole of platform.yaml, for one environment."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.access import Exposure, Gateway, Secrets
from mlopsgen.spec.base import DnsLabel, Spec
from mlopsgen.spec.components import Components
from mlopsgen.spec.containers import Images
from mlopsgen.spec.endpoints import ModelEndpoint
from mlopsgen.spec.families import Shared
from mlopsgen.spec.form import Form
from mlopsgen.spec.infrastructure import Aws, Cluster, GitOps, Storage
from mlopsgen.spec.models import Model
from mlopsgen.spec.observability import Alerts, Dashboards
from mlopsgen.spec.patches import Patch
from mlopsgen.spec.pipelines import Pipeline
from mlopsgen.spec.policies import Policies
from mlopsgen.spec.pools import Namespace, NodePool


class Platform(Spec):
    """An ML platform on AWS EKS, as it is in one environment."""

    api_version: Annotated[Literal["mlopsgen/v1beta1"], Field(alias="apiVersion")]
    """The version of this format: mlopsgen/v1beta1."""

    name: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=20),
        Form(
            "a name of small letters, digits and `-` that starts with a letter, doesn't end with "
            "`-` and has at most 20 characters",
            ("acme",),
            "It is the first part of the name of everything in AWS, and some of those have room "
            "for 32 characters only.",
        ),
    ]
    """Name of the platform; part of the name of everything in AWS."""

    aws: Aws
    """Where the platform runs."""

    cluster: Cluster = Cluster.model_construct()
    """The EKS control plane."""

    gitops: GitOps | None = None
    """The repository that Argo CD reads."""

    storage: Storage | None = None
    """Where data is kept."""

    components: Components = Components.model_construct()
    """The charts, addons and programs the platform is made of."""

    images: Images = Images.model_construct()
    """What is true of every image that mlopsgen writes."""

    node_pools: Annotated[dict[DnsLabel, NodePool], Field(alias="nodePools")] = {}
    """Where pods run, by name."""

    namespaces: dict[DnsLabel, Namespace] = {}
    """Namespaces for models and pipelines, by name."""

    policies: Policies = Policies.model_construct()
    """What the API server refuses in those namespaces."""

    families: dict[DnsLabel, Shared] = {}
    """What models have in common, by the name that `models.<m>.family` gives. `{model}` in a
    source or host becomes the name of the model."""

    models: dict[DnsLabel, Model] = {}
    """What is served, by name."""

    pipelines: dict[DnsLabel, Pipeline] = {}
    """DAGs of steps, by name."""

    alerts: Alerts = Alerts.model_construct()
    """What wakes people up."""

    dashboards: Dashboards = Dashboards.model_construct()
    """What people look at then."""

    exposure: Exposure = Exposure.model_construct()
    """User interfaces that are reached from outside the cluster."""

    gateways: dict[DnsLabel, Gateway] = {}
    """Gateways that models can be behind, by the name they have in the cluster."""

    endpoints: dict[DnsLabel, ModelEndpoint] = {}
    """Hosts that several language models share, by name."""

    secrets: Secrets = Secrets.model_construct()
    """How secrets of AWS Secrets Manager become Kubernetes Secrets."""

    patches: dict[DnsLabel, Patch] = {}
    """Fields that platform.yaml has no word for, merged into generated objects, by name."""
