"""alerts and dashboards: what wakes people up, and what they look at then."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mlopsgen.spec.base import Items, LabelValue, Spec, Text
from mlopsgen.spec.form import Form
from mlopsgen.spec.quantities import Duration

AlertName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]{2,62}$"),
    Form(
        "a name of 3 to 63 letters and digits that starts with a capital",
        ("QueueTooLong",),
        "It becomes the label `alertname`, which routes and silences match by its exact letters.",
    ),
]
"""The name of an alert."""

Severity = Literal["critical", "warning", "info"]
"""How much an alert matters."""

BuiltinAlert = Literal[
    "CertificateNotRenewed",
    "FeatureServerDown",
    "FeaturesStale",
    "GPUBroken",
    "GPUMemoryBroken",
    "HighInferenceErrorRate",
    "HighInferenceLatency",
    "HighPipelineFailureRate",
    "InferenceServiceRestarts",
    "KyvernoDown",
    "LLMCacheFull",
    "LLMRequestsWaiting",
    "LowGPUUtilization",
    "MLflowDown",
    "NodePoolNearLimit",
    "PipelineEventsLost",
]
"""An alert that mlopsgen brings along."""


MetricName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", max_length=128),
    Form(
        "a name of letters, digits, `_` and `:` that doesn't start with a digit",
        ("orders_open",),
        "Prometheus knows metrics by names of this form.",
    ),
]
"""The name of a metric."""

MetricLabel = Annotated[
    str,
    StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$", max_length=128),
    Form(
        "a name of letters, digits and `_` that doesn't start with a digit",
        ("queue",),
        "Prometheus knows labels by names of this form.",
    ),
]
"""The name of a label in Prometheus."""

CanaryAlert = Literal["CanaryFailsTooOften", "CanaryNotAsked", "CanaryTooSlow"]
"""An alert that the thresholds of a canary become."""


ObjectiveAlert = Literal["SLOBurnsFast", "SLOBurnsSlowly"]
"""An alert that the objectives of a model become."""


class Tuning(Spec):
    """What differs from the built-in alert."""

    enabled: bool = True
    """With false the alert is left out."""

    threshold: float | int | str | None = None
    """In the alert's own unit: 1s for a latency, 5% for a share, 3 for a count."""

    holds_for: Annotated[Duration | None, Field(alias="for")] = None
    """How long the threshold must be passed before anybody is told."""

    severity: Severity | None = None
    """How much the alert matters."""


class AlertTest(Spec):
    """A history of series, and whether the alert fires at the end of it."""

    name: Annotated[Text, Form("one line of text", ("the queue grows",))]
    """What happens in it."""

    series: dict[Text, Text] = {}
    """Series with their values, one a minute, as promtool writes them: `0+10x20` is 0, 10 and so
    on, 20 steps; `_` is no value."""

    at: Duration
    """How long after the first value the alert is looked at."""

    fires: Items[dict[MetricLabel, Text]] = ()
    """The labels of each series that it fires for, besides its own labels; without any it must
    keep still."""


class CustomAlert(Spec):
    """An alert of your own."""

    expr: Annotated[Text, Form("PromQL", ("up == 0",))]
    """PromQL, kept as it is."""

    holds_for: Annotated[Duration, Field(alias="for")]
    """How long the expression must hold before anybody is told."""

    severity: Severity
    """How much the alert matters."""

    summary: Annotated[Text, Form("one line of text", ("the queue grows",))]
    """One line for whoever is woken up."""

    description: Text | None = None
    """What is going on, at length."""

    runbook: (
        Annotated[
            str,
            StringConstraints(pattern=r"^https?://\S+$"),
            Form(
                "a URL with https:// in front",
                ("https://wiki.example.com/queue",),
                "Whoever is woken up follows it as a link.",
            ),
        ]
        | None
    ) = None
    """Link to what to do about it."""

    labels: dict[str, LabelValue] = {}
    """Labels of the alert, on top of severity."""

    tests: Items[AlertTest] = ()
    """What `mlopsgen test` tries it with."""


class DeclaredMetric(Spec):
    """A metric that something outside of the platform emits."""

    type: Literal["counter", "gauge", "histogram", "summary"]
    """What it is: a counter only grows, and a histogram has `_bucket`, `_sum` and `_count`."""

    labels: Items[MetricLabel] = ()
    """Its own labels, without those that Prometheus adds: job, namespace, pod and their like."""


class Alerts(Spec):
    """Prometheus alerts."""

    builtin: Literal["all", "none"] | Items[BuiltinAlert] = "none"
    """`all`, `none`, or a list of the built-in alerts that are wanted."""

    tune: dict[BuiltinAlert, Tuning] = {}
    """Thresholds, durations and severities of built-in alerts."""

    custom: dict[AlertName, CustomAlert] = {}
    """Alerts of your own, by name."""

    metrics: dict[MetricName, DeclaredMetric] = {}
    """Metrics that mlopsgen can't know and your own alerts read, by name."""


class Dashboards(Spec):
    """Grafana dashboards, shipped as ConfigMaps."""

    builtin: Literal["all", "none"] = "none"
    """Whether the dashboards of mlopsgen are installed."""
