"""What a component runs: pods, Services, what calls them and what they call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from mlopsgen.facts.reading import Fact, Items, Port, Sourced


class Requests(Fact):
    """What one pod takes from its node, all containers together: quantities."""

    cpu: str
    memory: str


class Placed(Sourced):
    """What decides where the pods of a workload run, by the chart itself and by Helm values."""

    pod: Mapping[str, Any] = {}
    """What the chart writes into the spec of the pod, in Kubernetes' words; where it says nothing
    that keeps pods off nodes, nothing."""

    values: Mapping[str, str] = {}
    """The Helm value, as a dotted path, that is laid over a field of `pod`."""

    resources: Items[str] = ()
    """The Helm values that hold the resources of its containers."""

    replicas: str = ""
    """The Helm value that holds how many pods there are."""

    budget: str = ""
    """The Helm value that holds its PodDisruptionBudget."""


class Workload(Sourced):
    """A Deployment, StatefulSet or DaemonSet; `ports` are its container ports by name.

    A port without a name stands under its number.
    """

    kind: Literal["Deployment", "StatefulSet", "DaemonSet"]
    name: str
    labels: Mapping[str, str]
    """The labels by which it selects its own pods."""

    service_account: str = ""
    ports: Mapping[str, Port] = {}
    host_network: bool = False
    """A pod on the node's network is beyond the reach of NetworkPolicies."""

    requests: Requests | None = None
    """Given for DaemonSets, because every node loses it before other pods are placed, and for what
    EKS installs, where no Helm value says it."""

    count: int = 1
    """How many pods there are where no Helm value says so."""

    placed: Placed | None = None


class Job(Sourced):
    """A hook of the chart: its pods run before or after each install and call the Kubernetes API.

    Helm and Argo CD wait for them, so that an install hangs where they can't reach it.
    """

    labels: Mapping[str, str]
    """Labels of its pods that no other pods of the namespace have together."""


class ServicePort(Fact):
    """A port of a Service; `target_port` is the container's. A Service may leave it unnamed."""

    port: Port
    target_port: Port
    name: str = ""


class Service(Sourced):
    """A Service: the workload behind it, its ports, and the labels a ServiceMonitor can select."""

    workload: str
    ports: Items[ServicePort]
    labels: Mapping[str, str] = {}
    health: str = ""
    """The HTTP path that answers 200 without a login, for a load balancer's health check."""


class Registration(Fact):
    """The cluster-wide object by which the API server knows whom to call.

    A controller writes the CA certificate into it, so it never matches what was applied.
    """

    kind: Literal[
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "APIService",
        "CustomResourceDefinition",
    ]
    name: str


AUTHORITIES = {
    "APIService": ("apiregistration.k8s.io", ".spec.caBundle"),
    "CustomResourceDefinition": (
        "apiextensions.k8s.io",
        ".spec.conversion.webhook.clientConfig.caBundle",
    ),
    "MutatingWebhookConfiguration": (
        "admissionregistration.k8s.io",
        ".webhooks[]?.clientConfig.caBundle",
    ),
    "ValidatingWebhookConfiguration": (
        "admissionregistration.k8s.io",
        ".webhooks[]?.clientConfig.caBundle",
    ),
}
"""API group by kind, and where a controller writes the certificate of its authority."""


class Webhook(Sourced):
    """A port that the Kubernetes API server calls: admission, conversion or an aggregated API.

    On EKS the calls come from the control plane's addresses, not from a pod.
    """

    workload: str
    service: str
    port: Port
    """The container's port, which is the one a NetworkPolicy sees."""

    registered: Items[Registration]


class Inside(Fact):
    """One workload of the component calls another on its container port."""

    caller: str
    workload: str
    port: Port
    protocol: Literal["TCP", "UDP"] = "TCP"


class Outside(Fact):
    """A workload of the component calls another component on its container port."""

    caller: str
    component: str
    workload: str
    port: Port


class Flows(Sourced):
    """What the component's pods have to reach to work."""

    dns: bool = True
    api_server: Items[str] = ()
    """Workloads that call the Kubernetes API."""

    https: Items[str] = ()
    """Workloads that call port 443 outside the cluster: AWS APIs, registries, Git hosts."""

    database: bool = False
    """The platform's PostgreSQL database."""

    nodes: Items[Port] = ()
    """Ports on the nodes' own addresses, where kubelets and pods on the host network listen."""

    inside: Items[Inside] = ()
    components: Items[Outside] = ()


class Canary(Sourced):
    """How a second version of a model is run beside the first."""

    within: bool
    """Whether one InferenceService runs both, by `spec.canary`; otherwise there are two.

    What is run that way has a fixed number of replicas, which KServe takes off the model's least.
    """

    stored: bool = False
    """Whether `spec.canary` is refused for a container of our own that has no `STORAGE_URI`."""


class Enforces(Sourced):
    """How it comes to enforce NetworkPolicies."""

    since: str
    """The first version that can."""

    switch: str
    """The setting that makes it."""

    entries: int
    """Ports that it keeps for each address at the most; it drops the others without a word."""


class Refused(Sourced):
    """What its webhook refuses of the objects that users write."""

    variables: Items[str]
    """Of the environment of containers, whatever their value."""
