"""What was decided for one environment: names, namespaces, identities, flows, ownership."""

from __future__ import annotations

from dataclasses import replace

from mlopsgen.lock import Lock
from mlopsgen.names import Scope
from mlopsgen.plan.applications import SECRETS, applications
from mlopsgen.plan.connections import (
    asking,
    cloning,
    entering,
    inferring,
    naming,
    operating,
    reaching,
    running,
)
from mlopsgen.plan.entrances import entrances
from mlopsgen.plan.events import Listening, Source
from mlopsgen.plan.fleet import Keeper, Spoke, keeper, spokes
from mlopsgen.plan.flows import Addresses, Flow, Peer, Pods, Port
from mlopsgen.plan.grants import Identity, SecretBundle, SecretReader, Statement
from mlopsgen.plan.identities import Account
from mlopsgen.plan.images import Digests
from mlopsgen.plan.model import (
    Application,
    Entrance,
    Part,
    Plan,
    PlannedNamespace,
    Served,
    Workflow,
)
from mlopsgen.plan.network import Network, network
from mlopsgen.plan.parts import namespaces, parts
from mlopsgen.plan.policies import registries
from mlopsgen.plan.pools import Pool, Taint, pools
from mlopsgen.plan.secrets import bundle, readers
from mlopsgen.plan.serving import served
from mlopsgen.plan.triggers import listening
from mlopsgen.plan.visitors import visiting
from mlopsgen.plan.workflows import workflows
from mlopsgen.spec import ALONE, Fleet, Platform

__all__ = [
    "Addresses", "Application", "Entrance", "Flow", "Identity", "Keeper", "Listening", "Network",
    "Part", "Peer", "Plan", "PlannedNamespace", "Pods", "Pool", "Port", "SecretBundle",
    "SecretReader", "Served", "Source", "Spoke", "Statement", "Taint", "Workflow", "plan",
]  # fmt: skip

MLFLOW_DATABASE_SECRET = "mlflow-database"  # noqa: S105 - the name of a Secret, not its value


def plan(platform: Platform, environment: str, lock: Lock, fleet: Fleet = ALONE) -> Plan:
    """Decide everything for *environment* of *fleet*; *platform* has passed the rules."""
    scope = Scope(platform.name, environment)
    account = Account(scope, platform.aws.region, platform.aws.account_id)
    bucket = scope.bucket(platform.storage.artifacts.bucket) if platform.storage else None
    found_pools = pools(platform.node_pools)
    reconciler = keeper(platform, environment, fleet)
    reached = spokes(platform, environment, fleet)
    found_parts = parts(platform, account, bucket, kept=reconciler is not None, spokes=reached)
    digests = Digests.of(platform, environment, lock)
    models = served(platform, account, lock, digests, found_pools)
    runs = workflows(platform, account, bucket, digests, found_pools) if bucket else ()
    heard = listening(runs, account, found_parts)
    bundles = _bundles(scope, models, runs, found_parts)
    secret_readers = readers(account, bundles)
    whole = Plan(
        platform=platform,
        scope=scope,
        network=network(platform.aws, platform.cluster),
        bucket=bucket,
        parts=found_parts,
        pools=found_pools,
        namespaces=namespaces(platform, found_parts.values()),
        served=models,
        workflows=runs,
        listening=heard,
        secrets=bundles,
        readers=secret_readers,
        entrances=entrances(platform.exposure, found_parts),
        identities=(
            *_identities(models, runs, found_parts, secret_readers),
            *(each.identity for each in heard),
        ),
        registries=registries(platform, models, found_parts),
        flows=(),
        applications=(),
        keeper=reconciler,
        spokes=reached,
    )
    return replace(whole, flows=_flows(whole), applications=applications(whole))


def _flows(found: Plan) -> tuple[Flow, ...]:
    """Return who talks to whom in a plan that has everything else."""
    ground, parts_there, own = found.network, found.parts, found.platform.gitops
    repositories = [*([own] if own else []), *(each.gitops for each in found.spokes)]
    return (
        *naming(found.namespaces),
        *visiting(found.served, ground, found.platform),
        *inferring(found.served, ground, parts_there),
        *asking(found.served, parts_there),
        *running(found.workflows, ground, parts_there),
        *operating(parts_there, ground),
        *cloning(repositories, parts_there, ground),
        *entering(found.entrances, parts_there, ground),
        *reaching(found.spokes, parts_there),
    )


def _bundles(
    scope: Scope,
    models: tuple[Served, ...],
    runs: tuple[Workflow, ...],
    installed: dict[str, Part],
) -> tuple[SecretBundle, ...]:
    """Return every Secret once: a canary shares its model's."""
    found = [one.secret for one in models if one.secret and not one.canary]
    found += [secret for run in runs for secret in run.secrets.values()]
    if mlflow := installed.get("mlflow"):
        remote = scope.database_secret()
        references = {key: f"aws-sm:{remote}#{key}" for key in ("username", "password")}
        secret = bundle("mlflow", mlflow.namespace, SECRETS, references, mlflow.origin)
        if secret:
            found.append(replace(secret, name=MLFLOW_DATABASE_SECRET))
    return tuple(found)


def _identities(
    models: tuple[Served, ...],
    runs: tuple[Workflow, ...],
    installed: dict[str, Part],
    secret_readers: tuple[SecretReader, ...],
) -> tuple[Identity, ...]:
    """Return every identity once: a canary shares its model's."""
    found = [one.identity for one in models if one.identity and not one.canary]
    found += [run.identity for run in runs]
    found += [identity for part in installed.values() for identity in part.identities]
    found += [reader.identity for reader in secret_readers]
    return tuple(found)
