"""nodePools and namespaces: where pods run and how much they may take."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import DnsLabel, Group, Items, LabelKey, LabelValue, Spec
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Cpu, Disk, Duration, Memory

TaintText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=400),
    Form("a taint, written key=value:Effect", ("workload=training:NoSchedule",)),
]
"""key=value:Effect, as kubectl writes it; the rules check the parts."""

InstanceType = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$"),
    Form(
        "an EC2 instance type, written FAMILY.SIZE",
        ("t3.large",),
        "EC2 refuses to start an instance of any other type.",
    ),
]
"""An EC2 instance type."""

InstanceFamily = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9-]*$"),
    Form(
        "an EC2 instance family without a size, such as g5",
        ("g5",),
        "Karpenter compares it with the label `karpenter.k8s.aws/instance-family` of a type, "
        "and finds no instance.",
    ),
]
"""An EC2 instance family."""

InstanceSize = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]+$"),
    Form(
        "a size of an EC2 instance without its family, such as 2xlarge",
        ("2xlarge",),
        "Karpenter compares it with the label `karpenter.k8s.aws/instance-size` of a type, "
        "and finds no instance.",
    ),
]
"""The size of an EC2 instance."""


class ManagedPool(Spec):
    """An EKS managed node group: nodes that are there before Karpenter is."""

    kind: Literal["managed"]
    """Who makes the nodes: an EKS node group."""

    instance_types: Annotated[Items[InstanceType], Field(alias="instanceTypes", min_length=1)]
    """EC2 instance types; with several, EKS takes what there is."""

    capacity: Literal["on-demand", "spot"] = "on-demand"
    """`spot` is cheaper and may be taken away within two minutes."""

    min: Annotated[int, Field(ge=0, le=1000)]
    """Nodes it never goes below."""

    max: Annotated[int, Field(ge=1, le=1000)]
    """Nodes it never goes above."""

    taints: Items[TaintText] = ()
    """key=value:Effect, as kubectl writes them."""

    labels: dict[LabelKey, LabelValue] = {}
    """Labels of the nodes, on top of mlopsgen/pool."""

    disk: Disk = 50 * 2**30
    """Root volume of a node."""


class PoolLimits(Spec):
    """The most a Karpenter pool may provision."""

    cpu: Cpu | None = None
    """CPUs together."""

    memory: Memory | None = None
    """Memory together."""

    gpus: Annotated[int, Field(ge=0)] | None = None
    """GPUs together."""


class KarpenterPool(Spec):
    """Nodes that Karpenter makes when pods need them."""

    kind: Literal["karpenter"]
    """Who makes the nodes: Karpenter."""

    instance_families: Annotated[
        Items[InstanceFamily], Field(alias="instanceFamilies", min_length=1)
    ]
    """EC2 instance families, such as g5."""

    sizes: Items[InstanceSize] = ()
    """Sizes within the families, such as 2xlarge; all of them when left out."""

    capacity: Literal["on-demand", "spot", "spot-preferred"] = "on-demand"
    """`spot` never falls back to on-demand; `spot-preferred` does."""

    taints: Items[TaintText] = ()
    """key=value:Effect, as kubectl writes them."""

    labels: dict[LabelKey, LabelValue] = {}
    """Labels of the nodes, on top of mlopsgen/pool."""

    limits: PoolLimits = PoolLimits.model_construct()
    """The most it may provision."""

    disk: Disk = 100 * 2**30
    """Root volume of a node. Karpenter's own default, 20Gi, doesn't hold a vLLM image."""

    ami: Annotated[
        str,
        StringConstraints(pattern=r"^(al2023|bottlerocket)@(latest|v[0-9][0-9A-Za-z.-]*)$"),
        Form(
            "al2023 or bottlerocket, `@`, and latest or a release, such as al2023@latest",
            ("al2023@latest",),
            "Karpenter finds images only by an alias of this form.",
        ),
    ] = "al2023@latest"
    """AMI alias. With @latest every new AMI replaces the nodes; pin a release in prod."""

    consolidate_after: Annotated[Duration, Field(alias="consolidateAfter")] = 5 * 60 * 1000
    """How long a node may be underused before it is removed."""

    consolidation: Literal["WhenEmpty", "WhenEmptyOrUnderutilized"] | None = None
    """Which nodes Karpenter may replace or remove to save. Left out, only empty ones where they
    have GPUs: a model that moves is away for as long as its weights load."""

    expire_after: Annotated[Duration, Field(alias="expireAfter")] = 720 * 3600 * 1000
    """Age at which a node is replaced."""

    weight: Annotated[int, Field(ge=1, le=100)] | None = None
    """Preference among pools that fit a pod; the highest wins."""


NodePool = Annotated[ManagedPool | KarpenterPool, Field(discriminator="kind")]


class Quota(Spec):
    """The most all pods of a namespace may ask for together."""

    cpu: Cpu | None = None
    """CPUs together."""

    memory: Memory | None = None
    """Memory together."""

    gpus: Annotated[int, Field(ge=0)] | None = None
    """GPUs together."""

    pods: Annotated[int, Field(ge=1)] | None = None
    """Pods together."""


class Namespace(Spec):
    """A namespace for models and pipelines."""

    pod_security: Annotated[
        Literal["restricted", "baseline", "privileged"], Field(alias="podSecurity")
    ] = "restricted"
    """The Pod Security level that is enforced."""

    quota: Quota | None = None
    """The most its pods may ask for together."""

    claims: Items[DnsLabel] = ()
    """PersistentVolumeClaims that are there already, made by somebody else: models may lie on
    them."""

    semaphores: dict[DnsLabel, Annotated[int, Field(ge=1, le=1000)]] = {}
    """How many pipelines or steps that name a semaphore run at a time, by its name."""

    applications: Annotated[int, Field(ge=1, le=64)] = 1
    """Over how many Argo CD Applications its models are spread: each by its name, so that one more
    model moves none."""

    owners: Items[Group] = ()
    """Groups that may look at and restart what runs here, and look at and sync its Applications in
    Argo CD: the cluster and single sign-on know them by the same name."""
