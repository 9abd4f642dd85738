"""Pipelines: accounts, prefixes in the bucket, and the pools and Secrets of their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlopsgen import names
from mlopsgen.plan import features
from mlopsgen.plan.grants import SecretBundle
from mlopsgen.plan.identities import (
    MLFLOW_PREFIX,
    PIPELINES_PREFIX,
    WRITE_KEY,
    Account,
    reads,
    writes,
)
from mlopsgen.plan.images import Digests
from mlopsgen.plan.model import Workflow
from mlopsgen.plan.pools import Pool
from mlopsgen.plan.secrets import bundle
from mlopsgen.spec import Pipeline, Platform, Work


@dataclass(frozen=True, slots=True)
class _Surroundings:
    account: Account
    bucket: str
    digests: Digests
    pools: Mapping[str, Pool]
    tracked: bool
    """Whether there is an MLflow that steps upload for."""


def workflows(
    platform: Platform,
    account: Account,
    bucket: str,
    digests: Digests,
    pools: Mapping[str, Pool],
) -> tuple[Workflow, ...]:
    """Return the pipelines in the order they are written."""
    tracked = platform.components.mlflow is not None
    return tuple(
        _workflow(_Surroundings(account, bucket, digests, pools, tracked), name, pipeline)
        for name, pipeline in platform.pipelines.items()
    )


def _workflow(around: _Surroundings, name: str, pipeline: Pipeline) -> Workflow:
    prefix, bucket, account = f"{PIPELINES_PREFIX}/{name}", around.bucket, around.account
    # What it is started by, it reads.
    data = dict.fromkeys(
        each.s3.prefix.rstrip("/") for each in pipeline.triggers.values() if each.s3
    )
    read = [statement for each in data for statement in reads(bucket, each)]
    identity = account.identity(
        pipeline.namespace,
        names.pipeline_account(name),
        (
            *writes(bucket, prefix),
            *(writes(bucket, MLFLOW_PREFIX) if around.tracked else ()),
            *read,
            *features.grants(pipeline.features, account, bucket),
        ),
        key_actions=WRITE_KEY,
        origin=("pipelines", name),
    )
    memoized = any(step.memoize for step in pipeline.steps.values())
    return Workflow(
        name=name,
        spec=pipeline,
        service_account=names.pipeline_account(name),
        identity=identity,
        prefix=prefix,
        memo_cache=names.memo_cache(name) if memoized else None,
        pools={key: around.pools[step.pool] for key, step in _everything(pipeline) if step.pool},
        images={key: around.digests.pinned(step.image) for key, step in _everything(pipeline)},
        secrets=_secrets(name, pipeline),
        origin=("pipelines", name),
    )


def _everything(pipeline: Pipeline) -> Iterable[tuple[str, Work]]:
    """Return the steps, and those that run when all have ended; no two have one name."""
    return {**pipeline.steps, **pipeline.on_exit}.items()


def _secrets(name: str, pipeline: Pipeline) -> dict[str, SecretBundle]:
    found = {
        key: bundle(
            f"{names.pipeline_account(name)}-{key}",
            pipeline.namespace,
            names.pipelines_application(pipeline.namespace),
            step.secrets,
            ("pipelines", name, "steps" if key in pipeline.steps else "onExit", key, "secrets"),
        )
        for key, step in _everything(pipeline)
    }
    return {key: secret for key, secret in found.items() if secret}
