"""Applications: the folders under apps/ and the order Argo CD applies them in."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen import names
from mlopsgen.plan import signatures
from mlopsgen.plan.endpoints import joints
from mlopsgen.plan.model import Application, Plan
from mlopsgen.plan.policies import policies

NAMESPACES = "namespaces"
NETWORK = "network"
CLUSTERS = "clusters"
NODE_POOLS = "node-pools"
POLICIES = "policies"
SECRETS = "secrets"
MONITORING = "monitoring"
ENTRANCES = "entrances"
TRIGGERS = "triggers"

_WAVES = {
    NAMESPACES: -10,
    NETWORK: -9,
    # Whatever ails the hub itself, its other clusters go on.
    CLUSTERS: -9,
    # Components that Argo CD owns are installed from -8 to -3 (their facts say when).
    NODE_POOLS: -2,
    # After the CRDs that they speak of, before the first pod that they are for.
    POLICIES: -2,
    SECRETS: -1,
    MONITORING: 0,
    # Before models: one that never gets ready would keep people out of Argo CD.
    ENTRANCES: 1,
    # After the pipelines that they start.
    TRIGGERS: 6,
}
_PIPELINES_WAVE = 5
_MODELS_WAVE = 10


def applications(plan: Plan) -> tuple[Application, ...]:
    """Return the Applications that something is emitted into, first wave first."""
    return tuple(sorted(_applications(plan), key=lambda each: (each.wave, each.name)))


def _applications(plan: Plan) -> Iterator[Application]:
    present = {
        NAMESPACES: bool(plan.namespaces),
        NETWORK: bool(plan.namespaces),
        CLUSTERS: any(each.platform.cluster.address for each in plan.spokes),
        NODE_POOLS: any(pool.spec.kind == "karpenter" for pool in plan.pools.values()),
        POLICIES: bool(policies(plan)) or signatures.asked(plan),
        SECRETS: bool(plan.secrets),
        MONITORING: "prometheus" in plan.parts,
        ENTRANCES: bool(plan.entrances),
        TRIGGERS: bool(plan.listening),
    }
    origins = {NODE_POOLS: ("nodePools",), MONITORING: ("alerts",), ENTRANCES: ("exposure",)}
    origins |= {TRIGGERS: ("pipelines",), CLUSTERS: ("gitops",)}
    for name, wanted in present.items():
        if wanted:
            yield Application(name, _WAVES[name], origins.get(name, (name,)))
    for part in plan.parts.values():
        if part.facts.kind == "manifests" and part.facts.release:
            yield Application(part.name, part.facts.release.wave, part.origin)
    for namespace in sorted({workflow.namespace for workflow in plan.workflows}):
        name = names.pipelines_application(namespace)
        yield Application(name, _PIPELINES_WAVE, ("pipelines",), namespace)
    found = {served.application: served.namespace for served in plan.served}
    found |= {joint.application: joint.namespace for joint in joints(plan)}
    for name, namespace in found.items():
        yield Application(name, _MODELS_WAVE, ("models",), namespace)
