"""components: the charts, addons and images the platform is made of, one pin each."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Items, Spec
from mlopsgen.spec.containers import Resources
from mlopsgen.spec.form import Form

Version = Annotated[
    str,
    StringConstraints(pattern=r"^v?[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.-]+)?$"),
    Form(
        "a version with three parts, such as 1.8.0",
        ("1.8.0",),
        "A shorter version, or a range, would pick whatever is newest on the day of the install.",
    ),
]
"""A version with three parts, such as 1.8.0."""

Owner = Literal["terraform", "argocd"]
"""The tool that installs a component."""


class Component(Spec):
    """A Helm chart. What is left out comes from the catalogue of mlopsgen."""

    chart: Version | None = None
    """Version of the chart, not of the application in it."""

    owner: Owner | None = None
    """Who installs it: `terraform` before the cluster is handed over, `argocd` after."""

    values: dict[str, Any] = {}
    """Helm values laid over ours, map by map."""


HostedZone = Annotated[
    str,
    StringConstraints(pattern=r"^Z[A-Z0-9]{1,31}$"),
    Form(
        "the id of a hosted zone: `Z` and after it capital letters and digits, at most 32 in all",
        ("Z0123456789EXAMPLE",),
        "By it the role of ExternalDNS is held to the zone. `aws route53 list-hosted-zones` shows "
        "it after `/hostedzone/`.",
    ),
]
"""The id of a hosted zone of Route 53."""


class ExternalDns(Component):
    """ExternalDNS, and the zones that are its own."""

    zones: Annotated[Items[HostedZone], Field(min_length=1)]
    """Ids of the hosted zones that it writes records into: its role may change no other."""


class Kserve(Component):
    """KServe, the model serving controller."""

    mode: Literal["Standard"] = "Standard"
    """Standard runs plain Deployments; it was called RawDeployment before KServe 0.16."""


class Mlflow(Component):
    """The MLflow tracking server and model registry."""

    replicas: Annotated[int, Field(ge=1, le=10)] | None = None
    """Pods of the tracking server: 2 with `natGateways: per-zone`, else 1."""

    database: Literal["rds"] = "rds"
    """Backend store: the PostgreSQL of `storage.database`."""

    artifacts: Literal["s3"] = "s3"
    """Artifact store: the bucket of `storage.artifacts`."""


class Addon(Spec):
    """An EKS addon, installed with the cluster by Terraform."""

    version: Version | None = None
    """Version of the addon; the newest that fits the cluster when left out."""


class Image(Spec):
    """A program that models run in, pinned as an image."""

    version: Version | None = None
    """Version of the program, which is also the tag of its image without the leading v."""


class Feast(Image):
    """Feast, the feature store: a registry, files for training, tables and a server for models."""

    project: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$"),
        Form(
            "a name of at most 32 small letters, digits and `_` that starts with a letter",
            ("features",),
            "It is a part of the name of every table.",
        ),
    ] = "features"
    """Name of the Feast project, under which the registry keeps what is defined."""

    offline: Literal["s3"] = "s3"
    """Store for training: Parquet files in the bucket of `storage.artifacts`."""

    online: Literal["dynamodb"] = "dynamodb"
    """Store for serving: DynamoDB tables, which Feast makes itself."""

    replicas: Annotated[int, Field(ge=1, le=20)] = 2
    """Pods of the feature server."""

    resources: Resources = Resources.model_construct()
    """CPUs and memory of one of them."""

    @property
    def gpus(self) -> int:
        """GPUs of one replica: it has none."""
        return 0

    @property
    def pool(self) -> None:
        """The node pool it is bound to: it isn't bound to any."""
        return


class Components(Spec):
    """The parts of the platform. A part that is left out is not installed."""

    argo_events: Annotated[Component | None, Field(alias="argo-events")] = None
    """Argo Events, which starts pipelines when something has happened."""

    argo_workflows: Annotated[Component | None, Field(alias="argo-workflows")] = None
    """Argo Workflows, which runs pipelines."""

    argocd: Component | None = None
    """Argo CD, which keeps the cluster as the repository says."""

    aws_load_balancer_controller: Annotated[
        Component | None, Field(alias="aws-load-balancer-controller")
    ] = None
    """AWS Load Balancer Controller, which makes load balancers of Ingresses."""

    cert_manager: Annotated[Component | None, Field(alias="cert-manager")] = None
    """cert-manager, which signs the certificates of webhooks."""

    dcgm_exporter: Annotated[Component | None, Field(alias="dcgm-exporter")] = None
    """DCGM exporter, which measures GPUs."""

    external_dns: Annotated[ExternalDns | None, Field(alias="external-dns")] = None
    """ExternalDNS, which makes DNS records of Ingresses."""

    external_secrets: Annotated[Component | None, Field(alias="external-secrets")] = None
    """External Secrets, which brings secrets from AWS Secrets Manager."""

    feast: Feast | None = None
    """Feast, which keeps features and serves them."""

    grafana: Component | None = None
    """Grafana, which shows dashboards."""

    karpenter: Component | None = None
    """Karpenter, which makes nodes when pods need them."""

    keda: Component | None = None
    """KEDA, which scales by metrics of any kind."""

    kserve: Kserve | None = None
    """KServe, which serves models."""

    kyverno: Component | None = None
    """Kyverno, which verifies the signatures of images."""

    mlflow: Mlflow | None = None
    """MLflow, which keeps experiments and models."""

    nvidia_device_plugin: Annotated[Component | None, Field(alias="nvidia-device-plugin")] = None
    """NVIDIA device plugin, which offers GPUs to the scheduler."""

    prometheus: Component | None = None
    """Prometheus and its operator, which measure and alert."""

    vllm: Image | None = None
    """vLLM, which serves language models."""

    vpc_cni: Annotated[Addon, Field(alias="vpc-cni")] = Addon.model_construct()
    """Enforces NetworkPolicies, so it is always there."""

    def declared(self) -> dict[str, Component | Addon | Image]:
        """Return the parts that are installed, by the name users write."""
        fields = type(self).model_fields.items()
        return {
            field.alias or name: part
            for name, field in fields
            if (part := getattr(self, name)) is not None
        }

    def pinned(self) -> dict[str, str]:
        """Return the versions that are pinned, by component, as the catalogue spells them.

        Of an add-on the catalogue has one entry, whichever build of it EKS runs.
        """
        versions = {
            name: part.chart if isinstance(part, Component) else part.version
            for name, part in self.declared().items()
            if not isinstance(part, Addon)
        }
        return {name: version.removeprefix("v") for name, version in versions.items() if version}
