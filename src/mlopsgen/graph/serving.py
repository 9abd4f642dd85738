"""Models: where their files come from, their ways in, and the nodes they ask for."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.diagnostics import SpecPath
from mlopsgen.graph.elements import Edge, Node
from mlopsgen.plan import Plan, Pool, Served
from mlopsgen.plan.model import HUB
from mlopsgen.spec import ManagedPool, WayIn

ALIAS = "models:/"
"""What a source in MLflow's registry starts with."""

_S3 = "s3://"


def serving(plan: Plan) -> Iterator[Node | Edge]:
    """Yield the models of *plan* with what is before and behind them."""
    for one in plan.served:
        model = f"model/{one.name}"
        yield Node(
            id=model,
            kind="model",
            label=f"{one.model} (canary)" if one.canary else one.model,
            note=", ".join(_facts(one)),
            group=one.namespace,
            origin=one.origin,
            names=(one.model, one.name),
        )
        written = one.spec.canary.source if one.canary and one.spec.canary else one.spec.source
        yield from came_from(written, model)
        if one.pool:
            yield pool(one.pool)
            yield Edge(source=model, target=f"pool/{one.pool.name}", because="its pods run there")
        if one.spec.exposure:
            origin = ("models", one.model, "exposure")
            yield from _way_in(one.spec.exposure, model, origin, f"{one.weight} %")
    for name, endpoint in plan.platform.endpoints.items():
        joint = f"endpoint/{name}"
        at: SpecPath = ("endpoints", name)
        yield Node(id=joint, kind="endpoint", label=name, note="endpoint", origin=at, names=(name,))
        for one in plan.served:
            if one.model in endpoint.models:
                yield Edge(source=f"model/{one.name}", target=joint, label=f"{one.weight} %")
        yield from _way_in(endpoint.exposure, joint, (*at, "exposure"), "")


def _facts(one: Served) -> Iterator[str]:
    yield one.spec.runtime
    if one.spec.stopped:
        yield "stopped"
        return
    if one.weight < 100:  # noqa: PLR2004 - percent
        yield f"{one.weight} %"
    low, high = one.spec.scale.min, one.spec.scale.max
    yield _between(low, high)
    if one.spec.gpus:
        several = f"{one.spec.gpus} GPU{'s' if one.spec.gpus > 1 else ''}"
        yield f"{several} each" if high > 1 else several


def _between(low: int, high: int) -> str:
    if low < high:
        return f"{low} to {high} replicas"
    return f"{high} replica{'s' if high > 1 else ''}"


def came_from(written: str, target: str) -> Iterator[Node | Edge]:
    """Yield the source *written* in platform.yaml, and the registry or bucket that has it."""
    source = f"source/{written}"
    kind, home = _home(written)
    yield Node(id=f"registry/{home}", kind="registry", label=home, note=kind, names=(home,))
    yield Node(id=source, kind="source", label=written, note="source", names=(written,))
    yield Edge(source=f"registry/{home}", target=source)
    yield Edge(source=source, target=target, because="the files that it serves")


def _home(written: str) -> tuple[str, str]:
    """Return what keeps the files of *written*: the kind of thing, and its name."""
    if written.startswith(ALIAS):
        return "registry", "MLflow"
    if written.startswith(HUB):
        return "registry", "Hugging Face Hub"
    if written.startswith(_S3):
        return "S3 bucket", written.removeprefix(_S3).partition("/")[0]
    return "storage", written.partition("/")[0].removesuffix(":")


def _way_in(way: WayIn, source: str, origin: SpecPath, label: str) -> Iterator[Node | Edge]:
    by = f"gateway {way.gateway}" if way.gateway else f"{way.alb} load balancer"
    door = f"entrance/{way.host}"
    names = (way.host, *((way.gateway,) if way.gateway else ()))
    yield Node(id=door, kind="entrance", label=way.host, note=by, origin=origin, names=names)
    yield Edge(source=source, target=door, label=label, because="answers requests from there")


def pool(found: Pool) -> Node:
    """Return the node of a node pool."""
    spec = found.spec
    by = f"{spec.min} to {spec.max} nodes" if isinstance(spec, ManagedPool) else "Karpenter"
    return Node(
        id=f"pool/{found.name}",
        kind="pool",
        label=found.name,
        note=f"node pool, {by}, {spec.capacity}",
        origin=found.origin,
        names=(found.name,),
    )
