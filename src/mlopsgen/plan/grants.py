"""What pods may reach outside the cluster: IAM roles and secrets, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlopsgen.diagnostics import SpecPath


@dataclass(frozen=True, slots=True)
class Statement:
    """What a role may do with which resources; `conditions` as IAM writes them."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """An IAM role that one service account takes (IRSA), and what it may do.

    `key_actions` are on the KMS key of the artifact bucket, through S3 only; Terraform knows the
    key's ARN and writes that statement. `policy` is what terraform-aws-modules/iam 5.x calls the
    policy that AWS publishes for a controller; it is empty where the statements say it all.
    """

    namespace: str
    service_account: str
    role: str
    role_arn: str
    statements: tuple[Statement, ...]
    key_actions: tuple[str, ...]
    origin: SpecPath
    policy: str = ""


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One key of a Kubernetes Secret, and the key of the AWS secret it is read from."""

    key: str
    remote: str
    property: str


@dataclass(frozen=True, slots=True)
class SecretBundle:
    """A Kubernetes Secret that external-secrets keeps up to date."""

    name: str
    namespace: str
    application: str
    """The Argo CD Application of those who use it: until somebody has put the value into AWS, it
    isn't healthy, and keeps back what comes after it."""

    keys: tuple[SecretKey, ...]
    origin: SpecPath


@dataclass(frozen=True, slots=True)
class SecretReader:
    """The service account that reads Secrets Manager for one namespace."""

    namespace: str
    service_account: str
    identity: Identity
