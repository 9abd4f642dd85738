"""Doors that are opened: network policies, load balancers and the cluster's own endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlopsgen.diff.documents import Documents
from mlopsgen.diff.fields import canonical
from mlopsgen.diff.risks.pair import Entry, Pair, Risk
from mlopsgen.diff.risks.values import at, mapping, mappings, members, text, texts

_ALB = "alb.ingress.kubernetes.io/"
_SCHEME, _CIDRS, _AUTH = (f"{_ALB}{name}" for name in ("scheme", "inbound-cidrs", "auth-type"))
_PUBLIC = "internet-facing"
_ANYWHERE = "0.0.0.0/0"
_FEW = 3
_Flow = tuple[str, str, str, str, str]
"""Namespace, whom the policy is for, its direction, the other end and the port."""


def network(pair: Pair) -> Iterator[Risk]:
    """Yield what may be reached that could not be reached before."""
    known = set(_all(pair.before))
    for entry in pair.of("NetworkPolicy"):
        yield from _policy(entry, known)
    for entry in pair.of("Ingress"):
        yield from _ingress(entry)
    for entry in pair.of("HTTPRoute", "Gateway"):
        if entry.kind == "added":
            reason = "requests from outside of the cluster are let in here"
            yield entry.risk("network-opened", "medium", reason)
    yield from _endpoint(pair)


def _all(documents: Documents) -> Iterator[_Flow]:
    for key, document in documents.items():
        if key.kind == "NetworkPolicy":
            yield from _flows(document.body)


def _flows(body: Any) -> Iterator[_Flow]:  # noqa: ANN401 - plain data
    """Yield every connection that the NetworkPolicy *body* lets through, one end and port each."""
    namespace = text(body, "metadata", "namespace")
    whom = canonical(mapping(body, "spec", "podSelector"))
    for direction, other in (("ingress", "from"), ("egress", "to")):
        for rule in mappings(body, "spec", direction):
            for peer in members(rule, other) or [{}]:
                for port in members(rule, "ports") or [{}]:
                    yield namespace, whom, direction, canonical(peer), canonical(port)


def _policy(entry: Entry, known: set[_Flow]) -> Iterator[Risk]:
    if entry.after is None:
        if not at(entry.old, "spec", "podSelector"):
            reason = "it is for every pod of the namespace: what it refused is let through"
            yield entry.risk("network-opened", "high", reason)
        return
    new = [flow for flow in dict.fromkeys(_flows(entry.new)) if flow not in known]
    if not new:
        return
    because = text(entry.new, "metadata", "annotations", "mlopsgen/because")
    words = f" (for {because})" if because else ""
    peers = list(dict.fromkeys(f"{_word(flow)} on {_port(flow[4])}" for flow in new))
    more = f" and {len(peers) - _FEW} more" if len(peers) > _FEW else ""
    open_ = any(_ANYWHERE in flow[3] or flow[3] == "{}" for flow in new)
    reason = f"lets through {', '.join(peers[:_FEW])}{more}{words}"
    yield entry.risk("network-opened", "medium" if open_ else "low", reason)


def _word(flow: _Flow) -> str:
    return f"{'from' if flow[2] == 'ingress' else 'to'} {_peer(flow[3])}"


def _peer(peer: str) -> str:
    if peer == "{}":
        return "anywhere"
    return peer.replace('"', "").removeprefix("{").removesuffix("}")


def _port(port: str) -> str:
    return "any port" if port == "{}" else port.replace('"', "").strip("{}")


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
