"""Load balancers: what an Ingress tells the controller that makes them.

The controller refuses a whole group when two of its Ingresses disagree on what the load balancer
has once: networks, TLS policy, attributes; and a redirect to HTTPS counts for all of them
(aws-load-balancer-controller 2.16.0 pkg/ingress/model_builder.go). So a group is named after what
its members have in common, and only Ingresses that agree share a load balancer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from mlopsgen.plan.endpoints import Branch, Joint
from mlopsgen.plan.model import Plan, Served
from mlopsgen.plan.network import ANYWHERE
from mlopsgen.spec import Header, LoadBalancer

ANNOTATION = "alb.ingress.kubernetes.io/"
"""What every annotation that the controller reads starts with."""

SERVICE_PORT = 80
"""Of the Service that KServe makes, whatever the container's port."""

_SPLIT, _CHOSEN = "by-weight", "by-header"
"""What an Ingress calls its actions. They are its own, and without the model's name they fit into
the 63 characters that an annotation may have."""

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


def actions(canary: Served) -> tuple[str, ...]:
    """Return the actions of a model's Ingress, in the order in which they are to be tried."""
    return (_CHOSEN, _SPLIT) if _header(canary) else (_SPLIT,)


def split(stable: Served, canary: Served) -> dict[str, str]:
    """Return the annotations that send requests to two versions: by header first, then by weight.

    An action and its condition are annotations named after it (2.16.0
    docs/guide/ingress/annotations.md).
    """
    weighted = [_group_of(one) | {"weight": one.weight} for one in (stable, canary)]
    found = {f"actions.{_SPLIT}": _forward(weighted)}
    if header := _header(canary):
        found[f"actions.{_CHOSEN}"] = _forward([_group_of(canary)])
        found[f"conditions.{_CHOSEN}"] = _json([_condition(header)])
    return {f"{ANNOTATION}{key}": text for key, text in found.items()}


def branched(joint: Joint) -> tuple[list[tuple[str, Branch]], dict[str, str]]:
    """Return the action of each branch of *joint*, and the annotations that say what they do.

    An action has a number, not a model's name, which might be too long for an annotation. What is
    rewritten is the whole path, as the load balancer takes no part of it away by itself.
    """
    named = [(f"to-{number}", branch) for number, branch in enumerate(joint.branches, start=1)]
    found = {"actions.models": _listing(joint)}
    for name, branch in named:
        single = len(branch.shares) == 1
        groups = [
            _group_of(one) if single else _group_of(one) | {"weight": weight}
            for one, weight in branch.shares
        ]
        found[f"actions.{name}"] = _forward(groups)
        if branch.headers:
            found[f"conditions.{name}"] = _json([_condition(each) for each in branch.headers])
        if branch.prefix:
            # Slashes as the controller's own example has them.
            prefix = branch.prefix.replace("/", "\\/")
            rewrite = {"regex": f"^{prefix}\\/?(.*)$", "replace": "/$1"}
            config = {"type": "url-rewrite", "urlRewriteConfig": {"rewrites": [rewrite]}}
            found[f"transforms.{name}"] = _json([config])
    return named, {f"{ANNOTATION}{key}": text for key, text in found.items()}


def _listing(joint: Joint) -> str:
    config = {
        "contentType": "application/json",
        "messageBody": models_listed(joint.listed),
        "statusCode": "200",
    }
    return _json({"type": "fixed-response", "fixedResponseConfig": config})


def models_listed(models: Sequence[str]) -> str:
    """Return the answer to who asks which models there are, in the words of OpenAI's API."""
    data = [
        {"id": name, "object": "model", "created": 0, "owned_by": "mlopsgen"} for name in models
    ]
    return _json({"object": "list", "data": data})


def _condition(header: Header) -> dict[str, Any]:
    wanted = {"httpHeaderName": header.name, "values": [header.value]}
    return {"field": "http-header", "httpHeaderConfig": wanted}


def _header(canary: Served) -> Header | None:
    return canary.spec.canary.header if canary.spec.canary else None


def _group_of(served: Served) -> dict[str, str | int]:
    return {"serviceName": served.service, "servicePort": SERVICE_PORT}


def _forward(groups: Sequence[Mapping[str, str | int]]) -> str:
    return _json({"type": "forward", "forwardConfig": {"targetGroups": groups}})


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
