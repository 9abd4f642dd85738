"""Networks: addresses that AWS takes, and doors that are only as open as somebody wrote."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, SpecPath, rule
from mlopsgen.spec.said import named

_VPC = (16, 20)
"""AWS takes a VPC of /16 to /28; ours is cut into 8, and a /23 holds 508 pods a zone."""

_SERVICES = (12, 24)
"""EKS: serviceIpv4Cidr of KubernetesNetworkConfigRequest."""

_PRIVATE = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""RFC 1918, the only ranges that EKS takes for Services."""

_PROPOSED = ("172.20.0.0/16", "10.100.0.0/16")
"""What EKS itself picks from; they don't overlap, so a VPC leaves one of them free."""

_WIDEST = 8
"""No organisation has a wider network; two halves of the internet are /1."""


@rule("NET001")
def networks_are_networks(checked: Checked) -> Iterator[Finding]:
    """A network is written by its first address.

    AWS takes no number above 255, no length above 32 and no address inside of the network: which
    addresses are meant could be read in two ways.
    """
    for at, text in _networks(checked):
        if parsed(text) is not None:
            continue
        meant = parsed(text, strict=False)
        if meant:
            message = f"{named(at)} is `{text}`; the network starts at {meant.network_address}"
            fix = f"write `{meant}`"
        else:
            message = f"{named(at)} is `{text}`, which is no network of IPv4"
            fix = "write four numbers from 0 to 255 and a length from 0 to 32, such as 10.0.0.0/16"
        yield Finding(at=at, message=message, fix=fix)


def _networks(checked: Checked) -> Iterator[tuple[SpecPath, str]]:
    platform = checked.platform
    yield ("aws", "vpcCidr"), platform.aws.vpc_cidr
    yield ("cluster", "serviceCidr"), platform.cluster.service_cidr
    for index, text in enumerate(platform.cluster.endpoint.public_cidrs):
        yield ("cluster", "endpoint", "publicCidrs", index), text
    for at, balancer in checked.balancers():
        for index, text in enumerate(balancer.inbound_cidrs):
            yield (*at, "inboundCidrs", index), text


def parsed(text: str, *, strict: bool = True) -> IPv4Network | None:
    """Return the network written as *text*, if it is one; not *strict* takes any address of it."""
    try:
        return IPv4Network(text, strict=strict)
    except ValueError:
        return None


@rule("NET002")
def networks_have_a_size_that_works(checked: Checked) -> Iterator[Finding]:
    """The networks of VPC and Services have a size that AWS takes.

    AWS makes no VPC above /16, and below /20 the subnets run out of addresses, of which each pod
    has one. EKS takes /12 to /24 for Services, in a private range.
    """
    platform = checked.platform
    vpc, services = parsed(platform.aws.vpc_cidr), parsed(platform.cluster.service_cidr)
    if vpc and (fix := _resized(vpc, _VPC)):
        yield _size(("aws", "vpcCidr"), vpc, _VPC, fix)
    if services and (fix := _resized(services, _SERVICES)):
        yield _size(("cluster", "serviceCidr"), services, _SERVICES, fix)
    elif services and not any(services.subnet_of(each) for each in _PRIVATE):
        at = ("cluster", "serviceCidr")
        yield Finding(
            at=at,
            message=f"{named(at)} is `{services}`, which isn't in a private range:"
            f" {', '.join(map(str, _PRIVATE))}",
            fix=f"write `serviceCidr: {_free(vpc)}`",
        )


def _resized(network: IPv4Network, bounds: tuple[int, int]) -> str:
    """Return *network* at the nearest length within *bounds*; nothing where it is within."""
    shortest, longest = bounds
    if network.prefixlen < shortest:
        return f"{network.network_address}/{shortest}"
    if network.prefixlen > longest:
        return str(network.supernet(new_prefix=longest))
    return ""


def _size(at: SpecPath, network: IPv4Network, bounds: tuple[int, int], fix: str) -> Finding:
    shortest, longest = bounds
    return Finding(
        at=at,
        message=f"{named(at)} is a /{network.prefixlen}; it must be /{shortest} to /{longest}",
        fix=f"write `{at[-1]}: {fix}`",
    )


@rule("NET003")
def networks_do_not_overlap(checked: Checked) -> Iterator[Finding]:
    """The Services have no addresses of the VPC.

    A packet for an address that both have goes to the Service. Whatever has it in the VPC, a
    database or another node, can't be reached from pods.
    """
    platform = checked.platform
    vpc, services = parsed(platform.aws.vpc_cidr), parsed(platform.cluster.service_cidr)
    if vpc and services and vpc.overlaps(services):
        at: SpecPath = ("cluster", "serviceCidr")
        other: SpecPath = ("aws", "vpcCidr")
        fix = f"write `serviceCidr: {_free(vpc)}`"
        if "service_cidr" not in platform.cluster.model_fields_set:
            at, other = other, at
            fix = f"{fix} under `cluster`, or another `vpcCidr`"
        yield Finding(
            at=at,
            message=f"the VPC, `{vpc}`, overlaps the network of Services, `{services}`",
            fix=fix,
            related=(Related(other, f"{named(other)} is here"),)
            if "vpc_cidr" in platform.aws.model_fields_set and other == ("aws", "vpcCidr")
            else (),
        )


def _free(vpc: IPv4Network | None) -> str:
    """Return a network for Services beside *vpc*."""
    free = (text for text in _PROPOSED if not vpc or not vpc.overlaps(IPv4Network(text)))
    return next(free, _PROPOSED[0])


def open_to_all(text: str) -> bool:
    """Whether the network written as *text* is the internet, or a large part of it."""
    network = parsed(text)
    return network is not None and network.prefixlen < _WIDEST


@rule("NET004")
def the_kubernetes_api_is_not_public(checked: Checked) -> Iterator[Finding]:
    """The Kubernetes API isn't open to the whole internet.

    Whoever finds the endpoint may try credentials and unpatched flaws on it. The list is the only
    thing in front of the login.
    """
    for index, text in enumerate(checked.platform.cluster.endpoint.public_cidrs):
        if open_to_all(text):
            at = ("cluster", "endpoint", "publicCidrs", index)
            yield Finding(
                at=at,
                message=f"{named(at)} is `{text}`, which lets everybody reach the Kubernetes API",
                fix="write the networks that you work from, or take the list away and work from"
                " inside the VPC",
            )


RULES = (
    networks_are_networks,
    networks_have_a_size_that_works,
    networks_do_not_overlap,
    the_kubernetes_api_is_not_public,
)
