"""Flows: who talks to whom, derived from what the platform does.

The network policies are written from these and from nothing else, both sides of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlopsgen.diagnostics import SpecPath


@dataclass(frozen=True, slots=True)
class Port:
    """A port as the pod has it, and as its Service has it where that differs.

    The VPC CNI judges egress before the Service's address is translated, so egress rules name
    both; ingress rules name the pod's.
    """

    number: int
    protocol: Literal["TCP", "UDP"] = "TCP"
    service: int | None = None


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods of one namespace: all of them, or those with the labels."""

    name: str
    """What a policy for them is called; unique within the namespace."""

    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    having: tuple[str, ...] = ()
    """Label keys they have, whatever the value."""

    one_of: tuple[str, tuple[str, ...]] | None = None
    """A label, and the values of which they have one."""

    behind: tuple[str, tuple[str, ...]] | None = None
    """The label, and its values, by which the Services in front of them select, where that isn't
    among the labels above.

    The VPC CNI opens the address of a Service only where what a rule selects is in the selector of
    the Service (amazon-network-policy-controller-k8s 1.1.7 pkg/resolvers/endpoints.go,
    getMatchingServiceClusterIPs)."""

    ours: bool = True
    """Whether we write policies for the namespace. kube-system is shared with EKS and isn't."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Networks outside the pods."""

    name: str
    cidrs: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    """Parts of them that stay out."""


Peer = Pods | Addresses


@dataclass(frozen=True, slots=True)
class Flow:
    """Connections that have to work, opened by *source*."""

    source: Peer
    target: Peer
    ports: tuple[Port, ...]
    because: str
    origin: SpecPath
