"""A small platform of several clusters: ops reconciles itself, dev and prod."""

from __future__ import annotations

import base64
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from mlopsgen.load import Loaded, fleet, load, overlaid
from mlopsgen.spec import Platform

AUTHORITY = base64.b64encode(
    b"-----BEGIN CERTIFICATE-----\nMIIBfjCCASWgAwIBAgIU\n-----END CERTIFICATE-----\n"
).decode()


def at(host: str) -> dict[str, str]:
    """Return where a cluster is."""
    return {"address": f"https://{host}.eks.amazonaws.com", "certificateAuthority": AUTHORITY}


CLUSTERS: dict[str, Any] = {
    "apiVersion": "mlopsgen/v1beta1",
    "name": "acme",
    "aws": {"region": "eu-west-1", "accountId": "111122223333"},
    "gitops": {"repository": "https://github.com/acme/platform.git", "hub": "ops"},
    "nodePools": {
        "general": {"kind": "managed", "instanceTypes": ["m5.large"], "min": 2, "max": 4}
    },
    "environments": {
        "ops": {"components": {"argocd": {}}},
        "dev": {
            "aws": {"vpcCidr": "10.1.0.0/16"},
            "cluster": at("DEV"),
            "namespaces": {"search": {"owners": ["search-team"]}},
        },
        "prod": {
            "aws": {"region": "us-east-2", "accountId": "444455556666", "vpcCidr": "10.2.0.0/16"},
            "gitops": {"revision": "v1"},
            "cluster": at("PROD"),
            "components": {"karpenter": {}},
        },
    },
}


def clusters(**changes: Any) -> dict[str, Any]:
    """Return the platform with *changes* laid over: a key names an environment, or a section."""
    document = deepcopy(CLUSTERS)
    for key, value in changes.items():
        part = document["environments"] if key in {*document["environments"], "qa"} else document
        part[key] = _over(part.get(key), value)
    return document


def _over(below: Any, value: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(below, dict):
        return value
    merged = {**below}
    for key, inner in value.items():
        merged[key] = _over(below.get(key), inner)
    return merged


def written(document: dict[str, Any], folder: Path) -> Path:
    """Write *document* into *folder*."""
    path = folder / "platform.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def read(document: dict[str, Any], folder: Path) -> Loaded:
    """Return *document* as it is read."""
    loaded = load(written(document, folder))
    assert loaded.findings == ()
    return loaded


def platform(loaded: Loaded, environment: str) -> Platform:
    """Return an environment of *loaded*."""
    return Platform.model_validate(overlaid(loaded, environment))


__all__ = ["AUTHORITY", "CLUSTERS", "at", "clusters", "fleet", "platform", "read", "written"]
