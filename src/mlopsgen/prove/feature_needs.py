"""What the feature store does with AWS, read from the configuration that its pods mount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from mlopsgen.artifact import Object
from mlopsgen.prove.emitted import Emitted, Named
from mlopsgen.prove.grants import Account, Grant, Grants
from mlopsgen.spec import FeatureAccess

_FILE = "feature_store.yaml"
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
"""feast 0.66.0 sdk/python/feast/infra/online_stores/dynamodb.py."""


def server(emitted: Emitted, account: Account) -> Iterator[tuple[Named, str, Grants, str]]:
    """Yield each server of features with its service account, and what it needs."""
    for found in emitted.objects.of("Deployment"):
        pod = found.spec["template"]["spec"]
        store = _mounted(emitted, found.namespace, [pod])
        if store is None:
            continue
        registry: str = store["registry"]["path"]
        grants = {
            Grant("s3:GetObject", f"arn:aws:s3:::{registry.removeprefix('s3://')}"),
            _finds(registry),
            *account.decrypts(registry),
            *_tables(account, store, _READ_VALUES),
        }
        name = pod.get("serviceAccountName", "")
        yield found, name, frozenset(grants), f"serves the features of `{registry}`"


def pipeline(
    emitted: Emitted, account: Account, found: Named, level: FeatureAccess | None
) -> Iterator[tuple[Grants, str]]:
    """Yield what the steps of a WorkflowTemplate do with features."""
    store = _mounted(emitted, found.namespace, found.spec.get("templates", ()))
    if store is None or level is None:
        return
    registry: str = store["registry"]["path"]
    folder = registry.rpartition("/")[0]
    objects = account.reads(folder) if level == "read" else account.writes(folder)
    grants = {each for each in objects if each.action != "s3:ListBucket"} | {_finds(registry)}
    if level != "read":
        grants |= _tables(account, store, _WRITE_VALUES)
    if level == "apply":
        grants |= _tables(account, store, _MAKE_TABLES)
    yield frozenset(grants), f"has `features: {level}`, which are in `{folder}`"


def _mounted(emitted: Emitted, namespace: str, pods: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - rows of YAML
    """Return the configuration of Feast that one of *pods* mounts, None where none does."""
    for pod in pods:
        for volume in pod.get("volumes", ()):
            name = volume.get("configMap", {}).get("name", "")
            place = emitted.objects.find("ConfigMap", namespace, name) if name else None
            if place and _FILE in place.body.get("data", {}):
                text = place.body["data"][_FILE]
                store: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
                return store
    return None


def _finds(registry: str) -> Grant:
    """Return the right to list the bucket, all of it: Feast asks whether it is there."""
    bucket = registry.removeprefix("s3://").partition("/")[0]
    return Grant("s3:ListBucket", f"arn:aws:s3:::{bucket}")


def _tables(account: Account, store: Object, actions: tuple[str, ...]) -> set[Grant]:
    online = store["online_store"]
    start = online["table_name_template"].partition("{")[0]
    arn = f"arn:aws:dynamodb:{online['region']}:{account.number}:table/{start}*"
    return {Grant(action, arn) for action in actions}
