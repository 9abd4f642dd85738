"""Pipelines: accounts, prefixes in the bucket, and the pools and Secrets of their steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlopsgen import names
from mlopsgen.plan.grants import SecretBundle
from mlopsgen.plan.identities import (
    MLFLOW_PREFIX,
    PIPELINES_PREFIX,
    WRITE_KEY,
    Account,
    writes,
)
from mlopsgen.plan.model import Workflow
from mlopsgen.plan.pools import Pool
from mlopsgen.plan.secrets import bundle
from mlopsgen.spec import Pipeline, Platform, Work


def workflows(
    platform: Platform, account: Account, bucket: str, pools: Mapping[str, Pool]
) -> tuple[Workflow, ...]:
    """Return the pipelines in the order they are written."""
    return tuple(
        _workflow(name, pipeline, account, bucket, pools)
        for name, pipeline in platform.pipelines.items()
    )


def _workflow(
    name: str, pipeline: Pipeline, account: Account, bucket: str, pools: Mapping[str, Pool]
) -> Workflow:
    prefix = f"{PIPELINES_PREFIX}/{name}"
    identity = account.identity(
        pipeline.namespace,
        names.pipeline_account(name),
        (*writes(bucket, prefix), *writes(bucket, MLFLOW_PREFIX)),
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
        pools={key: pools[step.pool] for key, step in _everything(pipeline) if step.pool},
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
