"""The schemas that clusters check objects with: the CRDs of components, and Kubernetes' own."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate
import pytest

KUBERNETES = "1.33"
CRDS = Path(__file__).parents[2].parent / "shared" / "crd-schemas"
_CORE = (
    Path(kubernetes_validate.__file__).parent
    / "kubernetes-json-schema"
    / f"v{KUBERNETES}.0-local-strict"
)


def crd(group: str, kind: str, version: str) -> jsonschema_rs.Draft202012Validator:
    """Return the validator of a custom kind; skip the test where its schema isn't there."""
    path = CRDS / group / f"{kind.lower()}_{version}.json"
    if not path.is_file():
        pytest.skip(f"the CRD schemas are not next to the repository: {path}")
    return _validator(path)


def core(api_version: str, kind: str) -> jsonschema_rs.Draft202012Validator:
    """Return the strict validator of a kind of Kubernetes itself."""
    return _validator(_core_path(api_version, kind))


def faults(document: dict[str, Any]) -> list[str]:
    """Return what the schema of *document*'s kind has against it, with the place."""
    api_version, kind = document["apiVersion"], document["kind"]
    group, _, version = api_version.rpartition("/")
    known = _core_path(api_version, kind).is_file()
    validator = core(api_version, kind) if known else crd(group, kind, version)
    return [f"{fault.instance_path}: {fault.message}" for fault in validator.iter_errors(document)]


def _core_path(api_version: str, kind: str) -> Path:
    group, _, version = api_version.rpartition("/")
    prefix = f"{group.partition('.')[0]}-" if group else ""
    return _CORE / f"{kind.lower()}-{prefix}{version}.json"


@cache
def _validator(path: Path) -> jsonschema_rs.Draft202012Validator:
    schema = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema, retriever=_definitions)


@cache
def _definitions(_uri: str) -> Any:
    return json.loads((_CORE / "_definitions.json").read_text(encoding="utf-8"))
