"""Agreement: what Terraform, charts and objects each say of one thing is the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.names import POOL_LABEL
from mlopsgen.prove import agreement_models, agreement_objects, agreement_runs
from mlopsgen.prove.agreement_charts import ELSEWHERE, spreads, told
from mlopsgen.prove.agreement_doors import doors
from mlopsgen.prove.emitted import OUR_FAULT, TFVARS, Emitted, at, reached, values_of_users, written
from mlopsgen.spec import ManagedPool

Rows = Mapping[str, tuple[Any, str]]
"""By the path of a variable: what stands there, and why."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a file says, and what it has to be."""

    subject: str
    at: SpecPath
    found: Any
    wanted: Any
    because: str = ELSEWHERE


@rule("RESOLVE005")
def files_agree(emitted: Emitted) -> Iterator[Finding]:
    """What several files say of one thing is the same.

    Terraform makes the cluster, the bucket and the database; charts and objects find them by
    name. A name that differs is no error to either: the apply succeeds, and what looks for the
    other name finds nothing.
    """
    said = (*_terraform(emitted), *_charts(emitted), *_objects(emitted))
    for each in said if emitted.terraform else ():
        if each.found != each.wanted:
            told = f"{each.subject} is {_shown(each.found)}; it has to be {_shown(each.wanted)}"
            yield Finding(at=each.at, message=f"{told}: {each.because}", fix=OUR_FAULT)


def _shown(value: object) -> str:
    return "nothing" if value is None else f"`{value}`"


def _terraform(emitted: Emitted) -> Iterator[Said]:
    for path, (wanted, because) in {
        **_ground(emitted),
        **_entered(emitted),
        **_stored(emitted),
    }.items():
        subject = f"`{TFVARS}`: `{path}`"
        yield Said(subject, ("aws",), at(emitted.terraform, path), wanted, because)
    for name, group in emitted.terraform.get("eks_managed_node_groups", {}).items():
        subject = f"`{TFVARS}`: the label `{POOL_LABEL}` of the nodes `{name}`"
        label = group["labels"].get(POOL_LABEL)
        yield Said(subject, ("nodePools", name), label, name, "pods ask for the pool by it")
        pool = emitted.plan.pools.get(name)
        if pool and isinstance(pool.spec, ManagedPool):
            subject = f"`{TFVARS}`: the machines of `{name}`"
            made = [*group["instance_types"]], group["capacity_type"]
            asked = [*pool.spec.instance_types], pool.spec.capacity.upper().replace("-", "_")
            yield Said(subject, ("nodePools", name), made, asked, "pods were fitted to others")
    for name, each in emitted.terraform.get("node_security_group_additional_rules", {}).items():
        subject = f"`{TFVARS}`: the ports of `{name}`"
        ports = tuple(_opened(each, each[end]) for end in ("from_port", "to_port"))
        yield Said(subject, ("cluster",), ports, (name, name), "that port is called, and no other")


def _opened(rule: Mapping[str, Any], port: int) -> str:
    """Return what a rule of the nodes' security group is called that opens *port* so."""
    inside = f"ingress_self_{port}_{rule['protocol']}"
    return inside if rule.get("self") else f"ingress_cluster_{port}"


def _ground(emitted: Emitted) -> Rows:
    """Return what the account and the network are called and made of."""
    plan, network = emitted.plan, emitted.plan.network
    aws, name = plan.platform.aws, plan.scope.cluster
    named = "the load balancer controller and Karpenter find their cluster by it"
    proved = "network policies and proofs count on these addresses"
    paid = "costs and clean-ups go by these tags"
    return {
        "platform": (plan.platform.name, paid),
        "environment": (plan.environment, paid),
        "tags.platform": (plan.platform.name, paid),
        "tags.environment": (plan.environment, paid),
        "region": (aws.region, "every address and ARN is of that region"),
        "account_id": (aws.account_id, "every ARN is of that account"),
        "vpc_name": (name, named),
        "cluster_name": (name, named),
        "vpc_cidr": (network.vpc, proved),
        "zones": (aws.zones, proved),
        "cluster_service_ipv4_cidr": (network.services, proved),
        **{
            f"subnets.{kind}": (list(each), proved)
            for kind, each in (
                ("private", network.private),
                ("public", network.public),
                ("database", network.database),
                ("control_plane", network.control_plane),
            )
        },
        "private_zone": (plan.scope.zone(), "the database is found by a name in it"),
        "single_nat_gateway": (aws.nat_gateways == "single", "platform.yaml says so"),
    }


def _entered(emitted: Emitted) -> Rows:
    """Return who gets into the cluster, and from where."""
    plan, cluster = emitted.plan, emitted.plan.platform.cluster
    taken = "the Argo CD of the hub takes that role"
    opened = "platform.yaml says from where the API server may be reached"
    cidrs = list(cluster.endpoint.public_cidrs)
    entries: Mapping[str, Any] = emitted.terraform.get("access_entries", {})
    keeper = plan.keeper if plan.platform.gitops else None
    away = keeper if keeper and keeper.away else None
    return {
        "cluster_version": (cluster.version, "objects are proved for that Kubernetes"),
        "cluster_endpoint_public_access": (bool(cidrs), opened),
        "cluster_endpoint_public_access_cidrs": (cidrs, opened),
        "cluster_enabled_log_types": (list(cluster.logs), "others are lost"),
        "access_entries": (
            {arn: {**entries.get(arn, {}), "principal_arn": arn} for arn in cluster.admins},
            "platform.yaml says who administers the cluster",
        ),
        "bootstrap_manifest": (
            "../argocd/bootstrap/root.yaml" if keeper and not away else None,
            "by it the cluster is handed over to Argo CD",
        ),
        "argocd_access.role_name": (f"{plan.scope.cluster}-argocd" if away else None, taken),
        "argocd_access.trusted_role_arns": (list(away.callers) if away else None, taken),
        "argocd_access.cidr_blocks": (
            ([] if cidrs else [away.vpc]) if away else None,
            "the hub calls the API from there, where it answers inside only",
        ),
    }


def _stored(emitted: Emitted) -> Rows:
    """Return what the bucket and the database are called."""
    plan = emitted.plan
    storage = plan.platform.storage
    if storage is None or plan.bucket is None:
        return {}
    kept = "grants and charts name it so"
    encrypted = "grants are for the key of that alias"
    found: dict[str, tuple[Any, str]] = {
        "artifacts.bucket": (plan.bucket, kept),
        "artifacts.kms_alias": (plan.scope.key_alias(), encrypted),
    }
    if "mlflow" in plan.parts:
        said = "platform.yaml says so"
        found |= {
            "database.identifier": (f"{plan.scope.cluster}-mlflow", kept),
            "database.host": (plan.scope.database_host(), "MLflow connects to it"),
            "database.secret_name": (plan.scope.database_secret(), "MLflow's password is there"),
            "database.instance_class": (storage.database.instance_class, said),
            "database.multi_az": (storage.database.multi_az, said),
            "database.deletion_protection": (storage.database.deletion_protection, said),
        }
    return found


def _charts(emitted: Emitted) -> Iterator[Said]:
    for component, rows in told(emitted):
        for path, (wanted, because) in rows.items():
            artifact, part = emitted.values.get(component), emitted.plan.parts.get(component)
            if artifact and part and not written(values_of_users(part), path):
                subject = f"`{artifact.path}`: `{'.'.join(path)}`"
                yield Said(subject, part.origin, reached(artifact.body, path), wanted, because)
    for component, labels, wanted in spreads(emitted):
        part = emitted.plan.parts[component]
        subject = f"`{emitted.values[component].path}`: the labels to spread pods by"
        alone = "pods with other labels aren't counted, and all may be in one zone"
        yield Said(subject, part.origin, labels, wanted, alone)


def _objects(emitted: Emitted) -> Iterator[Said]:
    """Yield what objects say of the region, of tags, of owners and of load balancers."""
    terraform = emitted.terraform
    for found in emitted.objects.of("SecretStore"):
        region = at(found.spec, "provider.aws.region")
        yield Said(f"{found.subject}: its region", found.origin, region, at(terraform, "region"))
    tags = at(terraform, "karpenter.discovery_tags")
    for found in emitted.objects.of("EC2NodeClass"):
        for key in ("subnetSelectorTerms", "securityGroupSelectorTerms"):
            for term in found.spec.get(key, ()):
                said = f"{found.subject}: `{key}`"
                yield Said(said, found.origin, term.get("tags"), tags, "its nodes find no network")
        billed = {key: at(terraform, key) for key in ("platform", "environment")}
        marked = {key: at(found.spec, f"tags.{key}") for key in billed}
        yield Said(
            f"{found.subject}: `tags`",
            found.origin,
            marked,
            billed,
            "nobody could tell whose its machines are",
        )
    for found, annotation, is_, wanted in doors(emitted):
        yield Said(
            f"{found.subject}: `{annotation}`",
            found.origin,
            is_,
            wanted,
            "the load balancer would be another, or send requests elsewhere",
        )
    told_by = (agreement_objects, agreement_models, agreement_runs)
    rows = (row for each in told_by for row in each.told(emitted))
    for found, what, is_, wanted, because in rows:
        if is_ != wanted:
            yield Said(f"{found.subject}: {what}", found.origin, is_, wanted, because)
