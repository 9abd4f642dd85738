"""Load balancers: what an Ingress tells the controller that makes them.

The controller refuses a whole group when two of its Ingresses disagree on what the load balancer
has once: networks, TLS policy, attributes; and a redirect to HTTPS counts for all of them
(aws-load-balancer-controller 2.16.0 pkg/ingress/model_builder.go). So a group is named after what
its members have in common, and only Ingresses that agree share a load balancer.
"""

from __future__ import annotations

from hashlib import sha256

from mlopsgen.plan.model import Plan
from mlopsgen.plan.network import ANYWHERE
from mlopsgen.spec import LoadBalancer

ANNOTATION = "alb.ingress.kubernetes.io/"
"""What every annotation that the controller reads starts with."""

_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3; the controller's own default still takes TLS 1.0."""

_IDLE = 300
"""Seconds without a byte. The 60 of AWS cut off a language model that thinks before it answers."""

_ATTRIBUTES = {
    "idle_timeout.timeout_seconds": str(_IDLE),
    "routing.http.drop_invalid_header_fields.enabled": "true",
}


def ingress_annotations(plan: Plan, balancer: LoadBalancer, health: str) -> dict[str, str]:
    """Return the annotations of an Ingress behind *balancer*; its pods answer 200 on *health*."""
    return {f"{ANNOTATION}{key}": value for key, value in _settings(plan, balancer, health).items()}


def _settings(plan: Plan, balancer: LoadBalancer, health: str) -> dict[str, str]:
    listeners = '[{"HTTP":80}]'
    tls: dict[str, str] = {}
    if balancer.certificate:
        listeners = '[{"HTTP":80},{"HTTPS":443}]'
        tls = {
            "certificate-arn": balancer.certificate,
            "ssl-policy": _TLS_POLICY,
            "ssl-redirect": "443",
        }
    return {
        "backend-protocol": "HTTP",
        "group.name": _group(plan, balancer),
        "healthcheck-path": health,
        "inbound-cidrs": ",".join(_inbound(plan, balancer)),
        "listen-ports": listeners,
        "load-balancer-attributes": ",".join(f"{key}={on}" for key, on in _ATTRIBUTES.items()),
        "scheme": balancer.alb,
        **tls,
        # Straight to the pods: the other type takes Services of type NodePort only.
        "target-type": "ip",
    }


def _inbound(plan: Plan, balancer: LoadBalancer) -> list[str]:
    """Return the networks that may connect: those given, else the VPC or everybody."""
    everybody = plan.network.vpc if balancer.alb == "internal" else ANYWHERE
    return sorted(set(balancer.inbound_cidrs)) or [everybody]


def _group(plan: Plan, balancer: LoadBalancer) -> str:
    """Return the group, at most 63 characters: those before the digest are 49 at the most."""
    shared = [*_inbound(plan, balancer), str(balancer.certificate is not None)]
    digest = sha256(",".join(shared).encode()).hexdigest()[:8]
    return f"{plan.scope.cluster}-{balancer.alb}-{digest}"
