"""What a NetworkPolicy lets through, one end and one port at a time, and in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mlopsgen.diff.fields import canonical
from mlopsgen.diff.risks.values import mapping, mappings, members, text, texts
from mlopsgen.names import NAMESPACE_LABEL

_ANYWHERE = "0.0.0.0/0"
_NOBODY = "{}"


class Flow(NamedTuple):
    """A connection that is let through: whom the policy is for, the other end and the port."""

    namespace: str
    whom: str
    direction: str
    peer: str
    port: str

    @property
    def open(self) -> bool:
        """Whether the other end is any address."""
        return self.peer == _NOBODY or f'"cidr": "{_ANYWHERE}"' in self.peer

    @property
    def words(self) -> str:
        """The connection as people say it: `to 10.0.0.0/16 on 443/TCP`."""
        word = "from" if self.direction == "ingress" else "to"
        return f"{word} {_peer(json.loads(self.peer))} on {_port(json.loads(self.port))}"


def flows(body: object) -> Iterator[Flow]:
    """Yield what the NetworkPolicy *body* lets through.

    A selector of several values is one end for each of them, so that a list which got shorter
    lets nothing new through.
    """
    namespace = text(body, "metadata", "namespace")
    whom = canonical(mapping(body, "spec", "podSelector"))
    for direction, other in (("ingress", "from"), ("egress", "to")):
        for rule in mappings(body, "spec", direction):
            for peer in members(rule, other) or [{}]:
                for port in members(rule, "ports") or [{}]:
                    for one in _each(peer):
                        yield Flow(namespace, whom, direction, canonical(one), canonical(port))


def _each(peer: Any) -> Iterator[Any]:  # noqa: ANN401 - plain data
    """Yield *peer* once for each value that a selector of it takes."""
    for key in ("podSelector", "namespaceSelector"):
        asked = mappings(peer, key, "matchExpressions")
        for number, one in enumerate(asked):
            values = texts(one, "values")
            if one.get("operator") == "In" and len(values) > 1:
                for value in values:
                    rest = [*asked[:number], {**one, "values": [value]}, *asked[number + 1 :]]
                    selector = {**mapping(peer, key), "matchExpressions": rest}
                    yield from _each({**peer, key: selector})
                return
    yield peer


def _peer(peer: Any) -> str:  # noqa: ANN401 - plain data
    if not isinstance(peer, Mapping) or not peer:
        return "anywhere"
    if block := mapping(peer, "ipBlock"):
        without = ", ".join(texts(block, "except"))
        return f"{text(block, 'cidr')} without {without}" if without else text(block, "cidr")
    labels = mapping(peer, "namespaceSelector", "matchLabels")
    spaces = f" of {labels[NAMESPACE_LABEL]}" if NAMESPACE_LABEL in labels else ""
    if "namespaceSelector" in peer and not spaces:
        spaces = f" of namespaces with {_labels(mapping(peer, 'namespaceSelector'))}"
    asked = _labels(mapping(peer, "podSelector"))
    return f"{f'pods with {asked}' if asked != 'any labels' else 'all pods'}{spaces}"


def _labels(selector: Mapping[str, Any]) -> str:
    found = [f"{key}={value}" for key, value in mapping(selector, "matchLabels").items()]
    for one in mappings(selector, "matchExpressions"):
        values = " or ".join(texts(one, "values"))
        equal = f"{text(one, 'key')}={values}"
        odd = f"{text(one, 'key')} {text(one, 'operator')} {values}".rstrip()
        found.append(equal if one.get("operator") == "In" else odd)
    return " and ".join(found) or "any labels"


def _port(port: Any) -> str:  # noqa: ANN401 - plain data
    if not isinstance(port, Mapping) or "port" not in port:
        return "any port"
    last = f"-{port['endPort']}" if "endPort" in port else ""
    return f"{port['port']}{last}/{port.get('protocol', 'TCP')}"
