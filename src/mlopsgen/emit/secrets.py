"""Secrets: who reads AWS Secrets Manager for a namespace, and what becomes a Kubernetes Secret."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen import units
from mlopsgen.artifact import Artifact, manifest
from mlopsgen.plan import Plan
from mlopsgen.plan.applications import SECRETS
from mlopsgen.shapes import Shapes

STORE = "aws-secrets-manager"
"""The SecretStore of each namespace: of its own, so that none reads what belongs to another."""


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield a reader and its store for each namespace, and an ExternalSecret for each Secret."""
    for reader in plan.readers:
        documents = shapes.fill(
            "secrets/reader.yaml",
            reader=reader,
            store=STORE,
            region=plan.platform.aws.region,
            labels=plan.labels(reader.service_account),
        )
        for document in documents:
            origin = reader.identity.origin
            yield manifest(SECRETS, document, emitter=__name__, origin=origin, qualified=True)
    refresh = units.duration(plan.platform.secrets.refresh)
    for bundle in plan.secrets:
        document = shapes.one(
            "secrets/external-secret.yaml",
            bundle=bundle,
            store=STORE,
            refresh=refresh,
            labels=plan.labels(bundle.name),
        )
        yield manifest(
            bundle.application,
            document,
            emitter=__name__,
            origin=bundle.origin,
            qualified=bundle.application == SECRETS,
        )
