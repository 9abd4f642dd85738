"""Clusters of a hub: how its Argo CD tells them apart, finds them and knows them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from mlopsgen import names
from mlopsgen.check.checked import Checked
from mlopsgen.check.networks import parsed
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.spec import Platform, hub_of
from mlopsgen.spec.said import named

_HUB: SpecPath = ("gitops", "hub")
_ADDRESS: SpecPath = ("cluster", "address")
_AUTHORITY: SpecPath = ("cluster", "certificateAuthority")

_OWN = "in-cluster"
"""What Argo CD calls the cluster that it runs in (argo-cd v2.14.11 util/db/cluster.go)."""

_CERTIFICATE = re.compile(
    rb"\s*-----BEGIN CERTIFICATE-----\s+MI[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*"
)
"""PEM of DER, which starts with 0x30 0x82 or 0x30 0x81: MI in base64."""


@rule("HUB004")
def clusters_of_a_hub_differ(checked: Checked) -> Iterator[Finding]:
    """The clusters of a hub have names and addresses of their own.

    Argo CD finds a cluster by its name. Of two with one name it picks neither; two names for one
    address would have both environments applied to the same cluster.
    """
    for environment, platform in _concerned(checked).items():
        at = _within(checked, environment)
        hub, own = hub_of(platform, environment), _cluster(platform, environment)
        if own == _OWN and hub:
            yield Finding(
                at=(*at, "name"),
                message=f"the cluster is called `{own}`, as Argo CD calls the one that it runs in",
                fix=f"rename the environment `{environment}`",
            )
        for name, other in checked.fleet.clusters.items():
            if hub is None or name == environment or hub not in (name, hub_of(other, name)):
                continue
            related = (Related(("environments", name), f"`{name}` is here"),)
            if _cluster(other, name) == own:
                yield Finding(
                    at=(*at, "name"),
                    message=f"this cluster and that of `{name}` are both called `{own}`",
                    fix="rename one of the two environments",
                    related=related,
                )
            if _same(platform.cluster.address, other.cluster.address):
                yield Finding(
                    at=(*at, *_ADDRESS),
                    message=f"{named(_ADDRESS)} is also that of `{name}`",
                    fix=f"write that of the cluster `{own}`",
                    related=related,
                )


def _concerned(checked: Checked) -> dict[str, Platform]:
    """Return the clusters that decide what is written here: this one, and those of a hub."""
    return {checked.environment: checked.platform} | checked.fleet.spokes(checked.environment)


def _within(checked: Checked, environment: str) -> SpecPath:
    """Return where *environment* says what differs in it, as seen from the one that is checked."""
    return () if environment == checked.environment else ("environments", environment)


def _same(address: str | None, other: str | None) -> bool:
    return address is not None and other is not None and address.lower() == other.lower()


def _cluster(platform: Platform, environment: str) -> str:
    return names.Scope(platform.name, environment).cluster


@rule("HUB005")
def clusters_are_known_by_their_certificate(checked: Checked) -> Iterator[Finding]:
    """The address of a cluster comes with the certificate that it is known by.

    Argo CD talks to nobody whom it doesn't know, and takes any other text for no certificate at
    all: every Application of the cluster would be Unknown.
    """
    for environment, platform in _concerned(checked).items():
        at, cluster = _within(checked, environment), platform.cluster
        pair = {_ADDRESS: cluster.address, _AUTHORITY: cluster.certificate_authority}
        given = [path for path, value in pair.items() if value is not None]
        if len(given) == 1:
            [lacking] = {*pair} - {*given}
            yield Finding(
                at=(*at, *given[0]),
                message=f"{named(given[0])} stands without {named(lacking)}",
                fix=f"add `{lacking[-1]}`; both are in {_asked(platform, environment)}",
                on_key=True,
            )
        if cluster.certificate_authority and not _certificate(cluster.certificate_authority):
            yield Finding(
                at=(*at, *_AUTHORITY),
                message=f"{named(_AUTHORITY)} is in base64, but not a certificate",
                fix=f"take it from {_asked(platform, environment)}",
            )


def _certificate(text: str) -> bool:
    try:
        return _CERTIFICATE.fullmatch(base64.b64decode(text, validate=True)) is not None
    except binascii.Error:
        return False


def _asked(platform: Platform, environment: str) -> str:
    cluster = _cluster(platform, environment)
    return (
        f"`aws eks describe-cluster --name {cluster} --region {platform.aws.region}"
        ' --query "cluster.[endpoint,certificateAuthority.data]"`'
    )


@rule("HUB006", Severity.WARNING)
def hubs_know_where_their_clusters_are(checked: Checked) -> Iterator[Finding]:
    """A hub knows where its clusters are.

    The address is there once Terraform has made the cluster. Until platform.yaml has it, the Argo
    CD of the hub leaves the cluster alone; anywhere else nobody reads it.
    """
    hub, address = hub_of(checked.platform, checked.environment), checked.platform.cluster.address
    if hub in checked.fleet.clusters and address is None:
        yield Finding(
            at=_HUB,
            message=f"`{hub}` doesn't reconcile this cluster yet: {named(_ADDRESS)} isn't given",
            fix=f"once the cluster is there, write `address` and `certificateAuthority` under"
            f" `cluster`, from {_asked(checked.platform, checked.environment)}",
        )
    elif hub is None and address is not None:
        yield Finding(
            at=_ADDRESS,
            message=f"{named(_ADDRESS)} is given, and no hub reconciles this cluster",
            fix="leave it out, or write `hub` under `gitops`",
            on_key=True,
        )


@rule("HUB007")
def hubs_reach_their_clusters(checked: Checked) -> Iterator[Finding]:
    """The network of a hub can be joined with those of clusters that answer inside only.

    Without a public endpoint, the API is reached through networks that are joined. Of two with the
    same addresses no packet finds the other.
    """
    platform = checked.platform
    hub = hub_of(platform, checked.environment)
    above = checked.fleet.clusters.get(hub or "")
    if above is None or platform.cluster.endpoint.public_cidrs:
        return
    here, there = parsed(platform.aws.vpc_cidr), parsed(above.aws.vpc_cidr)
    if here and there and here.overlaps(there):
        at: SpecPath = ("aws", "vpcCidr")
        yield Finding(
            at=at,
            message=f"the API answers inside the VPC only, whose addresses `{here}` overlap those"
            f" of `{hub}`, `{there}`",
            fix=f"write `cluster.endpoint.publicCidrs` with the addresses that `{hub}` calls from,"
            " or another `vpcCidr`",
            related=(Related(_HUB, "the hub is named here"),),
        )


RULES = (
    clusters_of_a_hub_differ,
    clusters_are_known_by_their_certificate,
    hubs_know_where_their_clusters_are,
    hubs_reach_their_clusters,
)
