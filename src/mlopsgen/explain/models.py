"""What a model becomes: its objects, what its pods may do, and the nodes they may land on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mlopsgen import units
from mlopsgen.artifact import Artifact
from mlopsgen.diagnostics import SpecPath
from mlopsgen.explain.project import Project
from mlopsgen.facts import prices
from mlopsgen.facts.hardware import Instance
from mlopsgen.plan import Identity, Plan, Pool, Served
from mlopsgen.prove.gpu_cases import holds, seated
from mlopsgen.prove.gpu_fit import arithmetic
from mlopsgen.prove.schedule_seats import replicas_on


@dataclass(frozen=True, slots=True)
class Made:
    """A file that an entry of platform.yaml becomes, or has a part in, and the objects in it."""

    path: str
    objects: tuple[str, ...]
    shared: bool
    """Whether it is made from other entries too."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instance type that a pod may land on."""

    pool: str
    type: str
    cpu: str
    memory: str
    gpus: str
    holds: bool
    arithmetic: str
    """How a language model spends the memory of its GPU; empty where that isn't known."""

    usd_per_hour: float | None
    """What it costs on demand, None where no price is known."""

    replicas: int | None
    """How many of them an empty node holds beside DaemonSets, None where that isn't known."""


@dataclass(frozen=True, slots=True)
class Version:
    """A model, or its canary, as it runs."""

    name: str
    source: str
    runtime: str
    image: str
    weight: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """The account of a model's pods, the role it takes, and what that may do."""

    account: str
    role: str
    """Empty where they need nothing from AWS."""

    statements: tuple[str, ...]
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """What an entry becomes in some environments; `versions` and `grant` are a model's."""

    environments: tuple[str, ...]
    files: tuple[Made, ...]
    versions: tuple[Version, ...] = ()
    grant: Grant | None = None


def accounts(project: Project, path: SpecPath) -> list[Account]:
    """Return what the entry at *path* becomes, environments that say the same united."""
    found: dict[Account, list[str]] = {}
    for environment, (draft, _) in project.drafts.items():
        if draft.plan is None or path[1] not in _entries(project, environment, path):
            continue
        account = Account((), tuple(_files(draft.artifacts, _members(draft.plan, path))))
        if path[0] == "models":
            served = [one for one in draft.plan.served if one.model == path[1]]
            versions = tuple(_version(draft.plan, draft.artifacts, one) for one in served)
            account = replace(account, versions=versions, grant=_grant(served))
        found.setdefault(account, []).append(environment)
    return [replace(each, environments=tuple(names)) for each, names in found.items()]


def _entries(project: Project, environment: str, path: SpecPath) -> Mapping[str, object]:
    """Return the entries of the section that *path* is in."""
    found = project.values[environment].get(str(path[0]))
    return found if isinstance(found, Mapping) else {}


def _members(plan: Plan, path: SpecPath) -> tuple[SpecPath, ...]:
    """Return the entry at *path*; of a family, the models that take it."""
    if path[0] != "families":
        return (path,)
    models = plan.platform.models.items()
    return tuple(("models", name) for name, model in models if model.family == path[1])


def _files(artifacts: Iterable[Artifact], entries: tuple[SpecPath, ...]) -> Iterator[Made]:
    """Yield the files that are made from *entries*, or from all entries of their kind."""
    for each in artifacts:
        own = [origin for origin in each.origin if _within(origin, entries)]
        if own:
            objects = tuple(f"{one['kind']} {one['metadata']['name']}" for one in each.objects)
            shared = len(own) < len(each.origin) or any(len(origin) == 1 for origin in own)
            yield Made(each.path, objects, shared)


def _within(origin: SpecPath, entries: tuple[SpecPath, ...]) -> bool:
    length = min(len(origin), 2)
    return any(origin[:length] == entry[:length] for entry in entries)


def _version(plan: Plan, artifacts: Sequence[Artifact], served: Served) -> Version:
    pools = [served.pool] if served.pool else [pool for pool in plan.pools.values() if _open(pool)]
    on_node = replicas_on(plan, artifacts, served.name)
    return Version(
        name=served.name,
        source=served.source,
        runtime=served.spec.runtime,
        image=served.image or "",
        weight=served.weight,
        candidates=tuple(
            found
            for pool in pools
            for found in _candidates(pool, served, plan.platform.aws.region, on_node)
        ),
    )


def _open(pool: Pool) -> bool:
    """Whether pods that name no pool may land there."""
    return all(taint.effect == "PreferNoSchedule" for taint in pool.taints)


def _candidates(
    pool: Pool, served: Served, region: str, on_node: Mapping[tuple[str, str], int]
) -> Iterator[Candidate]:
    """Yield what *pool* may launch, smallest first; the arithmetic is once for each kind of GPU."""
    gpus = served.spec.gpus
    seats = {each.type for _, each in seated(pool.instances, served, gpus)} if gpus else set()
    for each in pool.instances:
        price = prices.on_demand(each.type, region)
        yield Candidate(
            pool=pool.name,
            type=each.type,
            cpu=units.cpu(each.allocatable.cpu_millis),
            memory=f"{each.allocatable.memory_mib}Mi",
            gpus=_gpus(each),
            holds=holds(each, served, gpus),
            arithmetic=arithmetic(served, each) if each.type in seats else "",
            usd_per_hour=price.usd if price else None,
            replicas=on_node.get((pool.name, each.type)),
        )


def _gpus(instance: Instance) -> str:
    return f"{instance.gpu.count} x {instance.gpu.name.upper()}" if instance.gpu else ""


def _grant(served: list[Served]) -> Grant | None:
    if not served:
        return None
    one = served[0]
    keys = one.secret.keys if one.secret else ()
    return Grant(
        account=one.service_account,
        role=one.identity.role_arn if one.identity else "",
        statements=tuple(_statements(one.identity)) if one.identity else (),
        secrets=tuple(f"{key.key} from aws-sm:{key.remote}#{key.property}" for key in keys),
    )


def _statements(identity: Identity) -> Iterator[str]:
    for each in identity.statements:
        prefixes = each.conditions.get("StringLike", {}).get("s3:prefix", ())
        below = f" below {prefixes[0]}" if prefixes else ""
        yield f"{', '.join(each.actions)} on {', '.join(each.resources)}{below}"
    if identity.key_actions:
        yield f"{', '.join(identity.key_actions)} on the key of the artifact bucket, through S3"
