"""The feature store: where Feast keeps things, and who may do what with them."""

from __future__ import annotations

from typing import Any

from mlopsgen.names import FEATURES_FOLDER
from mlopsgen.plan.grants import Statement
from mlopsgen.plan.identities import Account, reads, writes
from mlopsgen.plan.model import Plan
from mlopsgen.spec import Feast, FeatureAccess

FILE = f"{FEATURES_FOLDER}/feature_store.yaml"
CONFIG_MAP = "feature-store"

_PREFIX = "features"
"""Where in the artifact bucket Feast keeps its registry and its offline data."""

_REGISTRY_SECONDS = 60
"""How old the registry in the server's memory may get; a new feature is served a minute later."""

_READ_VALUES = ("dynamodb:BatchGetItem",)
_WRITE_VALUES = ("dynamodb:BatchWriteItem",)
_MAKE_TABLES = (
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
)
"""The calls of dynamodb.py; a view's tags become those of its table (feast 0.66.0)."""


def configuration(plan: Plan, spec: Feast) -> dict[str, Any]:
    """Return feature_store.yaml.

    Nothing about encryption: asked for KMS without a key, S3 would take its own key in place of
    the bucket's.
    """
    return {
        "project": spec.project,
        "provider": "aws",
        "registry": {
            "registry_type": "file",
            "path": f"s3://{plan.bucket}/{_PREFIX}/registry.db",
            "cache_ttl_seconds": _REGISTRY_SECONDS,
        },
        "offline_store": {"type": "dask"},
        "online_store": {
            "type": "dynamodb",
            "region": plan.platform.aws.region,
            "table_name_template": f"{plan.scope.tables()}.{{project}}.{{table_name}}",
        },
        "entity_key_serialization_version": 3,
    }


def arguments() -> list[str]:
    """Return what the server is started with.

    Without an end to its worker: each one that ends leaves the oldest age of features it has seen
    in the metrics for ever, and Feast ends them after a thousand requests unless told otherwise
    (feast 0.66.0 sdk/python/feast/metrics.py, a gauge of mode `max`).
    """
    return [
        f"--feature-store-yaml={FILE}",
        "serve",
        "--host=0.0.0.0",
        "--metrics",
        "--max-requests=0",
        f"--registry_ttl_sec={_REGISTRY_SECONDS}",
        "--no-access-log",
    ]


def serves(account: Account, bucket: str) -> tuple[Statement, ...]:
    """Return what the server may do: read the registry and the values, and write neither.

    A server that could write would replace a registry that it fails to read with an empty one
    (feast 0.66.0 sdk/python/feast/infra/registry/registry.py).
    """
    registry = f"arn:aws:s3:::{bucket}/{_PREFIX}/registry.db"
    return (
        Statement("ReadRegistry", ("s3:GetObject",), (registry,), {}),
        _finds(bucket),
        Statement("ReadFeatureTables", _READ_VALUES, (_tables(account),), {}),
    )


def grants(access: FeatureAccess | None, account: Account, bucket: str) -> tuple[Statement, ...]:
    """Return what a pipeline may do with features; each level holds those before it."""
    if access is None:
        return ()
    if access == "read":
        files, _ = reads(bucket, _PREFIX)
        return files, _finds(bucket)
    files, _ = writes(bucket, _PREFIX)
    filled = Statement("WriteFeatureTables", _WRITE_VALUES, (_tables(account),), {})
    made = Statement("MakeFeatureTables", _MAKE_TABLES, (_tables(account),), {})
    return files, _finds(bucket), filled, *((made,) if access == "apply" else ())


def _finds(bucket: str) -> Statement:
    """Return the right to list the bucket, all of it.

    Feast asks whether the bucket is there before each look at the registry. That is HeadBucket,
    which has no prefix that a condition could be held against.
    """
    return Statement("FindBucket", ("s3:ListBucket",), (f"arn:aws:s3:::{bucket}",), {})


def _tables(account: Account) -> str:
    """Return the ARN of every table of the store, whichever Feast project it is of."""
    place = f"{account.region}:{account.account_id}"
    return f"arn:aws:dynamodb:{place}:table/{account.scope.tables()}.*"


def environment(plan: Plan, access: FeatureAccess | None) -> dict[str, str]:
    """Return what the steps of a pipeline find features by."""
    if access is None or plan.bucket is None:
        return {}
    data = f"s3://{plan.bucket}/{_PREFIX}/data"
    return {"FEAST_FS_YAML_FILE_PATH": FILE, "FEATURE_DATA_URI": data}
