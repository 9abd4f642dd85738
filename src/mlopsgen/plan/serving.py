"""Models: the stable version of each, and its canary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlopsgen import names
from mlopsgen.diagnostics import SpecPath
from mlopsgen.facts import Runtime, own_runtime, runtime
from mlopsgen.facts.running import Canary
from mlopsgen.lock import Lock
from mlopsgen.plan.canaries import by_app, canaries, within
from mlopsgen.plan.grants import Identity
from mlopsgen.plan.identities import READ_KEY, Account, names_a_file, reads, reads_file
from mlopsgen.plan.images import IN_IMAGE, Digests, engine_image
from mlopsgen.plan.model import Served
from mlopsgen.plan.pools import Pool
from mlopsgen.plan.secrets import bundle
from mlopsgen.plan.shares import application_of
from mlopsgen.spec import Model, Platform


@dataclass(frozen=True, slots=True)
class _Surroundings:
    platform: Platform
    account: Account
    lock: Lock
    digests: Digests
    pools: Mapping[str, Pool]
    pinned: Mapping[str, str]
    canaries: Canary | None


def served(
    platform: Platform,
    account: Account,
    lock: Lock,
    digests: Digests,
    pools: Mapping[str, Pool],
) -> tuple[Served, ...]:
    """Return every version that is served, in the order models are written."""
    components = platform.components
    around = _Surroundings(
        platform, account, lock, digests, pools, components.pinned(), canaries(components)
    )
    return tuple(
        one for name, model in platform.models.items() for one in _versions(around, name, model)
    )


def _versions(around: _Surroundings, name: str, model: Model) -> Iterator[Served]:
    origin: SpecPath = ("models", name)
    application = application_of(around.platform, model.namespace, name)
    secret = bundle(
        names.model_account(name),
        model.namespace,
        application,
        model.secrets,
        (*origin, "secrets"),
    )
    sources = {False: resolved(around, model.source)}
    weight = 0
    if model.canary:
        sources[True] = resolved(around, model.canary.source)
        weight = model.canary.weight
    identity = _identity(around, name, model, tuple(sources.values()))
    facts = _runtime(model, around.pinned)
    front = model.transformer
    for canary, source in sources.items():
        yield Served(
            name=names.canary(name) if canary else name,
            model=name,
            application=application,
            canary=canary,
            weight=weight if canary else 100 - weight,
            within=within(around.canaries, model),
            by_app=by_app(around.canaries, model),
            spec=model,
            runtime=facts,
            source=source,
            image=_image(around, model, facts),
            front_image=around.digests.pinned(front.image) if front else None,
            service_account=names.model_account(name),
            identity=identity,
            pool=around.pools[model.pool] if model.pool else None,
            secret=secret,
            origin=(*origin, "canary") if canary else origin,
        )


def resolved(around: _Surroundings, source: str) -> str:
    """Return the URI that *source* stands for; the rules made sure that aliases are locked."""
    if source.startswith(IN_IMAGE):
        return f"{IN_IMAGE}{around.digests.pinned(source.removeprefix(IN_IMAGE))}"
    if not source.startswith("models:/"):
        return source
    locked = around.lock.model(around.account.scope.environment, source)
    if locked is None:
        msg = f"{source} was planned without a lock entry"
        raise LookupError(msg)
    return locked.uri


def _identity(
    around: _Surroundings, name: str, model: Model, sources: tuple[str, ...]
) -> Identity | None:
    """Return what the model's pods may read, or None when nothing of it lies in S3."""
    stored = [source for source in sources if source.startswith("s3://")]
    if not stored:
        return None
    statements = {
        statement: None
        for source in stored
        for statement in (reads_file if names_a_file(source) else reads)(
            *_bucket_and_prefix(source)
        )
    }
    storage, scope = around.platform.storage, around.account.scope
    ours = scope.bucket(storage.artifacts.bucket) if storage else None
    return around.account.identity(
        model.namespace,
        names.model_account(name),
        statements,
        # Buckets of others have keys of others.
        key_actions=READ_KEY
        if any(_bucket_and_prefix(source)[0] == ours for source in stored)
        else (),
        origin=("models", name, "source"),
    )


def _bucket_and_prefix(uri: str) -> tuple[str, str]:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return bucket, prefix.strip("/")


def _runtime(model: Model, pinned: Mapping[str, str]) -> Runtime:
    """Return the facts of the model's server: the catalogue's, or what users say of their own."""
    own = model.container
    if own is None:
        return runtime(model.runtime, pinned)
    metrics = (own.metrics.port, own.metrics.path) if own.metrics else None
    return own_runtime(own.image, own.port, own.health_path, metrics, own.writable)


def _image(around: _Surroundings, model: Model, facts: Runtime) -> str | None:
    """Return the image of a server that KServe doesn't know."""
    if model.container:
        return around.digests.pinned(model.container.image)
    image = engine_image(around.platform, facts)
    return around.digests.pinned(image) if image else None
