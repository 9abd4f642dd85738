"""Nodes and identities: pods get no credentials of their node, and Karpenter's own are right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.prove.emitted import OUR_FAULT, TFVARS, Emitted

_KARPENTER: SpecPath = ("components", "karpenter")


@rule("IDENT006")
def nodes_keep_their_credentials(emitted: Emitted) -> Iterator[Finding]:
    """Pods don't reach the credentials of their node.

    A node's role may pull every image and join the cluster. The node's metadata service hands its
    credentials to whoever asks: only a token, and an answer that goes no further than one hop,
    keep pods from it.
    """
    for name, group in emitted.terraform.get("eks_managed_node_groups", {}).items():
        options = group.get("metadata_options", {})
        told = _open(options.get("http_tokens"), options.get("http_put_response_hop_limit"))
        if told:
            yield _reached(("nodePools", name), f"`{TFVARS}`: the node group `{name}` {told}")
    for found in emitted.objects.of("EC2NodeClass"):
        row = found.spec.get("metadataOptions", {})
        told = _open(row.get("httpTokens"), row.get("httpPutResponseHopLimit"))
        if told:
            yield _reached(found.origin, f"{found.subject} {told}")


def _open(tokens: object, hops: object) -> str:
    """Return how pods get at the credentials, empty when they don't."""
    if tokens != "required":
        return "answers requests for its credentials without a token"
    return "" if hops == 1 else f"sends its credentials {hops or 2} hops far; a pod is two away"


def _reached(at: SpecPath, message: str) -> Finding:
    theirs = "values" in at
    return Finding(at=at, message=message, fix=f"take `{at[-1]}` away" if theirs else OUR_FAULT)


def karpenter(emitted: Emitted) -> Iterator[Finding]:
    """Yield where Karpenter's service account and the role of its nodes are not Terraform's."""
    given: Mapping[str, Any] = emitted.terraform.get("karpenter", {})
    part = emitted.plan.parts.get("karpenter")
    if part is not None and given:
        name = emitted.text("karpenter", "serviceAccount.name")
        name = name or part.facts.workloads["controller"].service_account
        runs, trusted = (part.namespace, name), (given["namespace"], given["service_account"])
        if runs != trusted:
            told = f"runs as `{'/'.join(runs)}`; its role trusts `{'/'.join(trusted)}`"
            at = emitted.place("karpenter", "serviceAccount.name")
            yield _reached(at, f"`helm/karpenter.yaml`: Karpenter {told}")
        queue = emitted.value("karpenter", "settings.interruptionQueue")
        if queue != given["queue_name"]:
            told = f"listens to the queue `{queue}`; Terraform makes `{given['queue_name']}`"
            at = emitted.place("karpenter", "settings.interruptionQueue")
            yield _reached(at, f"`helm/karpenter.yaml`: Karpenter {told}")
    for found in emitted.objects.of("EC2NodeClass"):
        if found.spec.get("role") != given.get("node_iam_role_name"):
            told = f"gives its nodes the role `{found.spec.get('role')}`; Terraform makes"
            yield _reached(
                found.origin, f"{found.subject} {told} `{given.get('node_iam_role_name')}`"
            )


CHECKS = (nodes_keep_their_credentials,)
