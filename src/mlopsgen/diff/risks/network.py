"""Doors that are opened: network policies, load balancers and the cluster's own endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diff.risks.pair import Entry, Level, Pair, Risk
from mlopsgen.diff.risks.peers import Flow, flows
from mlopsgen.diff.risks.values import at, mapping, text, texts

_ALB = "alb.ingress.kubernetes.io/"
_SCHEME, _CIDRS, _AUTH = (f"{_ALB}{name}" for name in ("scheme", "inbound-cidrs", "auth-type"))
_PUBLIC = "internet-facing"
_ANYWHERE = "0.0.0.0/0"
_FEW = 3


def network(pair: Pair) -> Iterator[Risk]:
    """Yield what may be reached that could not be reached before."""
    policies = (one for key, one in pair.before.items() if key.kind == "NetworkPolicy")
    known = {flow for policy in policies for flow in flows(policy.body)}
    for entry in pair.of("NetworkPolicy"):
        yield from _policy(entry, known)
    for entry in pair.of("Ingress"):
        yield from _ingress(entry)
    for entry in pair.of("HTTPRoute", "Gateway"):
        if entry.kind == "added":
            reason = "requests from outside of the cluster are let in here"
            yield entry.risk("network-opened", "medium", reason)
    yield from _endpoint(pair)


def _policy(entry: Entry, known: set[Flow]) -> Iterator[Risk]:
    if entry.after is None:
        if not at(entry.old, "spec", "podSelector"):
            reason = "it is for every pod of the namespace: what it refused is let through"
            yield entry.risk("network-opened", "high", reason)
        return
    new = [flow for flow in dict.fromkeys(flows(entry.new)) if flow not in known]
    if not new:
        return
    because = text(entry.new, "metadata", "annotations", "mlopsgen/because")
    words = f" (for {because})" if because else ""
    peers = list(dict.fromkeys(flow.words for flow in new))
    more = f" and {len(peers) - _FEW} more" if len(peers) > _FEW else ""
    level: Level = "medium" if any(flow.open for flow in new) else "low"
    reason = f"lets through {', '.join(peers[:_FEW])}{more}{words}"
    yield entry.risk("network-opened", level, reason)


def _ingress(entry: Entry) -> Iterator[Risk]:
    if entry.after is None:
        return
    old, new = (mapping(body, "metadata", "annotations") for body in (entry.old, entry.new))
    public, was = new.get(_SCHEME) == _PUBLIC, old.get(_SCHEME) == _PUBLIC
    if public and not was:
        reason = f"it faces the internet, for {_cidrs(new)}"
        yield entry.risk("network-opened", "high", reason)
    elif entry.before is None:
        reason = f"requests from outside of the cluster are let in here, for {_cidrs(new)}"
        yield entry.risk("network-opened", "low", reason)
    elif more := sorted(_split(new) - _split(old)):
        reason = f"it is open to {', '.join(more)} too"
        yield entry.risk("network-opened", "high" if public else "medium", reason)
    if entry.before and old.get(_AUTH, "none") != "none" and new.get(_AUTH, "none") == "none":
        reason = f"nobody has to log in any more ({old[_AUTH]} before)"
        yield entry.risk("network-opened", "high", reason)


def _split(annotations: Mapping[str, Any]) -> set[str]:
    found = str(annotations.get(_CIDRS, _ANYWHERE))
    return {each.strip() for each in found.split(",") if each.strip()}


def _cidrs(annotations: Mapping[str, Any]) -> str:
    return ", ".join(sorted(_split(annotations)))


def _endpoint(pair: Pair) -> Iterator[Risk]:
    """Yield who may reach the API server from outside that could not."""
    old, new = pair.variables
    if not old or not new.get("cluster_endpoint_public_access"):
        return
    name = "cluster_endpoint_public_access_cidrs"
    had = set(texts(old, name)) if old.get("cluster_endpoint_public_access") else set()
    more = sorted(set(texts(new, name)) - had)
    if more:
        reason = f"its API server can be reached from {', '.join(more)} too"
        subject = str(new.get("cluster_name"))
        yield pair.terraform(f"cluster {subject}", "network-opened", "high", reason)
