"""Grants as a proof compares them: one action on one resource, under its conditions.

What it takes to read, write and keep things in AWS stands here a second time, apart from the plan
that grants it: a grant that is left out there is missed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import SpecPath

Condition = tuple[str, str, tuple[str, ...]]
"""Test, variable and values."""

KEY = "the key of the artifact bucket"
"""The resource that `key_actions` are on: only Terraform knows its ARN."""

PUBLISHED = "policy published by AWS"
"""The action of a role that has such a policy; which one, is its resource."""

_READ = ("s3:GetObject",)
_WRITE = (*_READ, "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
_KEEP = (*_WRITE, "s3:DeleteObject")
"""AWS, Service Authorization Reference, Amazon S3: multipart uploads ask for those of PutObject."""

_READING_KEYS = ("kms:Decrypt",)
_WRITING_KEYS = (*_READING_KEYS, "kms:GenerateDataKey")
"""AWS, Amazon S3 User Guide, SSE-KMS: an upload in parts also decrypts."""

_SECRETS = ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
"""external-secrets 1.1.0, docs/provider/aws-secrets-manager.md."""

_TAKE = ("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage")
"""argo-events 1.9.9, pkg/eventsources/sources/awssqs."""


_ZONES = "route53:ListHostedZones"
_RECORDS = ("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets")
"""external-dns v0.19.0, provider/aws/aws.go; tags it reads only to choose zones by them."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One action on one resource."""

    action: str
    resource: str
    conditions: tuple[Condition, ...] = ()


Grants = frozenset[Grant]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the pods of a service account have to be allowed."""

    namespace: str
    account: str
    grants: Grants
    subject: str
    """The object that says so."""

    does: str
    """What it does, in words."""

    at: SpecPath


@dataclass(frozen=True, slots=True)
class Account:
    """The AWS account, its region, and the bucket whose key `key_actions` are on."""

    number: str
    bucket: str

    @classmethod
    def of(cls, variables: Mapping[str, Any]) -> Account:
        """Return the account that Terraform's *variables* name."""
        artifacts = variables.get("artifacts", {})
        return cls(variables.get("account_id", ""), artifacts.get("bucket", ""))

    def reads(self, uri: str) -> Grants:
        """Return what it takes to read everything under *uri*."""
        return frozenset(self._objects(_READ, uri))

    def reads_file(self, uri: str) -> Grants:
        """Return what it takes to read the one object *uri*, which KServe lists first."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        arn = f"arn:aws:s3:::{bucket}"
        own = {Grant(action, f"{arn}/{key}") for action in _READ}
        listed = Grant("s3:ListBucket", arn, (("StringEquals", "s3:prefix", (key,)),))
        return frozenset((*own, listed, *self.decrypts(uri)))

    def writes(self, uri: str) -> Grants:
        """Return what it takes to write and read everything under *uri*."""
        return frozenset(self._objects(_WRITE, uri))

    def keeps(self, uri: str) -> Grants:
        """Return what it takes to write, read and delete everything under *uri*."""
        return frozenset(self._objects(_KEEP, uri))

    def _objects(self, actions: tuple[str, ...], uri: str) -> Iterator[Grant]:
        bucket, _, path = uri.removeprefix("s3://").partition("/")
        prefix, arn = path.strip("/"), f"arn:aws:s3:::{bucket}"
        for action in actions:
            yield Grant(action, f"{arn}/{prefix}/*" if prefix else f"{arn}/*")
        listed = (("StringLike", "s3:prefix", (prefix, f"{prefix}/*")),) if prefix else ()
        yield Grant("s3:ListBucket", arn, listed)
        yield from self.decrypts(uri, _READING_KEYS if actions == _READ else _WRITING_KEYS)

    def decrypts(self, uri: str, actions: tuple[str, ...] = _READING_KEYS) -> Iterator[Grant]:
        """Yield what the key of the bucket of *uri* takes, where it is encrypted with ours."""
        if self.bucket and uri.removeprefix("s3://").partition("/")[0] == self.bucket:
            yield from (Grant(action, KEY) for action in actions)

    def secrets(self, region: str, names: Iterable[str]) -> Grants:
        """Return what it takes to read the secrets called *names*."""
        place = f"arn:aws:secretsmanager:{region}:{self.number}:secret:"
        return frozenset(
            Grant(action, f"{place}{name}-??????") for name in names for action in _SECRETS
        )

    def records(self, zones: Iterable[str]) -> Grants:
        """Return what it takes to find *zones* of Route 53 and to keep the records in them."""
        arns = [f"arn:aws:route53:::hostedzone/{zone}" for zone in zones]
        return frozenset(
            (Grant(_ZONES, "*"), *(Grant(action, arn) for action in _RECORDS for arn in arns))
        )

    def takes(self, row: Mapping[str, Any]) -> Grants:
        """Return what it takes to take the messages of the queue that an EventSource names."""
        number = row.get("queueAccountId", self.number)
        arn = f"arn:aws:sqs:{row['region']}:{number}:{row['queue']}"
        return frozenset(Grant(action, arn) for action in _TAKE)


def granted(role: Mapping[str, Any]) -> Grants:
    """Return what a role of Terraform's variables may do."""
    found = {
        Grant(action, resource, _conditions(statement))
        for statement in role.get("statements", ())
        for action in statement.get("actions", ())
        for resource in statement.get("resources", ())
    }
    found |= {Grant(action, KEY) for action in role.get("key_actions", ())}
    if policy := role.get("policy"):
        found.add(Grant(PUBLISHED, policy))
    return frozenset(found)


def _conditions(statement: Mapping[str, Any]) -> tuple[Condition, ...]:
    found = [
        (row.get("test", ""), row.get("variable", ""), tuple(row.get("values", ())))
        for row in statement.get("conditions", ())
    ]
    return tuple(sorted(found))


def worded(grants: Iterable[Grant]) -> Iterator[str]:
    """Yield *grants* in words, those on one resource together."""
    together: dict[tuple[str, tuple[Condition, ...]], list[str]] = {}
    for each in sorted(grants):
        together.setdefault((each.resource, each.conditions), []).append(each.action)
    for (resource, conditions), actions in together.items():
        place = resource if resource == KEY else f"`{resource}`"
        where = "".join(
            f" where `{variable}` is {' or '.join(f'`{value}`' for value in values)}"
            for _, variable, values in conditions
        )
        yield f"{', '.join(f'`{action}`' for action in actions)} on {place}{where}"
