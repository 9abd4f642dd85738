"""What charts have to be told of what others make, as those others say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.prove.emitted import Emitted, at

ELSEWHERE = "what reads it looks for something that isn't there"

Rows = Mapping[tuple[str, ...], tuple[Any, str]]
"""By the path of a value: what stands there, and why."""


def told(emitted: Emitted) -> Iterator[tuple[str, Rows]]:
    """Yield the values of each component that somebody else has a say in."""
    yield from _values(emitted).items()
    yield from wished(emitted)


def wished(emitted: Emitted) -> Iterator[tuple[str, Rows]]:
    """Yield those of them that users may have a reason to write otherwise."""
    yield "mlflow", _kept(emitted)
    yield from _visited(emitted).items()
    yield from _watched(emitted)
    marked = ("prometheus", "prometheusSpec", "externalLabels", "cluster")
    why = "whoever is told of an alert would look for it in another cluster"
    yield "prometheus", {marked: (at(emitted.terraform, "cluster_name"), why)}
    yield "external-dns", {("domainFilters",): (_named(emitted), "no record is made of the others")}


def _named(emitted: Emitted) -> list[str]:
    """Return the domains that ExternalDNS keeps to, and hosts of Ingresses outside of them."""
    kept = list(emitted.value("external-dns", "domainFilters") or ())
    rules = [rule for each in emitted.objects.of("Ingress") for rule in each.spec.get("rules", ())]
    hosts = sorted({rule.get("host", "") for rule in rules} - {""})
    return kept + [
        host for host in hosts if kept and not any(f".{host}".endswith(f".{one}") for one in kept)
    ]


def _values(emitted: Emitted) -> Mapping[str, Rows]:
    """Return what charts have to be told of what Terraform makes, by component and path."""
    plan, terraform = emitted.plan, emitted.terraform
    cluster, region = at(terraform, "cluster_name"), at(terraform, "region")
    wrong = "its calls to AWS would go to another region"
    steps = {each.namespace for each in emitted.objects.of("WorkflowTemplate")}
    spaces = {name: part.namespace for name, part in plan.parts.items()}
    return {
        "aws-load-balancer-controller": {
            ("clusterName",): (cluster, "it makes load balancers for that cluster alone"),
            ("region",): (region, wrong),
            ("vpcTags", "Name"): (at(terraform, "vpc_name"), "it finds its VPC by that tag"),
        },
        "argo-workflows": {
            ("controller", "workflowNamespaces"): (sorted(steps), "it watches no other namespace"),
        },
        "cert-manager": {
            ("global", "leaderElection", "namespace"): (
                spaces.get("cert-manager"),
                "its Role for the lease is there alone, and without the lease it does nothing",
            ),
        },
        "external-dns": {
            ("txtOwnerId",): (cluster, "records of another owner are left alone"),
            ("extraArgs",): (_zones(emitted), "its role is for these zones alone"),
        },
        "karpenter": {
            ("settings", "clusterName"): (cluster, "its nodes would join no cluster"),
            ("controller", "env"): ([{"name": "AWS_REGION", "value": region}], wrong),
        },
        "kserve": {("kserve", "storage", "s3", "region"): (region, wrong)},
        "mlflow": {
            ("artifactRoot", "s3", "bucket"): (at(terraform, "artifacts.bucket"), ELSEWHERE),
            ("serviceMonitor", "namespace"): (spaces.get("mlflow"), "its monitor selects there"),
        },
    }


def _kept(emitted: Emitted) -> Rows:
    """Return where MLflow keeps what it knows: network policies let it get nowhere else."""
    return {
        ("backendStore", "postgres", key): (at(emitted.terraform, f"database.{name}"), ELSEWHERE)
        for key, name in (("host", "host"), ("database", "name"))
    }


def _zones(emitted: Emitted) -> list[str]:
    """Return what holds ExternalDNS to the zones that platform.yaml gives it."""
    spec = emitted.plan.platform.components.external_dns
    zones = dict.fromkeys(spec.zones) if spec else ()
    return ["--aws-zone-match-parent", *(f"--zone-id-filter={zone}" for zone in zones)]


def _visited(emitted: Emitted) -> Mapping[str, Rows]:
    """Return what user interfaces have to be told of the way in to them."""
    plan = emitted.plan
    origins = {
        each.component: f"{'https' if each.balancer.certificate else 'http'}://{each.balancer.host}"
        for each in plan.entrances
    }
    doors = {each.component: each.balancer.host for each in plan.entrances}
    return {
        "argocd": {
            ("configs", "params", "server.insecure"): (
                "argocd" in doors,
                "behind a load balancer it would redirect plain HTTP, without one show passwords",
            ),
            ("global", "domain"): (doors.get("argocd"), "it sends browsers to that host"),
        },
        "mlflow": {
            ("extraEnvVars", "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"): (
                origins.get("mlflow"),
                "browsers are refused under any other address",
            ),
        },
    }


_SCRAPED = {
    "argo-events": ("controller.metrics",),
    "argocd": ("controller.metrics", "repoServer.metrics", "server.metrics"),
    "cert-manager": ("prometheus",),
    "keda": ("prometheus.metricServer", "prometheus.operator"),
}
"""Where charts are told to open their metrics, and nothing else of them says so."""

_MONITORED = {
    "argo-events": ("controller.metrics.serviceMonitor",),
    "argo-workflows": ("controller.serviceMonitor",),
    "argocd": tuple(f"{each}.serviceMonitor" for each in _SCRAPED["argocd"]),
    "cert-manager": ("prometheus.servicemonitor",),
    "keda": tuple(f"{each}.serviceMonitor" for each in _SCRAPED["keda"]),
    "kyverno": ("admissionController.serviceMonitor",),
    **dict.fromkeys(
        (
            "aws-load-balancer-controller",
            "dcgm-exporter",
            "external-dns",
            "external-secrets",
            "grafana",
            "karpenter",
            "mlflow",
        ),
        ("serviceMonitor",),
    ),
}
"""Where charts are told to bring a monitor of their own."""


def _watched(emitted: Emitted) -> Iterator[tuple[str, Rows]]:
    """Yield what charts are told of Prometheus; those of Terraform come before its kinds do."""
    parts = emitted.plan.parts
    scraped = "prometheus" in parts
    for component, part in parts.items():
        own = scraped and part.owner == "argocd"
        yield (
            component,
            {
                (*path.split("."), "enabled"): (scraped, "what scrapes it would find nothing")
                for path in _SCRAPED.get(component, ())
            }
            | {
                (*path.split("."), "enabled"): (own, "it would be counted twice, or not at all")
                for path in _MONITORED.get(component, ())
            },
        )


def spreads(emitted: Emitted) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Yield the components that spread pods, the labels they spread by, and those of pods."""
    for component, artifact in emitted.values.items():
        part = emitted.plan.parts.get(component)
        known = [dict(each.labels) for each in part.facts.workloads.values()] if part else []
        theirs = list(_spread_by(getattr(part.spec, "values", None))) if part else []
        for labels in _spread_by(artifact.body):
            if known and labels not in known and labels not in theirs:
                nearest = max(known, key=lambda each: len(each.items() & labels.items()))
                yield component, labels, nearest


def _spread_by(node: object) -> Iterator[dict[str, str]]:
    """Yield the labels of every constraint of spread and of affinity in the values *node*."""
    if isinstance(node, Mapping):
        if "topologyKey" in node:
            yield dict((node.get("labelSelector") or {}).get("matchLabels") or {})
        for inner in node.values():
            yield from _spread_by(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _spread_by(inner)
