"""Identities: which service account takes which IAM role, and exactly what the role may do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mlopsgen.diagnostics import SpecPath
from mlopsgen.names import Scope
from mlopsgen.plan.grants import Identity, SecretBundle, Statement

MLFLOW_PREFIX = "mlflow"
"""Where in the artifact bucket MLflow keeps models: its clients upload there themselves."""

PIPELINES_PREFIX = "pipelines"

READ_KEY = ("kms:Decrypt",)
WRITE_KEY = ("kms:Decrypt", "kms:GenerateDataKey")
_READ = ("s3:GetObject",)
_WRITE = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
_DELETE = ("s3:DeleteObject",)
_LIST = ("s3:ListBucket",)

_FILE = re.compile(r"\.[A-Za-z]\w*$")
"""The end of a file's name; that of a version such as `v1.2` has a digit after the point."""


@dataclass(frozen=True, slots=True)
class Account:
    """The AWS account that ARNs are made in."""

    scope: Scope
    region: str
    account_id: str

    def role_arn(self, role: str) -> str:
        """Return the ARN of *role*."""
        return f"arn:aws:iam::{self.account_id}:role/{role}"

    def identity(
        self,
        namespace: str,
        service_account: str,
        statements: Iterable[Statement],
        *,
        key_actions: tuple[str, ...],
        origin: SpecPath,
    ) -> Identity:
        """Return the identity of *service_account*, its role named after it."""
        role = self.scope.role(service_account)
        return Identity(
            namespace=namespace,
            service_account=service_account,
            role=role,
            role_arn=self.role_arn(role),
            statements=tuple(_distinct(statements)),
            key_actions=key_actions,
            origin=origin,
        )

    def secret_arn(self, name: str) -> str:
        """Return the ARN of a secret; AWS appends a dash and six characters to its name."""
        return f"arn:aws:secretsmanager:{self.region}:{self.account_id}:secret:{name}-??????"


def _distinct(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Yield *statements*, each with a Sid of its own: IAM refuses a policy that repeats one."""
    every = tuple(statements)
    taken = {each.sid for each in every}
    seen: set[str] = set()
    for each in every:
        others = (f"{each.sid}{count}" for count in range(2, len(every) + len(taken) + 2))
        sid = next(one for one in others if one not in taken) if each.sid in seen else each.sid
        seen.add(each.sid)
        taken.add(sid)
        yield replace(each, sid=sid)


def names_a_file(uri: str) -> bool:
    """Say whether *uri* is that of a single object, by its name, and not of a folder."""
    return _FILE.search(uri.removeprefix("s3://").partition("/")[2]) is not None


def reads_file(bucket: str, key: str) -> tuple[Statement, ...]:
    """Return what it takes to read the object *key*; KServe lists it before it gets it."""
    arn, word = f"arn:aws:s3:::{bucket}", _word(key)
    return (
        Statement(f"Read{word}", _READ, (f"{arn}/{key}",), {}),
        Statement(f"List{word}", _LIST, (arn,), {"StringEquals": {"s3:prefix": (key,)}}),
    )


def reads(bucket: str, prefix: str) -> tuple[Statement, ...]:
    """Return what it takes to read everything under *prefix*."""
    return _objects("Read", _READ, bucket, prefix)


def writes(bucket: str, prefix: str) -> tuple[Statement, ...]:
    """Return what it takes to write and read everything under *prefix*."""
    return _objects("Write", _WRITE, bucket, prefix)


def keeps(bucket: str, prefix: str) -> tuple[Statement, ...]:
    """Return what it takes to write, read and delete everything under *prefix*."""
    return _objects("Keep", _WRITE + _DELETE, bucket, prefix)


def _objects(
    verb: str, actions: tuple[str, ...], bucket: str, prefix: str
) -> tuple[Statement, ...]:
    arn, word = f"arn:aws:s3:::{bucket}", _word(prefix)
    # Without a prefix it is the whole bucket.
    below = f"{arn}/{prefix}/*" if prefix else f"{arn}/*"
    listing: Mapping[str, Mapping[str, tuple[str, ...]]] = (
        {"StringLike": {"s3:prefix": (prefix, f"{prefix}/*")}} if prefix else {}
    )
    return (
        Statement(f"{verb}{word}", actions, (below,), {}),
        Statement(f"List{word}", _LIST, (arn,), listing),
    )


def _word(path: str) -> str:
    """Return the first step of *path* as a part of a Sid, which is letters and digits."""
    word = "".join(part.capitalize() for part in path.split("/", maxsplit=1)[0].split("-"))
    return "".join(letter for letter in word if letter.isalnum())


def reads_secrets(account: Account, bundles: Iterable[SecretBundle]) -> Statement:
    """Return what it takes to read the AWS secrets of *bundles*."""
    names = sorted({key.remote for bundle in bundles for key in bundle.keys})
    return Statement(
        "ReadSecrets",
        ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
        tuple(account.secret_arn(name) for name in names),
        {},
    )
