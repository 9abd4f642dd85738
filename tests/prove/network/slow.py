"""NetworkPolicies one packet at a time: the same answers as the matrix, found the long way.

Written from what Kubernetes documents and the VPC CNI does, with nothing of the matrix in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network


@dataclass(frozen=True)
class Pod:
    namespace: str
    labels: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)


def holds(selector, labels):
    """Return whether *selector* holds for *labels*."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for each in selector.get("matchExpressions") or []:
        there = each["key"] in labels
        among = labels.get(each["key"]) in (each.get("values") or [])
        answer = {
            "In": there and among,
            "NotIn": not (there and among),
            "Exists": there,
            "DoesNotExist": not there,
        }[each["operator"]]
        if not answer:
            return False
    return True


class Cluster:
    """Policies, pods and the labels of namespaces."""

    def __init__(self, policies, pods, namespaces, private):
        self.policies, self.pods, self.namespaces = policies, pods, namespaces
        self.private = [ip_network(each) for each in private]

    def judged(self, pod, direction):
        """Return the policies that judge *pod*."""
        return [
            each
            for each in self.policies
            if each["metadata"]["namespace"] == pod.namespace
            and holds(each["spec"].get("podSelector") or {}, pod.labels)
            and direction in _types(each["spec"])
        ]

    def lets(self, pod, direction, other, protocol, port):
        """Return whether *pod* lets a packet from or to *other*, a pod or an address, through."""
        judged = self.judged(pod, direction)
        if not judged:
            return True
        if isinstance(other, Pod):
            if self._selected(judged, direction, other, (protocol, port)):
                return True
            # What pods have as addresses isn't known; all of the private subnets would have to do.
            return all(
                self._at(judged, direction, str(address), (protocol, port))
                for address in self._samples(judged, direction)
            )
        return self._at(judged, direction, other, (protocol, port))

    def _samples(self, judged, direction):
        found = set()
        for network in self.private:
            found |= {network[0], network[-1]}
        for block in self._blocks(judged, direction):
            for cidr in (block["cidr"], *block.get("except", [])):
                network = ip_network(cidr)
                found |= {network[0], network[-1]}
                found |= {network[0] - 1} if int(network[0]) else set()
                found |= {network[-1] + 1} if int(network[-1]) < 2**32 - 1 else set()
        return [each for each in found if any(each in network for network in self.private)]

    def _blocks(self, judged, direction):
        side = "to" if direction == "Egress" else "from"
        for policy in judged:
            for rule in policy["spec"].get(direction.lower()) or []:
                for element in rule.get(side) or []:
                    if "ipBlock" in element:
                        yield element["ipBlock"]

    def _selected(self, judged, direction, other, asked):
        side = "to" if direction == "Egress" else "from"
        for policy in judged:
            own = policy["metadata"]["namespace"]
            for rule in policy["spec"].get(direction.lower()) or []:
                elements = rule.get(side) or []
                matched = not elements or any(
                    "ipBlock" not in each and self._matches(each, own, other) for each in elements
                )
                if matched and self._on((policy, rule), direction, other, asked):
                    return True
        return False

    def _matches(self, element, own, other):
        spaces = element.get("namespaceSelector")
        if spaces is None:
            if other.namespace != own:
                return False
        elif not holds(spaces, self.namespaces[other.namespace]):
            return False
        return holds(element.get("podSelector") or {}, other.labels)

    def _on(self, owner, direction, other, asked):
        (policy, rule), (protocol, port) = owner, asked
        ports = rule.get("ports") or []
        if not ports:
            return True
        for each in ports:
            if each.get("protocol", "TCP") != protocol:
                continue
            wanted = each.get("port")
            if wanted is None:
                return True
            if isinstance(wanted, int):
                if wanted <= port <= each.get("endPort", wanted):
                    return True
            elif direction == "Egress":
                if isinstance(other, Pod) and other.ports.get(wanted) == port:
                    return True
            else:
                own, selector = policy["metadata"]["namespace"], policy["spec"]["podSelector"]
                named = [
                    pod.ports.get(wanted)
                    for pod in self.pods
                    if pod.namespace == own and holds(selector, pod.labels)
                ]
                if port in named:
                    return True
        return False

    def _at(self, judged, direction, address, asked):
        """Look *address* up in the table of networks that the agent would make: longest prefix."""
        table, excepted = self._table(judged, direction)
        entries = {}
        for network in sorted(table, key=lambda each: each.prefixlen):
            entries[network] = list(table[network])
            for around in [each for each in entries if each != network]:
                if network[0] in around and not any(network[0] in e for e in excepted[around]):
                    entries[network] += entries[around]
        for holes in excepted.values():
            for hole in holes:
                entries.setdefault(hole, [])
        found = [each for each in entries if ip_address(address) in each]
        if not found:
            return False
        longest = max(found, key=lambda each: each.prefixlen)
        return any(self._on(owner, direction, None, asked) for owner in entries[longest])

    @staticmethod
    def _table(judged, direction):
        """Return the rules by network, and what they except of it."""
        side = "to" if direction == "Egress" else "from"
        table, excepted = {}, {}
        for policy in judged:
            for rule in policy["spec"].get(direction.lower()) or []:
                elements = rule.get(side) or [{"ipBlock": {"cidr": "0.0.0.0/0"}}]
                for element in elements:
                    if block := element.get("ipBlock"):
                        network = ip_network(block["cidr"])
                        table.setdefault(network, []).append((policy, rule))
                        holes = excepted.setdefault(network, [])
                        holes += [ip_network(each) for each in block.get("except") or []]
        return table, excepted


def _types(spec):
    if spec.get("policyTypes"):
        return spec["policyTypes"]
    return ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
