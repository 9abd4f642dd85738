"""models: what is served, by which runtime, on which nodes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.diagnostics import SpecPath
from mlopsgen.spec.access import WayIn
from mlopsgen.spec.base import DnsLabel, EnvName, SecretRef, Spec
from mlopsgen.spec.containers import Container, Resources, Transformer
from mlopsgen.spec.engine import Architecture, VllmOptions
from mlopsgen.spec.form import Form
from mlopsgen.spec.objectives import Slo
from mlopsgen.spec.quantities import Duration

Runtime = Literal[
    "custom",
    "huggingface",
    "lightgbm",
    "mlflow",
    "onnx",
    "pytorch",
    "sklearn",
    "tensorflow",
    "triton",
    "vllm",
    "xgboost",
]
"""The program that serves a model."""

RESOURCE_METRICS = frozenset({"cpu", "memory"})
"""The metrics of `scale` that Kubernetes measures itself; all others are Prometheus's."""

Source = Annotated[
    str,
    StringConstraints(
        pattern=r"^(models:/[^\s/@]+(@[A-Za-z0-9_-]+|/[0-9]+)"
        r"|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s]*)?"
        r"|hf://[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(@[A-Za-z0-9_.-]+)?"
        r"|oci://[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?"
        r"(@sha256:[0-9a-f]{64})?"
        r"|pvc://[a-z0-9]([-a-z0-9]*[a-z0-9])?(/[^\s]*)?)$"
    ),
    Form(
        "one of models:/NAME@ALIAS, models:/NAME/VERSION, s3://BUCKET/PATH, hf://ORG/NAME,"
        " oci://IMAGE, pvc://CLAIM/PATH",
        ("models:/iris-classifier@champion", "s3://acme-models/iris", "hf://acme/iris"),
        "The model server would look there for the model when it starts, and would not find it.",
    ),
]
"""Where the model lies: models:/NAME@ALIAS, models:/NAME/VERSION, s3://BUCKET/PATH, hf://ORG/NAME,
oci://IMAGE, pvc://CLAIM/PATH."""


class Scale(Spec):
    """How many replicas run."""

    min: Annotated[int, Field(ge=0, le=1000)] = 1
    """Replicas that always run, one at least; `stopped: true` runs none."""

    max: Annotated[int, Field(ge=1, le=1000)] = 1
    """Replicas at the most; with max equal to min nothing scales."""

    metric: Annotated[
        str,
        StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$"),
        Form(
            "cpu, memory, or the name of a metric in Prometheus",
            ("cpu", "vllm:num_requests_waiting"),
            "Prometheus knows no metric with other characters in its name.",
        ),
    ] = "cpu"
    """What is measured: `cpu` or `memory` of a replica, or a metric that its server emits."""

    target: Annotated[
        float | None, Form("a number above 0", (70, 5)), Field(ge=0.001, le=1_000_000_000)
    ] = None
    """What the autoscaler keeps a replica at: percent of cpu or memory, 70 when left out; of any
    other metric the value of one replica."""


HeaderName = Annotated[
    str,
    StringConstraints(pattern=r"^[Xx]-[A-Za-z0-9-]{1,38}$"),
    Form(
        "a header that starts with X-, of at most 40 letters, digits and `-`",
        ("X-Canary",),
        "Other headers have a meaning of their own: browsers and proxies set or drop them, and "
        "the load balancer refuses to look at Host.",
    ),
]
"""A header that says where a request goes."""


class Header(Spec):
    """A header that sends a request to the canary, whatever the weight."""

    name: HeaderName
    """Its name, capitals or not."""

    value: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9._:/=@+-]{1,128}$"),
        Form(
            "at most 128 letters, digits and characters out of `._:/=@+-`",
            ("always",),
            "The load balancer would take `*` and `?` for any characters.",
        ),
    ]
    """What it has to say: to a load balancer capitals or not, to a gateway in just these."""


class Thresholds(Spec):
    """What a canary has to keep to; an alert says when it doesn't."""

    latency_p95: Annotated[Duration | None, Field(alias="latencyP95")] = None
    """95 % of its requests take no longer."""

    error_rate: Annotated[
        str | None,
        StringConstraints(pattern=r"^([1-9][0-9]?([.][0-9]{1,4})?|0[.][0-9]{0,3}[1-9])%$"),
        Form("a percentage between 0% and 100%", ("5%",)),
        Field(alias="errorRate"),
    ] = None
    """Percent of its requests that may fail, through no fault of the caller."""


class Canary(Spec):
    """A second version that takes a share of the requests."""

    source: Source
    """Where the second version lies."""

    weight: Annotated[int, Form("a percentage", (10,)), Field(ge=0, le=100)]
    """Percent of requests; 100 sends all of them to the canary."""

    header: Header | None = None
    """Requests with it go to the canary; all others go by weight."""

    thresholds: Thresholds | None = None
    """When the canary is too slow or fails too often; tells you, and changes nothing itself."""


class Family(Spec):
    """What models have in common; each says only what is its own."""

    runtime: Runtime
    """The program that serves it."""

    source: Source
    """Where the model lies: in MLflow's registry (models:/), a bucket (s3://), on the Hugging Face
    Hub (hf://), in an image that has it in /models (oci://), or on a volume (pvc://)."""

    namespace: DnsLabel = "mlops"
    """The namespace its pods run in."""

    canary: Canary | None = None
    """A second version that takes a share of the requests."""

    pool: DnsLabel | None = None
    """The node pool its pods run on; without one, any pool that has no taint."""

    gpus: Annotated[int, Field(ge=0, le=16)] = 0
    """GPUs of one replica; a replica never spans nodes."""

    resources: Resources = Resources.model_construct()
    """CPUs and memory of one replica."""

    scale: Scale = Scale.model_construct()
    """How many replicas run."""

    priority: Literal["high", "normal", "low"] = "normal"
    """Where there is no room for all, pods with `high` take the place of others, and those with
    `low` make room for them; normal pods keep theirs from each other."""

    stopped: bool = False
    """With true no pod runs; everything else stays, and false brings the model back."""

    vllm: VllmOptions | None = None
    """Engine options; only for runtime vllm, which needs them."""

    architecture: Architecture | None = None
    """The figures of a language model that the catalogue doesn't know."""

    container: Container | None = None
    """The server; only for runtime custom, which needs it."""

    transformer: Transformer | None = None
    """A container in front of the model; without one, requests go straight to it."""

    env: dict[EnvName, str] = {}
    """Environment of the serving container."""

    secrets: dict[EnvName, SecretRef] = {}
    """Environment that comes from AWS Secrets Manager."""

    exposure: WayIn | None = None
    """The way in from outside the cluster; without one there is none."""

    slo: Slo | None = None
    """What it promises; becomes alerts, and the thresholds of a canary that has none."""

    def sources(self) -> dict[SpecPath, str]:
        """Return where it and its canary lie, by the keys below it that say so."""
        found: dict[SpecPath, str] = {("source",): self.source}
        if self.canary:
            found["canary", "source"] = self.canary.source
        return found


class Model(Family):
    """A model that is served over HTTP by KServe."""

    family: DnsLabel | None = None
    """The family whose keys it takes, map by map, where it doesn't say them itself."""
