"""Addresses: the subnets cut from the VPC, and the fixed addresses that policies name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice

from mlopsgen.spec import Aws, Cluster

INSTANCE_METADATA = "169.254.169.254/32"
"""Instance metadata: nothing of ours may ask it for the node's credentials."""

ANYWHERE = "0.0.0.0/0"

FROM_CONTROL_PLANE = frozenset({443, 4443, 6443, 8443, 9443, 10250})
"""What the module of the cluster lets the API server reach on nodes by itself
(terraform-aws-eks v20.37.2, node_groups.tf)."""

BETWEEN_NODES = {"TCP": ((53, 53), (1025, 65535)), "UDP": ((53, 53),)}
"""What it lets nodes, and so pods on them, reach on one another, by protocol: first and last port
(the same)."""


@dataclass(frozen=True, slots=True)
class Network:
    """The VPC and its subnets, one of each kind per zone."""

    vpc: str
    services: str
    private: tuple[str, ...]
    """Nodes, pods and internal load balancers."""

    public: tuple[str, ...]
    """NAT gateways and internet-facing load balancers."""

    database: tuple[str, ...]
    control_plane: tuple[str, ...]
    """Network interfaces of the EKS control plane: webhooks are called from here."""

    api_service: str
    """The ClusterIP of kubernetes.default: the first address of the Services' network."""

    dns_service: str
    """The ClusterIP of kube-dns: EKS takes the tenth address."""

    @property
    def api(self) -> tuple[str, ...]:
        """Where the API server is reached: before and after the Service's translation."""
        return (self.api_service, *self.control_plane)


def network(aws: Aws, cluster: Cluster) -> Network:
    """Cut the subnets from the VPC.

    Of its eighths the first ones are private, one a zone. The fifth is shared by the public
    subnets (a 64th of the VPC each); the sixth by database and control plane (a 256th each).
    """
    vpc = IPv4Network(aws.vpc_cidr)
    services = IPv4Network(cluster.service_cidr)
    *_, fifth, sixth = islice(vpc.subnets(prefixlen_diff=3), 6)
    narrow = list(islice(sixth.subnets(prefixlen_diff=5), 2 * aws.zones))
    return Network(
        vpc=str(vpc),
        services=str(services),
        private=_texts(islice(vpc.subnets(prefixlen_diff=3), aws.zones)),
        public=_texts(islice(fifth.subnets(prefixlen_diff=3), aws.zones)),
        database=_texts(narrow[: aws.zones]),
        control_plane=_texts(narrow[aws.zones :]),
        api_service=f"{services[1]}/32",
        dns_service=f"{services[10]}/32",
    )


def _texts(networks: Iterable[IPv4Network]) -> tuple[str, ...]:
    return tuple(str(found) for found in networks)
