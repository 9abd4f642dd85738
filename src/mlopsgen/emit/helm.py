"""Helm values: one file a chart, ours from a shape with the user's own laid over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlopsgen import names, units
from mlopsgen.artifact import Artifact, Object
from mlopsgen.diagnostics import SpecPath
from mlopsgen.plan import (
    MLFLOW_DATABASE_SECRET,
    Entrance,
    Part,
    Plan,
    fleet,
    signatures,
    teams,
    zones,
)
from mlopsgen.plan.parts import address
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Component, ExternalDns

Values = dict[str, Any]


def emit(plan: Plan, shapes: Shapes) -> Iterator[Artifact]:
    """Yield helm/<component>.yaml for every chart."""
    for name, part in plan.parts.items():
        if isinstance(part.spec, Component):
            values = shapes.one(f"helm/{name}.yaml", **_given(plan, part))
            yield Artifact(
                path=f"helm/{name}.yaml",
                body=_over(values, part.spec.values),
                emitter=__name__,
                origin=_origin(part, part.spec),
            )


def _origin(part: Part, spec: Component) -> tuple[SpecPath, ...]:
    return (part.origin, (*part.origin, "values")) if spec.values else (part.origin,)


def _over(ours: Object, theirs: Object) -> Values:
    """Return *ours* with *theirs* laid over: maps merge, everything else is replaced."""
    merged = dict(ours)
    for key, value in theirs.items():
        match ours.get(key), value:
            case Mapping() as below, Mapping():
                merged[key] = _over(below, value)
            case _:
                merged[key] = value
    return merged


def _given(plan: Plan, part: Part) -> Values:
    """Return what the shape of *part* may name."""
    scraped = "prometheus" in plan.parts
    entrance = _entrance(plan, part.name)
    doubled = plan.platform.aws.outlives_a_zone
    given: Values = {
        "part": part,
        "doubled": doubled,
        "copies": 2 if doubled else 1,
        "spread": _over_zones(part, "ScheduleAnyway"),
        # A disk stays in the zone that its pod was first put into.
        "kept_apart": _over_zones(part, "DoNotSchedule"),
        "cluster": plan.scope.cluster,
        "region": plan.platform.aws.region,
        "bucket": plan.bucket,
        "scraped": scraped,
        # Terraform installs before the kind ServiceMonitor is there, so that for its charts the
        # monitors are objects of ours, which Argo CD applies later.
        "monitored": scraped and part.owner == "argocd",
        "exposed": entrance is not None,
        "host": entrance.balancer.host if entrance else None,
        "role": next((identity.role_arn for identity in part.identities), None),
        "account": next((each.service_account for each in part.facts.workloads.values()), None),
    }
    if own := _OWN.get(part.name):
        given |= own(plan, part)
    return given


def _over_zones(part: Part, unsatisfiable: str) -> Values:
    """Return what spreads the pods of each workload of *part* over zones, by its name."""
    return {
        name.replace("-", "_"): [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": unsatisfiable,
                "labelSelector": {"matchLabels": dict(workload.labels)},
            }
        ]
        for name, workload in part.facts.workloads.items()
    }


def _entrance(plan: Plan, component: str) -> Entrance | None:
    return next((each for each in plan.entrances if each.component == component), None)


def _argo_workflows(plan: Plan, _part: Part) -> Values:
    """Return where there are workflows, and how long outputs of memoized steps can be of use."""
    memos = [
        step.memoize.ttl
        for workflow in plan.workflows
        for step in workflow.spec.steps.values()
        if step.memoize
    ]
    return {
        "namespaces": sorted({workflow.namespace for workflow in plan.workflows}),
        "memoized": units.duration(max(memos)) if memos else "",
    }


def _load_balancers(plan: Plan, part: Part) -> Values:
    return {"issued": part.owner == "argocd" and "cert-manager" in plan.parts}


def _argocd(plan: Plan, part: Part) -> Values:
    policies = teams.policies(plan)
    there = fleet.installed(plan.parts, plan.spokes)
    roles = {each.service_account: each.role_arn for each in part.identities}
    accounts = {key: each.service_account for key, each in part.facts.workloads.items()}
    return {
        **{f"{key}_role": roles.get(accounts[key]) for key in fleet.CALLERS},
        "kserve": "kserve" in there,
        "karpenter": "karpenter" in there,
        "signed": "kyverno" in there,
        "events": "argo-events" in there,
        "policies": policies,
        # Nothing can be taken from who has the default role, and this one reads the logs of all.
        "default_role": "" if policies else "role:readonly",
    }


def _external_dns(plan: Plan, part: Part) -> Values:
    """Return the domains that hold our hosts, and the zones: other records are none of ours."""
    hosts = {entrance.balancer.host for entrance in plan.entrances}
    ways = [one.spec.exposure for one in plan.served]
    # It reads Ingresses only; the record of a gateway is with whoever runs the gateway.
    ways += [endpoint.exposure for endpoint in plan.platform.endpoints.values()]
    hosts |= {way.host for way in ways if way and way.alb}
    own = zones.arguments(part.spec) if isinstance(part.spec, ExternalDns) else []
    return {"domains": sorted({_domain(host) for host in hosts}), "arguments": own}


def _domain(host: str) -> str:
    """Return the domain *host* is in, but none as wide as com."""
    parent = host.partition(".")[2]
    return parent if "." in parent else host


def _gpu_daemon(plan: Plan, _part: Part) -> Values:
    """Return which nodes have GPUs, and every taint that keeps others off them."""
    tolerations = [
        toleration for pool in plan.pools.values() if pool.gpu for toleration in pool.tolerations
    ]
    distinct = {tuple(each.items()): each for each in tolerations}
    return {"gpu_nodes": {names.GPU_LABEL: "true"}, "gpu_tolerations": [*distinct.values()]}


def _grafana(plan: Plan, _part: Part) -> Values:
    return {"prometheus": address(plan.parts["prometheus"], "prometheus")}


def _kserve(plan: Plan, part: Part) -> Values:
    keda = plan.parts.get("keda")
    return {
        "runtimes": part.facts.companion_chart is not None,
        "scaler": f"keda-{keda.facts.app.version}" if keda and keda.facts.app else "",
    }


def _karpenter(plan: Plan, _part: Part) -> Values:
    return {"queue": plan.scope.interruption_queue()}


def _kyverno(plan: Plan, part: Part) -> Values:
    """Return whose pods it is asked about, and how it logs in to registries: with ours in ECR."""
    helpers = ["default", "amazon"] if part.identities else ["default"]
    return {"namespaces": list(signatures.namespaces(plan)), "helpers": helpers}


def _mlflow(plan: Plan, part: Part) -> Values:
    # The chart exposes metrics only with its own ServiceMonitor; the option does the same.
    unmonitored = "prometheus" in plan.parts and part.owner != "argocd"
    [workload] = part.facts.workloads.values()
    return {
        # The chart knows no spread.
        "apart": [
            {
                "weight": 100,
                "podAffinityTerm": {
                    "topologyKey": "topology.kubernetes.io/zone",
                    "labelSelector": {"matchLabels": dict(workload.labels)},
                },
            }
        ],
        "database_host": plan.scope.database_host(),
        "database_name": names.DATABASE,
        "secret": MLFLOW_DATABASE_SECRET,
        "arguments": {"exposePrometheus": "/mlflow/metrics"} if unmonitored else {},
        "environment": _mlflow_environment(plan, part),
    }


def _mlflow_environment(plan: Plan, part: Part) -> Values:
    """Return the hosts and origins that MLflow answers; all others it refuses.

    A pattern is compared with the whole Host header, port included. Setting any replaces the
    defaults (mlflow 3.7.0, mlflow/server/security_utils.py), so the pods' own addresses, which
    Prometheus and load balancers use, stand among them: a VPC of /16 to /20 fixes the first two
    numbers.
    """
    [service] = part.facts.services
    inside = [f"{service}.{part.namespace}{domain}" for domain in ("", ".svc", _LOCAL)]
    first, second, *_ = plan.network.vpc.split(".")
    hosts = [form for host in inside for form in (host, f"{host}:*")]
    hosts += ["localhost:*", f"{first}.{second}.*"]
    environment = {"PGSSLMODE": "require"}
    if entrance := _entrance(plan, part.name):
        hosts.insert(0, entrance.balancer.host)
        scheme = "https" if entrance.balancer.certificate else "http"
        environment["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] = f"{scheme}://{entrance.balancer.host}"
    return {**environment, "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(hosts)}


_LOCAL = ".svc.cluster.local"

_OWN: Mapping[str, Callable[[Plan, Part], Values]] = {
    "argo-workflows": _argo_workflows,
    "argocd": _argocd,
    "aws-load-balancer-controller": _load_balancers,
    "dcgm-exporter": _gpu_daemon,
    "external-dns": _external_dns,
    "grafana": _grafana,
    "karpenter": _karpenter,
    "kserve": _kserve,
    "kyverno": _kyverno,
    "mlflow": _mlflow,
    "nvidia-device-plugin": _gpu_daemon,
}
"""What only one component's shape asks for."""
