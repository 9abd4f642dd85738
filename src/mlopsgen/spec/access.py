"""exposure, gateways and secrets: the ways in, and where secret values come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mlopsgen.spec.base import Arn, Cidr, DnsLabel, Host, Items, LabelKey, LabelValue, Spec
from mlopsgen.spec.quantities import Duration

Scheme = Literal["internal", "internet-facing"]
"""Who reaches a load balancer."""


class LoadBalancer(Spec):
    """A way in from outside the cluster, through an Application Load Balancer."""

    alb: Scheme
    """Who reaches it: the VPC, or the internet."""

    host: Host
    """The DNS name it is reached by."""

    certificate: Arn | None = None
    """ACM certificate; without one the listener is plain HTTP."""

    inbound_cidrs: Annotated[Items[Cidr], Field(alias="inboundCidrs")] = ()
    """Networks that may connect; an internal load balancer without any takes the VPC."""


class WayIn(Spec):
    """A way in to a model from outside the cluster: by a load balancer of its own, or a gateway."""

    alb: Scheme | None = None
    """Makes an Application Load Balancer, and says who reaches it: the VPC, or the internet."""

    gateway: DnsLabel | None = None
    """The gateway, of those in `gateways`, that sends requests to the model instead."""

    host: Host
    """The DNS name it is reached by."""

    certificate: Arn | None = None
    """ACM certificate of the load balancer; without one the listener is plain HTTP."""

    inbound_cidrs: Annotated[Items[Cidr], Field(alias="inboundCidrs")] = ()
    """Networks that may connect to the load balancer; an internal one without any takes the VPC."""

    @property
    def balancer(self) -> LoadBalancer | None:
        """The load balancer, where it is one."""
        if self.alb is None:
            return None
        return LoadBalancer.model_construct(
            alb=self.alb,
            host=self.host,
            certificate=self.certificate,
            inbound_cidrs=self.inbound_cidrs,
        )


class GatewayPods(Spec):
    """The pods that requests through a gateway come from."""

    namespace: DnsLabel
    """Where they run, outside of the namespaces of the platform."""

    labels: Annotated[dict[LabelKey, LabelValue], Field(min_length=1)]
    """The labels they have, and no other pods there."""


class Gateway(Spec):
    """A Gateway of the Gateway API that is there already, whoever made it."""

    namespace: DnsLabel
    """The namespace it is in; its listener has to admit routes from those of the models."""

    listener: DnsLabel | None = None
    """The listener that models are behind; all of them when left out."""

    pods: GatewayPods
    """The pods that carry its requests, which models have to let in."""


class Exposure(Spec):
    """User interfaces that are reached from outside the cluster."""

    argocd: LoadBalancer | None = None
    """The way to the user interface of Argo CD."""

    mlflow: LoadBalancer | None = None
    """The way to the user interface of MLflow."""


class Secrets(Spec):
    """How secrets of AWS Secrets Manager become Kubernetes Secrets."""

    refresh: Duration = 3600 * 1000
    """How often they are read again."""
