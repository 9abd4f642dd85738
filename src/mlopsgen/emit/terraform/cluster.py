"""The EKS cluster: its endpoint, its add-ons and the nodes that are there before Karpenter is."""

from __future__ import annotations

import json
from typing import Any

from mlopsgen import units
from mlopsgen.emit.terraform.roles import storage_role
from mlopsgen.plan import Plan, Pool
from mlopsgen.plan.network import FROM_CONTROL_PLANE
from mlopsgen.spec import Addon, ManagedPool

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_CAPACITY = {"on-demand": "ON_DEMAND", "spot": "SPOT"}
_EFFECTS = {
    "NoExecute": "NO_EXECUTE",
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
}
"""EKS spells the effects of taints in its own way."""


def cluster(plan: Plan) -> dict[str, Any]:
    """Return the variables of the cluster, as terraform-aws-modules/eks 20.x names them."""
    spec = plan.platform.cluster
    cidrs = [*spec.endpoint.public_cidrs]
    return {
        "cluster_name": plan.scope.cluster,
        "cluster_version": spec.version,
        "cluster_service_ipv4_cidr": plan.network.services,
        "cluster_endpoint_public_access": bool(cidrs),
        "cluster_endpoint_public_access_cidrs": cidrs,
        "cluster_enabled_log_types": [*spec.logs],
        "access_entries": {arn: _admin(arn) for arn in spec.admins},
        "cluster_addons": _addons(plan),
        "node_security_group_additional_rules": _rules(plan),
        "eks_managed_node_groups": {
            name: _node_group(pool, pool.spec)
            for name, pool in sorted(plan.pools.items())
            if isinstance(pool.spec, ManagedPool)
        },
    }


def _admin(arn: str) -> dict[str, Any]:
    scope = {"type": "cluster"}
    policies = {"admin": {"policy_arn": ADMIN_POLICY, "access_scope": scope}}
    return {"principal_arn": arn, "policy_associations": policies}


def _addons(plan: Plan) -> dict[str, Any]:
    newest = {"most_recent": True}
    addons: dict[str, Any] = {
        "aws-ebs-csi-driver": {
            **newest,
            "service_account_role_arn": storage_role(plan).role_arn,
        },
        "coredns": newest,
        "kube-proxy": newest,
        # Autoscaling by CPU asks it; EKS doesn't bring it by itself.
        "metrics-server": newest,
    }
    if "karpenter" in plan.parts:
        addons["eks-pod-identity-agent"] = {**newest, "before_compute": True}
    cni = plan.parts["vpc-cni"].spec
    version = cni.version if isinstance(cni, Addon) else None
    addons["vpc-cni"] = {
        **({"addon_version": f"v{version.removeprefix('v')}"} if version else newest),
        "before_compute": True,
        "configuration_values": _embedded({"enableNetworkPolicy": "true"}),
    }
    return addons


METRICS_SERVER = 10251
"""Where the add-on listens; terraform-aws-eks opens it from 21.7.0 on (node_groups.tf)."""


def _rules(plan: Plan) -> dict[str, Any]:
    """Return the rules for what the module leaves closed.

    These are the other ports that the API server calls, of webhooks and of its own metrics, and
    the ports of UDP by which components talk from node to node.
    """
    facts = [part.facts for part in plan.parts.values()]
    called = {hook.port for each in facts for hook in each.webhooks} | {METRICS_SERVER}
    told = {
        one.port
        for each in facts
        if each.flows is not None
        for one in each.flows.inside
        if one.protocol == "UDP"
    }
    return {
        f"ingress_cluster_{port}": _rule("Cluster API", port, "tcp", cluster=True)
        for port in sorted(called - FROM_CONTROL_PLANE)
    } | {f"ingress_self_{port}_udp": _rule("Node", port, "udp") for port in sorted(told)}


def _rule(caller: str, port: int, protocol: str, *, cluster: bool = False) -> dict[str, Any]:
    return {
        "description": f"{caller} to node {port}/{protocol}",
        "protocol": protocol,
        "from_port": port,
        "to_port": port,
        "type": "ingress",
        ("source_cluster_security_group" if cluster else "self"): True,
    }


def _embedded(value: dict[str, Any]) -> str:
    """Return *value* as JSON in a string: a tfvars file has no functions that could encode it."""
    return json.dumps(value, separators=(",", ":"))


def _node_group(pool: Pool, spec: ManagedPool) -> dict[str, Any]:
    system = "NVIDIA" if pool.gpu else "STANDARD"
    return {
        "ami_type": f"AL2023_x86_64_{system}",
        "instance_types": [*spec.instance_types],
        "capacity_type": _CAPACITY[spec.capacity],
        "min_size": spec.min,
        "max_size": spec.max,
        "desired_size": spec.min,
        "labels": {**pool.labels},
        "taints": {
            f"{taint.key}:{taint.effect}": {
                "key": taint.key,
                "value": taint.value,
                "effect": _EFFECTS[taint.effect],
            }
            for taint in pool.taints
        },
        "block_device_mappings": {
            "root": {
                "device_name": "/dev/xvda",
                "ebs": {
                    "volume_size": units.gibibytes(spec.disk),
                    "volume_type": "gp3",
                    "encrypted": True,
                    "delete_on_termination": True,
                },
            },
        },
        # With one hop, pods don't get at the credentials of their node.
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
        },
    }
