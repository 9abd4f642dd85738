"""Terraform: the variables of everything below Kubernetes, as terraform/platform.tfvars.json.

Where a value goes into a module unchanged, it has the name and the form that the module gives it:
terraform-aws-modules eks 20.x, its submodule karpenter, and iam 5.x. A variable whose feature the
platform doesn't have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlopsgen import names, units
from mlopsgen.artifact import Artifact
from mlopsgen.emit.terraform.cluster import ADMIN_POLICY, cluster
from mlopsgen.emit.terraform.queues import queues
from mlopsgen.emit.terraform.releases import releases
from mlopsgen.emit.terraform.roles import roles
from mlopsgen.plan import Plan
from mlopsgen.plan.fleet import ARGOCD
from mlopsgen.shapes import Shapes

_ORIGIN = (("aws",), ("cluster",), ("storage",), ("components",), ("nodePools",))


def emit(plan: Plan, _shapes: Shapes) -> Iterator[Artifact]:
    """Yield the variables of the environment."""
    body = {
        **_account(plan),
        **_network(plan),
        **cluster(plan),
        **_storage(plan),
        **queues(plan),
        "irsa_roles": roles(plan),
        **_karpenter(plan),
        "helm_releases": releases(plan),
        **_bootstrap(plan),
    }
    path = "terraform/platform.tfvars.json"
    yield Artifact(path=path, body=body, emitter=__name__, origin=_ORIGIN)


def _account(plan: Plan) -> dict[str, Any]:
    return {
        "platform": plan.platform.name,
        "environment": plan.environment,
        "region": plan.platform.aws.region,
        "account_id": plan.platform.aws.account_id,
        "tags": {
            "managed-by": "terraform",
            "platform": plan.platform.name,
            "environment": plan.environment,
        },
    }


def _network(plan: Plan) -> dict[str, Any]:
    """Return the VPC, called like the cluster: the load balancer controller looks for that name."""
    network, aws = plan.network, plan.platform.aws
    return {
        "vpc_name": plan.scope.cluster,
        "vpc_cidr": network.vpc,
        "zones": aws.zones,
        "subnets": {
            "private": [*network.private],
            "public": [*network.public],
            "database": [*network.database],
            "control_plane": [*network.control_plane],
        },
        "single_nat_gateway": aws.nat_gateways == "single",
        "private_zone": plan.scope.zone(),
    }


def _storage(plan: Plan) -> dict[str, Any]:
    storage = plan.platform.storage
    if storage is None or plan.bucket is None:
        return {}
    artifacts = {
        "bucket": plan.bucket,
        "kms_alias": plan.scope.key_alias(),
        # Of old versions only: what is served may be older than that.
        "noncurrent_version_days": storage.artifacts.noncurrent_days,
    }
    if "mlflow" not in plan.parts:
        return {"artifacts": artifacts}
    database = storage.database
    return {
        "artifacts": artifacts,
        "database": {
            "identifier": f"{plan.scope.cluster}-mlflow",
            "name": names.DATABASE,
            "host": plan.scope.database_host(),
            "secret_name": plan.scope.database_secret(),
            "instance_class": database.instance_class,
            "multi_az": database.multi_az,
            "allocated_storage": units.gibibytes(database.storage),
            "backup_retention_period": database.backup_days,
            "deletion_protection": database.deletion_protection,
        },
    }


def _karpenter(plan: Plan) -> dict[str, Any]:
    """Return what Karpenter needs from AWS: the tag is how it finds subnets and security groups."""
    part = plan.parts.get("karpenter")
    if part is None:
        return {}
    return {
        "karpenter": {
            "namespace": part.namespace,
            "service_account": part.facts.workloads["controller"].service_account,
            "node_iam_role_name": plan.scope.node_role(),
            "queue_name": plan.scope.interruption_queue(),
            "discovery_tags": {"karpenter.sh/discovery": plan.scope.cluster},
            "iam_policy_statements": _UNGRANTED,
        },
    }


_UNGRANTED = [
    {
        "sid": "AllowUnscopedInstanceProfileListAction",
        "actions": ["iam:ListInstanceProfiles"],
        "resources": ["*"],
    }
]
"""What Karpenter asks for since 1.7 (karpenter-provider-aws v1.8.0, upgrade-guide.md) and the
module's own policy lacks (terraform-aws-eks v20.37.2, modules/karpenter/policy.tf): it lists the
instance profiles that it made, to delete those of node classes that are gone."""


def _bootstrap(plan: Plan) -> dict[str, Any]:
    """Return what hands the cluster over to Argo CD: a file, seen from this one, or a role.

    The role is for that of a hub. It administers the cluster: it installs kinds and ClusterRoles,
    and whoever grants a right to others has to have it.
    """
    keeper = plan.keeper
    if keeper is None or plan.platform.gitops is None:
        return {}
    if not keeper.away:
        return {"bootstrap_manifest": "../argocd/bootstrap/root.yaml"}
    return {
        "argocd_access": {
            "role_name": plan.scope.role(ARGOCD),
            "trusted_role_arns": [*keeper.callers],
            "policy_arn": ADMIN_POLICY,
            # Inside, the API is reached through networks that are joined.
            "cidr_blocks": [] if plan.platform.cluster.endpoint.public_cidrs else [keeper.vpc],
        }
    }
