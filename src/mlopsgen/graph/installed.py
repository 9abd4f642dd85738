"""Components: who installs them, where they are, and the nodes that are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlopsgen.graph.elements import Edge, Node
from mlopsgen.graph.serving import pool
from mlopsgen.plan import Part, Plan
from mlopsgen.spec import ManagedPool

_OWNERS: Mapping[str, str] = {"terraform": "Terraform", "argocd": "Argo CD"}
_KARPENTER = "karpenter"


def installed(plan: Plan) -> Iterator[Node | Edge]:
    """Yield the components of *plan*, their namespaces, and the node pools."""
    for part in plan.parts.values():
        component = f"component/{part.name}"
        yield _owner(part.owner)
        yield Node(
            id=component,
            kind="component",
            label=part.name,
            note=", ".join(filter(None, (_KINDS[part.facts.kind], _version(part)))),
            group=part.namespace,
            origin=part.origin,
            names=(part.name,),
        )
        yield Edge(source=f"owner/{part.owner}", target=component, because="installs it")
        if part.namespace:
            yield _namespace(plan, part.namespace)
            target = f"namespace/{part.namespace}"
            yield Edge(source=component, target=target, because="runs there")
    for each in plan.entrances:
        door, host = f"entrance/{each.balancer.host}", each.balancer.host
        by = f"{each.balancer.alb} load balancer"
        yield Node(id=door, kind="entrance", label=host, note=by, origin=each.origin, names=(host,))
        source = f"component/{each.component}"
        yield Edge(source=source, target=door, because="answers requests from there")
    for name in plan.namespaces:
        yield _namespace(plan, name)
    for found in plan.pools.values():
        managed = isinstance(found.spec, ManagedPool) or _KARPENTER not in plan.parts
        if managed:
            yield _owner("terraform")
        maker = "owner/terraform" if managed else f"component/{_KARPENTER}"
        yield pool(found)
        yield Edge(source=maker, target=f"pool/{found.name}", because="makes its nodes")


_KINDS = {
    "chart": "chart",
    "manifests": "manifests",
    "image": "image",
    "eks-addon": "add-on of EKS",
}


def _owner(name: str) -> Node:
    return Node(
        id=f"owner/{name}", kind="owner", label=_OWNERS[name], note="installs", names=(name,)
    )


def _version(part: Part) -> str:
    """Return the version that is installed; EKS picks that of an add-on for the cluster's."""
    if part.facts.chart:
        return part.facts.chart.version
    return part.facts.app.version if part.facts.app else ""


def _namespace(plan: Plan, name: str) -> Node:
    found = plan.namespaces.get(name)
    level = f", Pod Security {found.pod_security}" if found else ", shared with EKS"
    return Node(
        id=f"namespace/{name}",
        kind="namespace",
        label=name,
        note=f"namespace{level}",
        origin=found.origin if found else (),
        names=(name,),
    )
