"""Objects that are right, for tests to spoil."""

from __future__ import annotations

from typing import Any

from mlopsgen.artifact import Artifact

KUBERNETES = "1.33"
ORIGIN = ("namespaces", "mlops")


def an_artifact(*documents: dict[str, Any], path: str = "apps/network/some.yaml") -> Artifact:
    """Return a file of *documents*."""
    return Artifact(path=path, body=documents, emitter="test", origin=(ORIGIN,))


def metadata(name: str, **changes: Any) -> dict[str, Any]:
    labels = {"app.kubernetes.io/managed-by": "mlopsgen"}
    return {"name": name, "namespace": "mlops", "labels": labels, **changes}


def a_policy(name: str = "api", /, **spec: Any) -> dict[str, Any]:
    """Return a NetworkPolicy that lets nobody in, with *spec* in place of its own."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(name),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], **spec},
    }


def a_pool(**template: Any) -> dict[str, Any]:
    """Return a NodePool, with *template* in place of its own fields of a node."""
    node = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
        "requirements": [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}],
        "expireAfter": "720h",
    }
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "gpu", "labels": {"app.kubernetes.io/managed-by": "mlopsgen"}},
        "spec": {
            "template": {
                "metadata": {"labels": {"mlopsgen/pool": "gpu"}},
                "spec": {**node, **template},
            },
            "disruption": {
                "consolidationPolicy": "WhenEmpty",
                "consolidateAfter": "5m",
                "budgets": [{"nodes": "10%"}],
            },
        },
    }
