"""Hosted zones of Route 53: which of them ExternalDNS may change, and how it is told of them."""

from __future__ import annotations

from mlopsgen.plan.grants import Identity, Statement
from mlopsgen.plan.identities import Account
from mlopsgen.spec import ExternalDns

_RECORDS = ("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets")


def writer(account: Account, namespace: str, service_account: str, spec: ExternalDns) -> Identity:
    """Return the identity that sees every zone, and reads and writes the records of its own.

    The policy of external-dns' documentation (v0.19.0, docs/tutorials/aws.md) also lets it read
    the records of all zones, and tags, which it does only where tags choose the zones
    (provider/aws/aws.go).
    """
    arns = tuple(f"arn:aws:route53:::hostedzone/{zone}" for zone in _distinct(spec))
    statements = (
        Statement("ChangeRecords", _RECORDS, arns, {}),
        Statement("ListZones", ("route53:ListHostedZones",), ("*",), {}),
    )
    origin = ("components", "external-dns")
    return account.identity(namespace, service_account, statements, key_actions=(), origin=origin)


def arguments(spec: ExternalDns) -> list[str]:
    """Return what ExternalDNS is started with: of a zone it may not read it would make no end.

    Without the first it would look for a zone of exactly the domain that a host is in, and a
    record of prod.example.com would never get into the zone of example.com.
    """
    return ["--aws-zone-match-parent", *(f"--zone-id-filter={zone}" for zone in _distinct(spec))]


def _distinct(spec: ExternalDns) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spec.zones))
